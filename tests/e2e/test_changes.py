"""What happens to a published listing when its owner edits it, and when it ends."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sqlalchemy import select

from matchmaker.domain.vocabulary import MatchState
from matchmaker.models import Match
from tests.e2e.conftest import Visit
from tests.e2e.samples import publish_pair
from tests.e2e.site import INSTITUTE, NANNING, Site, wait_for

NEW_TITLE = "用于检验修订的新标题：糖厂滤泥制有机肥成套技术"


def state_of(site: Site, reference: str) -> MatchState | None:
    """Return the state of the match that this offer is in, None while there is none."""
    with site.read() as session:
        for match in session.scalars(select(Match)):
            if match.offer.reference == reference:
                return match.state
    return None


def titles_found(page: Page, site: Site, words: str) -> list[str]:
    """Return the titles that a search shows."""
    page.goto(f"{site.url}/en/search")
    page.locator("[name=q]").fill(words)
    with page.expect_navigation():
        page.locator("form[role=search] button[type=submit]").first.click()
    return page.locator(".result__title a").all_inner_texts()


def test_edit_and_end(site: Site, visit: Visit) -> None:
    """An edit waits for staff while the old text stays; an ended listing is gone."""
    with site.write() as session:
        pair = publish_pair(session, INSTITUTE, need="N08", offer="O08")
    suggested = wait_for(lambda: state_of(site, pair.offer), "a suggestion for the pair")
    assert suggested is MatchState.SUGGESTED
    owner, staff, reader = visit("zh-Hans"), visit("zh-Hans"), visit("en", width=360).page
    public = f"{site.url}/en/listings/{pair.offer}"

    owner.sign_in(INSTITUTE)
    owner.open(f"/my/listings/{pair.offer}")
    owner.send("/revise")
    owner.follow(owner.main.locator(".task-list a"))
    owner.fill(title=NEW_TITLE)
    owner.send(button='[value="later"]')
    owner.open(f"/my/listings/{pair.offer}/check")
    owner.send()
    reader.goto(public)
    expect(reader.locator("h1")).to_contain_text(pair.offer_title)
    assert pair.offer_title in titles_found(reader, site, pair.offer_title)
    assert state_of(site, pair.offer) is MatchState.SUGGESTED

    staff.sign_in(NANNING)
    staff.open(f"/desk/listings/{pair.offer}")
    expect(staff.main.locator("ins", has_text="新标题")).to_be_visible()
    staff.send("/publish")
    reader.goto(public)
    expect(reader.locator("h1")).to_contain_text(NEW_TITLE)

    owner.open(f"/my/listings/{pair.offer}/close")
    owner.send()
    assert reader.goto(public).status in (404, 410)  # type: ignore[union-attr]
    assert not {pair.offer_title, NEW_TITLE} & set(titles_found(reader, site, NEW_TITLE))
    assert state_of(site, pair.offer) is MatchState.LAPSED
    staff.open("/desk/matches/")
    expect(staff.main).not_to_contain_text(NEW_TITLE)
