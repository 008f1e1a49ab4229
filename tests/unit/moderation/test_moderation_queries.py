"""The queue of a centre, and what its staff find beside a submission."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import VISITOR
from matchmaker.domain.vocabulary import ControlClass, ListingKind, ListingState, RevisionState
from matchmaker.models import ExportCheck, Listing
from matchmaker.queries import moderation as queries
from matchmaker.queries.moderation import QueueFilter, Waiting
from tests.factories import (
    NOW,
    actor_of,
    add_text,
    make_listing,
    make_membership,
    make_revision,
)
from tests.unit.moderation.conftest import World


def _submitted(session: Session, world: World, hours: int, **details: object) -> Listing:
    listing = make_listing(session, world.thai, state=ListingState.SUBMITTED, **details)
    listing.newest.submitted_at = NOW + timedelta(hours=hours)
    session.flush()
    return listing


def _references(page: queries.QueuePage) -> list[str]:
    return [row.listing.reference for row in page.rows]


def test_oldest_first_new_ones_and_revisions_of_this_centre(session: Session, world: World) -> None:
    second = _submitted(session, world, 2)
    first = _submitted(session, world, 1, kind=ListingKind.DEMAND, language="th", title="ไม้")
    live = make_listing(session, world.thai, state=ListingState.PUBLISHED)
    pending = make_revision(session, live, state=RevisionState.SUBMITTED, language="my")
    pending.submitted_at = NOW + timedelta(hours=3)
    add_text(session, pending, "my", title="ကြံဖတ်")
    make_listing(session, world.thai, state=ListingState.DRAFT)
    staff = world.bangkok_staff
    page = queries.queue(session, staff, QueueFilter())
    assert _references(page) == [first.reference, second.reference, live.reference]
    assert [row.readable for row in page.rows] == [True, True, False]
    assert (page.total, page.following) == (3, None)
    for wanted, expected in (
        (QueueFilter(kind=ListingKind.DEMAND), [first]),
        (QueueFilter(language="en"), [second]),
        (QueueFilter(readable=True), [first, second]),
        (QueueFilter(waiting=Waiting.NEW), [first, second]),
        (QueueFilter(waiting=Waiting.REVISION), [live]),
    ):
        found = _references(queries.queue(session, staff, wanted))
        assert found == [listing.reference for listing in expected]
    assert queries.queue(session, world.nanning_staff, QueueFilter()).total == 0
    assert queries.queue(session, VISITOR, QueueFilter()).total == 0


def test_pages_stay_put_when_something_is_decided(session: Session, world: World) -> None:
    listings = [_submitted(session, world, 0) for _ in range(5)]
    order = sorted(listing.reference for listing in listings)
    first = queries.queue(session, world.bangkok_staff, QueueFilter(), size=2)
    assert _references(first) == order[:2]
    for listing in listings:
        if listing.reference in order[:2]:
            listing.newest.state = RevisionState.CHANGES_REQUESTED
            listing.state = ListingState.CHANGES_REQUESTED
    session.flush()
    second = queries.queue(
        session, world.bangkok_staff, QueueFilter(), after=first.following, size=2
    )
    assert _references(second) == order[2:4]
    for broken in (
        "",
        "x",
        "yesterday~S-1",
        "2026-01-01T00:00:00~S-1",
        "0001-01-01T00:00:00+14:00~S-1",
    ):
        page = queries.queue(session, world.bangkok_staff, QueueFilter(), after=broken, size=2)
        assert _references(page) == order[2:4]


def test_own_organisations_listings_are_for_somebody_else(session: Session, world: World) -> None:
    _submitted(session, world, 1)
    make_membership(session, world.thai, world.bangkok_user)
    actor = actor_of(session, world.bangkok_user)
    assert queries.queue(session, actor, QueueFilter()).total == 0


def test_a_listing_opens_for_its_centre_only(session: Session, world: World) -> None:
    listing = _submitted(session, world, 1)
    assert queries.get_for_moderation(session, world.bangkok_staff, listing.reference) is listing
    draft = make_listing(session, world.thai)
    for actor, reference in (
        (world.nanning_staff, listing.reference),
        (actor_of(session, world.owner), listing.reference),
        (world.bangkok_staff, draft.reference),
        (world.bangkok_staff, "S-0000-0000"),
    ):
        with pytest.raises(DomainError) as caught:
            queries.get_for_moderation(session, actor, reference)
        assert caught.value.code is ErrorCode.NOT_FOUND


def test_the_same_title_of_the_same_organisation_is_shown(session: Session, world: World) -> None:
    listing = _submitted(session, world, 1, title="Boards of bagasse")
    twin = _submitted(session, world, 2, title=" boards of BAGASSE ")
    make_listing(session, world.thai, title="Boards of bagasse")
    make_listing(session, world.thai, title="Something else")
    make_listing(session, world.thai, title="Boards of bagasse", state=ListingState.ARCHIVED)
    assert list(queries.possible_duplicates(session, world.bangkok_staff, listing)) == [twin]
    assert queries.possible_duplicates(session, world.nanning_staff, listing) == []


def test_the_last_catalogue_is_offered_again(session: Session, world: World) -> None:
    assert queries.last_catalogue_version(session) == ""
    listing = _submitted(session, world, 1)
    for version, days in (("2023", 1), ("2024", 2)):
        listing.export_checks.append(
            ExportCheck(
                control_class=ControlClass.FREE,
                catalogue_version=version,
                at=NOW + timedelta(days=days),
            )
        )
    listing.export_checks.append(
        ExportCheck(
            control_class=ControlClass.NOT_CHECKED,
            catalogue_version="",
            at=NOW + timedelta(days=3),
        )
    )
    session.flush()
    assert queries.last_catalogue_version(session) == "2024"


def test_the_reader_gets_the_version_that_suits_best(session: Session, world: World) -> None:
    revision = _submitted(session, world, 1, language="th", title="ไม้").newest
    best = queries.best_text(world.bangkok_staff, revision)
    assert best is not None
    assert best.language == "th"
    add_text(session, revision, "en", title="Boards")
    best = queries.best_text(world.bangkok_staff, revision)
    assert best is not None
    assert best.language == "en"
