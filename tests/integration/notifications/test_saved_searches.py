"""Saved searches: what is new is told once, also what the index takes up late."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.database import Transactions
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_states import By
from matchmaker.domain.notifications import Frequency
from matchmaker.domain.permissions import SYSTEM, VISITOR
from matchmaker.domain.vocabulary import ListingKind, ListingState
from matchmaker.models import Listing, Notification, Organisation, OutgoingMail, SavedSearch, User
from matchmaker.queries import text_search
from matchmaker.queries.actors import load_actor
from matchmaker.queries.text_search import rank
from matchmaker.services import indexing, listing_states, public_listings, saved_searches
from matchmaker.services.index_files import Places
from tests.factories import (
    NOW,
    make_centre,
    make_listing,
    make_membership,
    make_organisation,
    make_user,
)

LATER = NOW + timedelta(hours=1)


class Site:
    """Somebody with searches, and organisations that publish."""

    def __init__(self, transactions: Transactions, places: Places, settings: Settings) -> None:
        self.transactions, self.places, self.settings = transactions, places, settings
        with transactions.write() as session:
            make_centre(session, head_office=True)
            self.organisation = make_organisation(session).id
            own = make_organisation(session)
            self.own_organisation, self.person = own.id, make_membership(session, own).id

    def save(
        self, question: str = "", frequency: Frequency = Frequency.DAILY, **filters: str
    ) -> str:
        with self.transactions.write() as session:
            found = rank(self.settings.index_folder, question, use_encoder=False).references
            return saved_searches.save(
                session, load_actor(session, self.person, now=NOW), name="mine",
                question=question, filters={name: [value] for name, value in filters.items()},
                frequency=frequency, found=found if question else None, now=NOW,
            ).reference  # fmt: skip

    def publish(
        self, title: str, *, own: bool = False, at: datetime = LATER, index: bool = True
    ) -> str:
        with self.transactions.write() as session:
            owner = session.get_one(
                Organisation, self.own_organisation if own else self.organisation
            )
            listing = make_listing(
                session, owner, kind=ListingKind.OFFER, state=ListingState.PUBLISHED, title=title,
                description=f"{title} at industrial scale", texts={"summary": title},
            )  # fmt: skip
            listing.published_at = at
            public_listings.refresh(session, listing, at)
            reference = listing.reference
        if index:
            self.index()
        return reference

    def index(self) -> None:
        indexing.update_indexes(self.transactions, self.places, None, seconds=600)

    def tell(self, now: datetime = LATER) -> int:
        return saved_searches.tell_new(
            self.transactions, self.settings.index_folder, use_encoder=False, now=now, at_most=9
        )

    def told(self) -> list[list[str]]:
        with self.transactions.read() as session:
            rows = session.scalars(select(Notification).order_by(Notification.id))
            return [row.data["listings"] for row in rows if row.code == "saved_search"]


@pytest.fixture
def site(own_transactions: Transactions, own_places: Places, own_settings: Settings) -> Site:
    return Site(own_transactions, own_places, own_settings)


def test_a_new_listing_that_fits_is_told_once(site: Site) -> None:
    site.publish("Boards from bagasse", at=NOW - timedelta(hours=1))
    site.save("bagasse boards")
    assert site.tell() == 1
    assert site.told() == []  # it was on the page when the search was saved
    new = site.publish("Bagasse boards, pressed")
    site.publish("Drones for rice fields")
    site.tell()
    site.tell()
    assert site.told() == [[new]]


def test_nothing_is_asked_twice_of_the_same_index(site: Site) -> None:
    site.publish("Boards from bagasse", at=NOW - timedelta(hours=1))
    site.save("bagasse boards")
    assert [site.tell(), site.tell()] == [1, 0]
    site.publish("Bagasse boards, pressed")
    assert [site.tell(), site.tell()] == [1, 0]


def test_what_the_index_takes_up_late_is_told_all_the_same(site: Site) -> None:
    site.publish("Drones for rice fields", at=NOW - timedelta(days=2))
    late = site.publish("Boards from bagasse", at=NOW - timedelta(hours=1), index=False)
    site.save("bagasse boards")
    site.tell()
    assert site.told() == []
    site.index()
    site.tell()
    assert site.told() == [[late]]


def test_an_old_listing_is_no_news(site: Site) -> None:
    site.publish("Drones for rice fields", at=NOW - timedelta(days=2))
    site.publish("Boards from bagasse", at=NOW - timedelta(days=2), index=False)
    site.save("bagasse boards")
    site.index()
    site.tell()
    assert site.told() == []


def test_a_listing_that_hardly_fits_is_no_news(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert saved_searches.ALERT_SCORE > text_search.LEAST_SCORE
    site.publish("Drones for rice fields", at=NOW - timedelta(days=2))
    site.save("bagasse boards")
    site.publish("Bagasse boards, pressed")
    monkeypatch.setattr(saved_searches, "ALERT_SCORE", 101)
    site.tell()
    assert site.told() == []


def test_one_s_own_listing_is_no_news(site: Site) -> None:
    site.save("bagasse boards")
    site.publish("Boards from bagasse", own=True)
    site.tell()
    assert site.told() == []


def test_filters_alone_need_no_index(site: Site) -> None:
    site.publish("Drones", at=NOW - timedelta(hours=1), index=False)
    site.save(kind="offer")
    site.save(kind="demand")
    new = site.publish("Boards", index=False)
    assert site.tell() == 2
    assert site.tell() == 0  # not more often than every few minutes
    assert site.tell(LATER + timedelta(minutes=5)) == 2
    assert site.told() == [[new]]


def test_a_search_that_is_off_stays_silent(site: Site) -> None:
    site.save("bagasse boards", Frequency.OFF)
    site.publish("Boards from bagasse")
    assert site.tell() == 0


def test_the_mail_names_the_listings(site: Site) -> None:
    site.save("bagasse boards", Frequency.IMMEDIATE)
    new = site.publish("Boards from bagasse")
    site.tell()
    with site.transactions.read() as session:
        mail = session.scalars(select(OutgoingMail)).one()
        assert (mail.code, mail.data["listings"]) == ("saved_search", [new])


def test_a_listing_that_ends_before_anybody_looked_is_not_told(site: Site) -> None:
    site.save("bagasse boards")
    new = site.publish("Boards from bagasse")
    with site.transactions.write() as session:
        listing = session.scalars(select(Listing).where(Listing.reference == new)).one()
        listing_states.move(session, SYSTEM, listing, ListingState.ON_HOLD, by=By.OWNER, now=LATER)
    site.tell()
    assert site.told() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "  "}, ErrorCode.TEXT_EMPTY),
        ({"name": "x" * 121}, ErrorCode.TEXT_TOO_LONG),
        ({"question": " "}, ErrorCode.TEXT_EMPTY),
    ],
)
def test_what_cannot_be_saved(session: Session, change: dict[str, str], code: ErrorCode) -> None:
    refused = saving(session, make_user(session), change)
    assert refused is not None
    assert refused.code is code


def test_there_is_a_most_and_visitors_keep_none(session: Session) -> None:
    person = make_user(session)
    for _each in range(saved_searches.MOST_SEARCHES):
        assert saving(session, person, {}) is None
    refused = saving(session, person, {})
    assert refused is not None
    assert refused.code is ErrorCode.TOO_MANY_SEARCHES
    with pytest.raises(DomainError) as caught:
        saved_searches.save(
            session, VISITOR, name="x", question="x", filters={}, frequency=Frequency.DAILY,
            found=[], now=NOW,
        )  # fmt: skip
    assert caught.value.code is ErrorCode.NOT_ALLOWED


def saving(session: Session, person: User, change: dict[str, str]) -> DomainError | None:
    given = {"name": "x", "question": "x"} | change
    try:
        saved_searches.save(
            session, load_actor(session, person.id, now=NOW), name=given["name"],
            question=given["question"], filters={}, frequency=Frequency.DAILY, found=[], now=NOW,
        )  # fmt: skip
    except DomainError as error:
        return error
    return None


def test_a_removed_search_takes_what_it_told_along(site: Site) -> None:
    reference = site.save("bagasse boards")
    site.publish("Boards from bagasse")
    site.tell()
    with site.transactions.write() as session:
        saved = session.scalars(select(SavedSearch).where(SavedSearch.reference == reference)).one()
        saved_searches.remove(session, saved)
    assert site.told() == []
