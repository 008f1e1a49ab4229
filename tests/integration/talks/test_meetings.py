"""Meetings: proposing, taking a time, declining, proposing others, cancelling, two at once."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, sessionmaker

from matchmaker.config import Settings
from matchmaker.database import engine_options, prepare_engine, write_transactions
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.meeting_times import instant
from matchmaker.domain.vocabulary import ListingKind, ListingState, MatchState, MeetingState, Side
from matchmaker.models import Match, Meeting, OutgoingMail
from matchmaker.queries.actors import load_actor
from matchmaker.queries.meetings import get_meeting, is_waiting
from matchmaker.queries.talks import get_talk
from matchmaker.services import meetings
from matchmaker.services.meetings import Plan
from tests.factories import (
    NOW,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
)
from tests.integration.matches.conftest import World

TIMES = [NOW + timedelta(days=days) for days in (2, 3, 4)]
OUTSIDERS = ("other_staff", "other_member", "administrator", "auditor", "visitor")


def plan(**more: object) -> Plan:
    values = {
        "title": "First talk", "times": TIMES, "minutes": 60, "time_zone": "Asia/Bangkok",
        "place": "https://meet.example.org/glue", "interpret": ("zh-Hans", "th"),
    }  # fmt: skip
    return Plan(**(values | more))  # type: ignore[arg-type]


def propose(world: World, who: str, **more: object) -> Meeting:
    return meetings.propose_meeting(
        world.session, world.actor(who), world.match, plan(**more), now=NOW
    )


def accept(world: World, who: str, meeting: Meeting, at: datetime = TIMES[0]) -> Meeting:
    return meetings.accept_time(
        world.session, world.actor(who), meeting, at, seen=meeting.lock_version, now=NOW
    )


def told(world: World, code: str) -> list[str]:
    people = {user.id: name for name, user in world.users.items()}
    found = world.session.scalars(select(OutgoingMail).where(OutgoingMail.code == code))
    return sorted(people[mail.user_id] for mail in found)


@pytest.fixture
def introduced(world: World) -> World:
    world.introduce()
    world.match.need_assignee = world.users["need_staff"]
    return world


def test_the_other_side_takes_a_time(introduced: World) -> None:
    meeting = propose(introduced, "seller")
    assert meeting.reference.startswith("E-")
    assert told(introduced, "match_meeting_proposed") == ["buyer", "need_staff"]
    assert is_waiting(meeting, Side.NEED)
    assert not is_waiting(meeting, Side.OFFER)
    accept(introduced, "buyer", meeting, TIMES[1])
    assert (meeting.state, meeting.starts_at) == (MeetingState.ACCEPTED, TIMES[1])
    assert (meeting.sequence, meeting.invited_for) == (0, TIMES[1])
    assert told(introduced, "match_meeting_accepted") == ["buyer", "need_staff", "seller"]


def test_staff_propose_and_both_sides_take_the_same_time(introduced: World) -> None:
    meeting = propose(introduced, "need_staff")
    accept(introduced, "buyer", meeting, TIMES[2])
    assert meeting.state is MeetingState.PROPOSED
    with pytest.raises(DomainError) as refused:
        accept(introduced, "seller", meeting, TIMES[0])
    assert refused.value.code is ErrorCode.MEETING_CHANGED
    accept(introduced, "seller", meeting, TIMES[2])
    assert meeting.state is MeetingState.ACCEPTED


@pytest.mark.parametrize("verb", ["propose", "accept", "decline", "cancel", "again"])
@pytest.mark.parametrize("who", ["buyer", "seller", "offer_staff", "need_staff", *OUTSIDERS])
def test_who_may_do_what(introduced: World, who: str, verb: str) -> None:
    session, actor = introduced.session, introduced.actor(who)
    meeting = propose(introduced, "seller")
    seen = meeting.lock_version
    acts = {
        "propose": lambda: propose(introduced, who),
        "accept": lambda: accept(introduced, who, meeting),
        "decline": lambda: meetings.decline_meeting(session, actor, meeting, seen=seen, now=NOW),
        "cancel": lambda: meetings.cancel_meeting(session, actor, meeting, seen=seen, now=NOW),
        "again": lambda: meetings.propose_again(
            session, actor, meeting, plan(times=TIMES[:1]), seen=seen, now=NOW
        ),
    }
    allowed = {
        "propose": {"buyer", "seller", "offer_staff", "need_staff"},
        "accept": {"buyer"},
        "decline": {"buyer"},
        "cancel": {"seller", "offer_staff", "need_staff"},
        "again": {"buyer", "seller", "offer_staff", "need_staff"},
    }
    if who in allowed[verb]:
        acts[verb]()
        return
    with pytest.raises(DomainError) as refused:
        acts[verb]()
    outside = who in OUTSIDERS
    assert refused.value.code is (ErrorCode.NOT_FOUND if outside else ErrorCode.NOT_ALLOWED)


def test_staff_answer_for_an_organisation_without_account(introduced: World) -> None:
    introduced.users["buyer"].active = False
    meeting = propose(introduced, "seller")
    with pytest.raises(DomainError):
        accept(introduced, "offer_staff", meeting)
    assert accept(introduced, "need_staff", meeting).state is MeetingState.ACCEPTED


def test_other_times_ask_everybody_again(introduced: World) -> None:
    meeting = accept(introduced, "buyer", propose(introduced, "seller"))
    reference = meeting.reference
    other = [NOW + timedelta(days=9)]
    meetings.propose_again(
        introduced.session, introduced.actor("buyer"), meeting, plan(times=other),
        seen=meeting.lock_version, now=NOW,
    )  # fmt: skip
    assert (meeting.state, meeting.starts_at) == (MeetingState.PROPOSED, None)
    assert is_waiting(meeting, Side.OFFER)
    assert not is_waiting(meeting, Side.NEED)
    accept(introduced, "seller", meeting, other[0])
    assert (meeting.reference, meeting.sequence) == (reference, 2), "taken out, and put in again"
    assert told(introduced, "match_meeting_accepted").count("buyer") == 2


def test_cancelling_counts_as_a_change_of_the_calendar_entry(introduced: World) -> None:
    meeting = accept(introduced, "buyer", propose(introduced, "seller"))
    meetings.cancel_meeting(
        introduced.session, introduced.actor("buyer"), meeting, note="Typhoon",
        seen=meeting.lock_version, now=NOW,
    )  # fmt: skip
    assert (meeting.state, meeting.sequence, meeting.note) == (MeetingState.CANCELLED, 1, "Typhoon")
    assert told(introduced, "match_meeting_cancelled") == ["buyer", "need_staff", "seller"]
    with pytest.raises(DomainError) as refused:
        accept(introduced, "buyer", meeting)
    assert refused.value.code is ErrorCode.MEETING_CHANGED


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"title": " "}, ErrorCode.TEXT_EMPTY, "title"),
        ({"title": "x" * 201}, ErrorCode.TEXT_TOO_LONG, "title"),
        ({"place": "x" * 501}, ErrorCode.TEXT_TOO_LONG, "place"),
        ({"times": []}, ErrorCode.TIME_MISSING, None),
        ({"times": [NOW]}, ErrorCode.TIME_PAST, None),
        ({"times": [NOW + timedelta(days=400)]}, ErrorCode.TIME_TOO_FAR, None),
        ({"times": [*TIMES, NOW + timedelta(days=9)]}, ErrorCode.UNKNOWN_CODE, None),
        ({"minutes": 61}, ErrorCode.UNKNOWN_CODE, "minutes"),
        ({"time_zone": "Asia/Atlantis"}, ErrorCode.TIME_ZONE_UNKNOWN, "time_zone"),
        ({"time_zone": "../etc/passwd"}, ErrorCode.TIME_ZONE_UNKNOWN, "time_zone"),
        ({"interpret": ("th", "th")}, ErrorCode.LANGUAGES_SAME, "interpret_to"),
        ({"interpret": ("th", "xx")}, ErrorCode.UNKNOWN_CODE, "interpret_to"),
    ],
)
def test_what_is_no_proposal(
    introduced: World, wrong: dict[str, object], code: ErrorCode, field: str | None
) -> None:
    with pytest.raises(DomainError) as refused:
        propose(introduced, "seller", **wrong)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_time_that_passed_meanwhile(introduced: World) -> None:
    meeting = propose(introduced, "seller")
    with pytest.raises(DomainError) as refused:
        meetings.accept_time(
            introduced.session, introduced.actor("buyer"), meeting, TIMES[0],
            seen=meeting.lock_version, now=TIMES[0],
        )  # fmt: skip
    assert refused.value.code is ErrorCode.TIME_PAST


def test_an_ended_case_takes_no_meetings(introduced: World) -> None:
    meeting = propose(introduced, "seller")
    introduced.match.state = MatchState.WITHDRAWN
    for act in (
        lambda: propose(introduced, "seller"),
        lambda: accept(introduced, "buyer", meeting),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code is ErrorCode.THREAD_CLOSED


def test_a_meeting_is_found_in_its_own_case_alone(introduced: World) -> None:
    meeting = propose(introduced, "seller")
    session = introduced.session
    other_offer = make_listing(session, introduced.seller, state=ListingState.PUBLISHED)
    other = make_match(session, other_offer, introduced.need, state=MatchState.INTRODUCED)
    talk = get_talk(session, introduced.actor("seller"), other.reference)
    with pytest.raises(DomainError):
        get_meeting(session, talk, meeting.reference)


def test_clocks_that_go_forward_and_back() -> None:
    clock = time(2, 30)
    with pytest.raises(DomainError) as refused:
        instant(date(2027, 3, 28), clock, "Europe/Berlin")
    assert refused.value.code is ErrorCode.TIME_SKIPPED
    twice = instant(date(2027, 10, 31), clock, "Europe/Berlin")
    assert twice.hour == 0, "of two such times the first"
    assert instant(date(2027, 3, 28), clock, "Asia/Bangkok").hour == 19
    for day, zone in ((date.min, "Asia/Shanghai"), (date.max, "America/Los_Angeles")):
        with pytest.raises(DomainError) as outside:
            instant(day, time(0, 30) if day == date.min else time(23, 30), zone)
        assert outside.value.code is ErrorCode.DATE_INVALID
    with pytest.raises(DomainError) as unknown:
        instant(date(2027, 3, 28), clock, "Mars/Olympus")
    assert unknown.value.code is ErrorCode.TIME_ZONE_UNKNOWN


# Two at once


@pytest.fixture
def sessions(own_settings: Settings) -> Iterator[sessionmaker[Session]]:
    """Sessions on a database of the test's own."""
    engine = create_engine(own_settings.database_url, **engine_options(own_settings.database_url))
    prepare_engine(engine)
    yield sessionmaker(engine)
    engine.dispose()


def test_two_sides_take_different_times_at_once(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        centre = make_centre(session, head_office=True)
        make_centre(session, country="TH")
        seller, buyer = make_organisation(session), make_organisation(session, country="TH")
        people = [make_membership(session, seller).id, make_membership(session, buyer).id]
        match = make_match(
            session,
            make_listing(session, seller, state=ListingState.PUBLISHED),
            make_listing(session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED),
            state=MatchState.INTRODUCED,
        )
        meeting = Meeting(
            reference="E-0000-0000", match=match, state=MeetingState.PROPOSED,
            proposed_by_id=people[0], title="Talk", minutes=60, time_zone=centre.time_zone,
            created_at=NOW, changed_at=NOW,
            times=[meetings.MeetingTime(starts_at=each) for each in TIMES],
        )  # fmt: skip
        session.add(meeting)
        session.flush()
        seen = meeting.lock_version
    start = Barrier(2)
    outcomes: list[object] = []

    def work(user_id: int, at: datetime) -> None:
        start.wait()
        try:
            with write_transactions(), sessions.begin() as session:
                found = session.scalars(select(Meeting)).one()
                meetings.accept_time(
                    session, load_actor(session, user_id, now=NOW), found, at, seen=seen, now=NOW
                )
            outcomes.append(at)
        except DomainError as error:
            outcomes.append(error.code)

    threads = [Thread(target=work, args=pair) for pair in zip(people, TIMES[:2], strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert ErrorCode.MEETING_CHANGED in outcomes, "the slower one is told"
    with sessions() as session:
        saved = session.scalars(select(Meeting)).one()
        assert saved.starts_at in outcomes
        assert len(saved.acceptances) == 1
        assert session.scalars(select(Match)).one().state is MatchState.INTRODUCED
