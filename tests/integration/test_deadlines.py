"""What time brings, at the midnight of each centre, and only once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import (
    Answer,
    ListingKind,
    ListingState,
    MatchState,
    Side,
    TaskKind,
)
from matchmaker.models import (
    AuditEntry,
    Listing,
    Match,
    Organisation,
    OutgoingMail,
    OutreachTask,
    PartyAnswer,
)
from matchmaker.services import deadlines
from tests.factories import (
    NOW,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_message,
    make_organisation,
    make_user,
)

LAST_DAY = date(2026, 12, 31)


@pytest.fixture
def owner(session: Session) -> Organisation:
    """An organisation in Bangkok, seven hours ahead of UTC, with somebody who reads mail."""
    make_centre(session, head_office=True)
    make_centre(session, country="TH", time_zone="Asia/Bangkok")
    organisation = make_organisation(session, country="TH")
    make_membership(session, organisation)
    return organisation


@pytest.fixture
def listing(session: Session, owner: Organisation) -> Listing:
    return make_listing(session, owner, state=ListingState.PUBLISHED, valid_until=LAST_DAY)


@pytest.fixture
def match(session: Session, listing: Listing) -> Match:
    other = make_organisation(session, country="CN")
    need = make_listing(session, other, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED)
    found = make_match(session, listing, need, state=MatchState.OFFERED)
    found.state_changed_at = found.offered_at = NOW
    session.flush()
    return found


def codes(session: Session) -> list[str]:
    return list(session.scalars(select(OutgoingMail.code).order_by(OutgoingMail.id)))


def test_a_listing_ends_at_midnight_of_its_centre(session: Session, listing: Listing) -> None:
    before = datetime(2026, 12, 31, 16, 59, tzinfo=UTC)
    assert deadlines.expire_listings(session, now=before) == 0
    assert deadlines.expire_listings(session, now=before + timedelta(minutes=1)) == 1
    assert listing.state is ListingState.EXPIRED
    assert codes(session) == ["listing_expired"]
    assert deadlines.expire_listings(session, now=before + timedelta(days=1)) == 0


def test_a_paused_listing_ends_too(session: Session, listing: Listing) -> None:
    listing.state = ListingState.ON_HOLD
    session.flush()
    assert deadlines.expire_listings(session, now=NOW + timedelta(days=60)) == 1


def test_open_matches_of_a_listing_that_ended_lapse(session: Session, match: Match) -> None:
    deadlines.expire_listings(session, now=NOW + timedelta(days=60))
    assert match.state is MatchState.LAPSED


def test_the_notice_comes_once_for_each_last_day(session: Session, listing: Listing) -> None:
    version = listing.lock_version
    first = datetime(2026, 12, 16, 16, 59, tzinfo=UTC)  # the 16th in Bangkok: 15 days
    assert deadlines.send_renewal_notices(session, now=first) == 0
    assert deadlines.send_renewal_notices(session, now=first + timedelta(minutes=1)) == 1
    assert deadlines.send_renewal_notices(session, now=first + timedelta(days=2)) == 0
    session.refresh(listing)
    assert listing.lock_version == version
    assert codes(session) == ["listing_expiring"]
    listing.valid_until = LAST_DAY + timedelta(days=365)
    session.flush()
    assert deadlines.send_renewal_notices(session, now=first + timedelta(days=366)) == 1


def test_an_owner_without_an_account_becomes_a_task(session: Session, owner: Organisation) -> None:
    other = make_organisation(session, country="TH")
    make_listing(session, other, state=ListingState.PUBLISHED, valid_until=LAST_DAY)
    deadlines.send_renewal_notices(session, now=NOW + timedelta(days=35))
    task = session.scalars(select(OutreachTask)).one()
    assert task.kind is TaskKind.RENEWAL


def test_parties_are_reminded_once_then_the_match_ends(session: Session, match: Match) -> None:
    version = match.lock_version
    assert deadlines.remind_parties(session, now=NOW + timedelta(days=13, hours=23)) == 0
    assert deadlines.remind_parties(session, now=NOW + timedelta(days=14)) == 1
    assert deadlines.remind_parties(session, now=NOW + timedelta(days=20)) == 0
    assert codes(session) == ["match_reminder"]  # the other side gets a task
    trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "match_reminded"))
    assert [entry.data for entry in trail] == [{"side": s, "who": "party"} for s in Side]
    session.refresh(match)
    assert match.lock_version == version
    assert deadlines.end_unanswered(session, now=NOW + timedelta(days=29)) == 0
    assert deadlines.end_unanswered(session, now=NOW + timedelta(days=30)) == 1
    assert match.state is MatchState.NO_REPLY
    assert deadlines.end_unanswered(session, now=NOW + timedelta(days=31)) == 0


def test_who_has_answered_is_not_reminded(session: Session, match: Match) -> None:
    match.answers.append(PartyAnswer(side=Side.OFFER, answer=Answer.YES, at=NOW))
    session.flush()
    deadlines.remind_parties(session, now=NOW + timedelta(days=14))
    assert codes(session) == []
    assert session.scalars(select(OutreachTask)).one().kind is TaskKind.QUESTION


@pytest.mark.parametrize(
    ("agreed", "ends"), [((), True), ((Side.NEED,), True), (tuple(Side), False)]
)
def test_a_match_that_both_agreed_to_waits_for_its_centres(
    session: Session, match: Match, agreed: tuple[Side, ...], ends: bool
) -> None:
    match.answers += [PartyAnswer(side=side, answer=Answer.YES, at=NOW) for side in agreed]
    session.flush()
    assert deadlines.end_unanswered(session, now=NOW + timedelta(days=30)) == int(ends)
    assert (match.state is MatchState.NO_REPLY) is ends


def test_after_an_introduction_the_reminder_comes_anew(session: Session, match: Match) -> None:
    deadlines.remind_parties(session, now=NOW + timedelta(days=14))
    match.state, match.state_changed_at = MatchState.INTRODUCED, NOW + timedelta(days=15)
    session.flush()
    assert deadlines.remind_parties(session, now=NOW + timedelta(days=28)) == 0
    assert deadlines.remind_parties(session, now=NOW + timedelta(days=29)) == 1


def test_talks_that_go_on_are_left_alone(session: Session, match: Match) -> None:
    match.state = MatchState.IN_DISCUSSION
    session.flush()
    assert deadlines.end_unanswered(session, now=NOW + timedelta(days=100)) == 0


def test_talks_in_which_somebody_spoke_do_not_end_by_themselves(
    session: Session, match: Match
) -> None:
    match.state, match.introduced_at = MatchState.INTRODUCED, NOW
    make_message(session, match, make_user(session), side=Side.OFFER).at = NOW + timedelta(days=5)
    session.flush()
    assert deadlines.remind_parties(session, now=NOW + timedelta(days=14)) == 1
    trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "match_reminded"))
    assert [entry.data["side"] for entry in trail] == [Side.NEED], "who spoke is not reminded"
    assert deadlines.end_unanswered(session, now=NOW + timedelta(days=100)) == 0
    assert match.state is MatchState.INTRODUCED
