"""Search and browse: facets with counts, a steady order, and the public tier alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import (
    CodeField,
    ListingKind,
    ListingState,
    StageOfDevelopment,
)
from matchmaker.models import Listing, Organisation, User
from matchmaker.queries import search
from matchmaker.queries.search import SearchRequest
from matchmaker.services import public_listings
from tests.factories import (
    NOW,
    make_centre,
    make_listing,
    make_membership,
    make_organisation,
    make_sectors,
)

Login = Callable[[User], FlaskClient]


class Shelf:
    """An organisation and its published listings."""

    def __init__(self, session: Session) -> None:
        self.session = session
        make_sectors(session)
        make_centre(session, head_office=True)
        self.owner = make_organisation(session, name="Guangxi Boards", province="CN-GX")
        self.buyer = make_organisation(session, country="TH", name="Khon Kaen Sugar")

    def publish(self, owner: Organisation | None = None, **details: object) -> Listing:
        listing = make_listing(
            self.session, owner or self.owner, state=ListingState.PUBLISHED, **details
        )
        listing.published_at = NOW + timedelta(minutes=listing.id)
        public_listings.refresh(self.session, listing, NOW)
        return listing

    def find(self, ranking: list[str] | None = None, **chosen: str) -> search.SearchPage:
        wish = SearchRequest({name: frozenset({value}) for name, value in chosen.items()})
        return search.results(self.session, wish, ranking)


@pytest.fixture
def shelf(session: Session) -> Shelf:
    return Shelf(session)


def counts(page: search.SearchPage, facet: str) -> dict[str, int]:
    return {entry.value: entry.count for entry in page.facets[facet]}


def references(page: search.SearchPage) -> list[str]:
    return [row.reference for row in page.listings]


def test_each_facet_narrows_and_counts_what_the_others_leave(shelf: Shelf) -> None:
    cane = shelf.publish(trl=7, stage_of_development=StageOfDevelopment.LAB_TESTED)
    shelf.publish(sectors=("machinery",), trl=4)
    need = shelf.publish(shelf.buyer, kind=ListingKind.DEMAND, language="th")
    everything = shelf.find()
    assert everything.total == 3
    assert counts(everything, "kind") == {"offer": 2, "demand": 1}
    assert counts(everything, "trl") == {"4": 1, "7": 1}
    assert counts(everything, "language") == {"en": 2, "th": 1}
    offers = shelf.find(kind="offer")
    assert counts(offers, "kind") == {"offer": 2, "demand": 1}, "its own choice is not applied"
    assert counts(offers, "country") == {"CN": 2}
    assert references(shelf.find(country="TH")) == [need.reference]
    assert references(shelf.find(stage="lab_tested")) == [cane.reference]
    assert references(shelf.find(trl="7", kind="offer")) == [cane.reference]
    assert shelf.find(kind="scenario").total == 0


def test_a_sector_stands_for_its_children(shelf: Shelf) -> None:
    cane = shelf.publish(sectors=("sugar_cane",))
    shelf.publish(sectors=("machinery",))
    page = shelf.find(sector="agriculture")
    assert references(page) == [cane.reference]
    assert counts(shelf.find(), "sector") == {"agriculture": 1, "sugar_cane": 1, "machinery": 1}


def test_pages_hold_still_while_others_publish(shelf: Shelf) -> None:
    listings = [shelf.publish() for _ in range(search.PAGE_SIZE + 5)]
    newest_first = [listing.reference for listing in reversed(listings)]
    first = search.results(shelf.session, SearchRequest())
    assert references(first) == newest_first[: search.PAGE_SIZE]
    shelf.publish()
    second = search.results(shelf.session, SearchRequest(after=first.next_cursor))
    assert references(second) == newest_first[search.PAGE_SIZE :]
    assert second.next_cursor is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "1", "-", "9" * 40 + "-1", "9" * 5000 + "-1", "1-" + "9" * 40, "²-³"]
)
def test_a_broken_cursor_shows_the_first_page(shelf: Shelf, cursor: str) -> None:
    listing = shelf.publish()
    page = search.results(shelf.session, SearchRequest(after=cursor))
    assert references(page) == [listing.reference]


def test_a_ranking_is_kept_and_narrowed(shelf: Shelf) -> None:
    listings = [shelf.publish(trl=1 + number % 2) for number in range(search.PAGE_SIZE * 2 + 2)]
    ranking = [listing.reference for listing in listings]
    first = shelf.find(ranking)
    assert references(first) == ranking[: search.PAGE_SIZE]
    wish = SearchRequest({"trl": frozenset({"1"})})
    page = search.results(shelf.session, wish, ranking)
    assert references(page) == ranking[::2][: search.PAGE_SIZE]
    rest = search.results(
        shelf.session, SearchRequest(wish.chosen, after=page.next_cursor), ranking
    )
    assert references(page) + references(rest) == ranking[::2]
    assert shelf.find([]).total == 0


def test_what_is_not_public_is_nowhere_on_the_public_pages(
    shelf: Shelf, client: FlaskClient
) -> None:
    listing = shelf.publish(
        title="Quiet gears",
        description="Member description of gears",
        texts={"summary": "A public summary", "confidential_detail": "the alloy is X7"},
        anonymous=True,
    )
    for address in (f"/en/listings/{listing.reference}", "/en/search"):
        page = client.get(address).get_data(as_text=True)
        assert "Quiet gears" in page
        assert "A public summary" in page
        for hidden in ("Member description", "alloy is X7", "Guangxi Boards", "CN-GX"):
            assert hidden not in page


def test_members_read_the_description_but_nothing_confidential(shelf: Shelf, login: Login) -> None:
    listing = shelf.publish(
        description="Member description of gears",
        texts={"confidential_detail": "the alloy is X7"},
        price_min=500_000,
        price_max=800_000,
        currency="CNY",
        codes={CodeField.KEYWORD: ("gear",)},
    )
    member = make_membership(shelf.session, shelf.buyer)
    page = login(member).get(f"/en/listings/{listing.reference}").get_data(as_text=True)
    assert "Member description of gears" in page
    assert "CNY 5,000 to CNY 8,000" in page
    assert "alloy" not in page
    assert "Express interest" in page


def test_an_ended_listing_is_gone(shelf: Shelf, client: FlaskClient) -> None:
    listing = shelf.publish()
    public_listings.withdraw(shelf.session, listing)
    assert client.get(f"/en/listings/{listing.reference}").status_code == 404
    assert shelf.find().total == 0


def test_a_typed_reference_leads_to_its_listing(shelf: Shelf, client: FlaskClient) -> None:
    listing = shelf.publish()
    typed = listing.reference.lower().replace("-", " ")
    answer = client.get("/en/search", query_string={"q": typed})
    assert answer.status_code == 302
    assert answer.location.endswith(f"/en/listings/{listing.reference}")


def test_unknown_facet_values_are_left_out(shelf: Shelf, client: FlaskClient) -> None:
    shelf.publish()
    answer = client.get("/en/search?kind=spaceship&trl=77&stage=never&country=%00&after=zzz")
    assert answer.status_code == 200


def test_chosen_facets_stay_in_the_address(shelf: Shelf, client: FlaskClient) -> None:
    for _ in range(search.PAGE_SIZE + 1):
        shelf.publish()
    page = client.get("/en/search?kind=offer&sector=agriculture").get_data(as_text=True)
    assert "kind=offer&amp;sector=agriculture&amp;after=" in page or (
        "sector=agriculture&amp;kind=offer&amp;after=" in page
    )
