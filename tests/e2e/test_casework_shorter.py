"""Shorter ways through the casework: a decline, an expression of interest, a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from matchmaker.config import Settings
from tests.e2e.casework import (
    MILL,
    VIENTIANE,
    act,
    ask_about,
    check_introduced,
    find_on_desk,
    find_own,
    load_casework,
    pdf,
    publish_need,
    publish_offer,
    say_yes,
    tab,
    title_of,
)
from tests.e2e.conftest import Visit
from tests.e2e.site import BANGKOK, INSTITUTE, NANNING, PASSWORD, Site, running_site, wait_for
from tests.e2e.visitor import Visitor


@pytest.fixture(scope="module")
def site(new_settings: Callable[[], Settings]) -> Iterator[Site]:
    """A site with the people of the casework."""
    with running_site(new_settings(), load_casework) as site:
        yield site


def test_a_decline_is_advice_for_the_owner(site: Site, visit: Visit) -> None:
    """A mill says no and why; the institute reads what to do about it, and not who said it."""
    with site.write() as session:
        match = ask_about(
            session, "O08", "N08",
            title="Cooling battery packs of electric pickups", summary="In 40 °C, without pumps.",
            description="The cells of our pickups differ by 9 °C after fast charging.",
        )  # fmt: skip
        reference, offer = match.reference, match.offer.reference
    mill = visit("en", width=360)
    mill.sign_in(MILL)
    find_own(mill, reference)
    mill.fill("/answer", answer="no")
    mill.send("/answer")
    expect(mill.main.locator(".error-summary")).to_be_visible()
    act(mill, "/answer", answer="no", decline_reason="benefit_unclear", note="We use fans.")
    institute = visit("zh-Hans")
    mail = site.mail_to(INSTITUTE, having=title_of("O08"), about=reference)
    assert mail["Content-Language"] == "zh-Hans"
    institute.sign_in(INSTITUTE)
    institute.go("/my/listings/")
    institute.follow(institute.main.locator(f'a[href$="/my/listings/{offer}"]'))
    advice = institute.main.locator(".advice")
    expect(advice).to_contain_text("收益不明确")
    expect(institute.main).not_to_contain_text("Isan Sugar Mill")
    expect(institute.main).not_to_contain_text("fans")


def test_interest_from_a_public_page(site: Site, visit: Visit) -> None:
    """A reader of an offer answers three questions; a centre hands over; both are introduced."""
    with site.write() as session:
        offer = publish_offer(session, "O27").reference
        need = publish_need(
            session, "N27",
            title="Extracting turmeric and black ginger evenly, without solvents left",
            summary="For food supplements.", description="Our batches differ by a third.",
        ).reference  # fmt: skip
    mill = visit("en")
    find_in_search(mill, offer, title_of("O27"))
    mill.follow(mill.main.locator(f'a[href$="/my/matches/interest/{offer}"]'))
    mill.fill(email=MILL, password=PASSWORD)
    mill.send()
    mill.fill(
        own=need, what_cooperation="We would like to license the process.",
        what_is_missing="The yield for turmeric.", about_you="We extract 40 t of roots a year.",
    )  # fmt: skip
    mill.send()
    reference = mill.path.rsplit("/", 1)[1]
    bangkok, vientiane, nanning = visit("en"), visit("en"), visit("zh-Hans")
    for staff, address in ((bangkok, BANGKOK), (vientiane, VIENTIANE), (nanning, NANNING)):
        staff.sign_in(address)
    find_on_desk(bangkok, reference)
    expect(bangkok.main).to_contain_text("The yield for turmeric.")
    act(bangkok, "/hand-over/need", centre="la-vientiane", note="The roots come from Laos.")
    find_on_desk(vientiane, reference)
    expect(vientiane.main.locator(".history")).to_contain_text("The roots come from Laos.")
    act(vientiane, "/decide/need", verdict="approve", read_in_original=True)
    find_on_desk(nanning, reference)
    act(nanning, "/decide/offer", verdict="approve")
    act(nanning, f"/{reference}/offer")
    institute = visit("zh-Hans", width=360)
    institute.sign_in(INSTITUTE)
    site.mail_to(INSTITUTE, having=f"/zh-Hans/my/matches/{reference}")
    say_yes(institute, reference)
    find_on_desk(nanning, reference)
    act(nanning, "/introduce")
    titles = [title_of("O27"), "Extracting turmeric and black ginger"]
    for party, own, other in ((institute, INSTITUTE, MILL), (mill, MILL, INSTITUTE)):
        check_introduced(site, party, reference, to=own, other=other, titles=titles)
        expect(party.main).to_contain_text("The yield for turmeric.")


def find_in_search(reader: Visitor, listing: str, words: str) -> None:
    """Search from the front page until the listing is found, and open it."""
    result = reader.main.locator(f'.result__title a[href$="/listings/{listing}"]')

    def is_found() -> bool | None:
        reader.page.locator("[name=q]").fill(words)
        with reader.page.expect_navigation():
            reader.page.locator("form[role=search] button[type=submit]").first.click()
        return result.count() > 0 or None

    reader.open("/")
    wait_for(is_found, "the listing among the results")
    reader.follow(result)


def test_on_a_phone_without_scripts(site: Site, visit: Visit) -> None:
    """Both parties answer, and write to each other, on phones that run no script."""
    with site.write() as session:
        reference = ask_about(
            session, "O11", "N11",
            title="Recovering fine tin", summary="It is lost with the slimes.",
            description="A third of our tin leaves the mill in particles below 20 µm.",
        ).reference  # fmt: skip
    institute = visit("zh-Hans", width=360, javascript=False)
    mill = visit("en", width=360, javascript=False)
    for party, address in ((institute, INSTITUTE), (mill, MILL)):
        party.sign_in(address)
        say_yes(party, reference)
    nanning = visit("zh-Hans")
    nanning.sign_in(NANNING)
    find_on_desk(nanning, reference)
    act(nanning, "/introduce")
    for sender, reader, body in (
        (institute, mill, "附件为技术说明书。"), (mill, institute, "Thank you, we read it."),
    ):  # fmt: skip
        find_own(sender, reference)
        sender.follow(tab(sender, "/"))
        act(sender, "", body=body, files=pdf("note.pdf"))
        reader.go("/my/matches/")
        unread = reader.main.locator(f'a[href$="/talks/{reference}/"]')
        reader.follow(unread)
        expect(reader.main.locator(".message", has_text=body)).to_contain_text("note.pdf")
        reader.go("/my/matches/")
        expect(unread).to_have_count(0)
