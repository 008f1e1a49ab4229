"""With scripts switched off, posting and searching work as well."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.posting import complete, post
from tests.e2e.samples import publish_pair
from tests.e2e.site import INSTITUTE, Site, demo_listing, wait_for


def test_posting(visit: Visit) -> None:
    """A listing is written, left, taken up again, checked and submitted."""
    institute = visit("zh-Hans", width=360, javascript=False)
    institute.sign_in(INSTITUTE)
    offer = post(institute, "offer")
    complete(institute, offer, demo_listing("O03"), leave=True)


def test_search(site: Site, visit: Visit) -> None:
    """Somebody searches, narrows the results, opens one, and shares the address."""
    with site.write() as session:
        pair = publish_pair(session, INSTITUTE, need="N05", offer="O05")
    reader = visit("en", javascript=False)
    page = reader.page
    search = page.locator("form[role=search]")
    result = page.locator(f'.result__title a[href$="/listings/{pair.offer}"]')

    def is_found() -> bool | None:
        reader.open("/search")
        page.locator("[name=q]").fill(pair.offer_title)
        with page.expect_navigation():
            search.locator(".search-bar button").click()
        return bool(result.count()) or None

    wait_for(is_found, "the listing among the results")
    search.locator('[name=kind][value="offer"]').check()
    with page.expect_navigation():
        search.locator("section.facets button").click()
    assert "kind=offer" in page.url
    address = page.url
    expect(page.locator(f'.result__title a[href$="/listings/{pair.need}"]')).to_have_count(0)
    reader.follow(result)
    expect(page.locator("h1")).to_contain_text(pair.offer_title)
    page.goto(address)
    expect(result).to_be_visible()
    expect(search.locator('[name=kind][value="offer"]')).to_be_checked()
