"""When a match ends: who is told of it, and what becomes of its meetings."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import Tier
from matchmaker.domain.match_states import NO_REPLY_AFTER
from matchmaker.domain.vocabulary import (
    Answer,
    DeclineReason,
    FollowUpAnswer,
    ListingState,
    MatchState,
    MeetingState,
    RejectReason,
    Side,
    TaskKind,
    TaskState,
    Verdict,
)
from matchmaker.models import (
    AuditEntry,
    Listing,
    Meeting,
    Notification,
    OutgoingMail,
    OutreachTask,
)
from matchmaker.queries.advice import Said, said_of
from matchmaker.queries.case_story import party_story
from matchmaker.queries.cases import get_case, my_cases
from matchmaker.queries.matches import history
from matchmaker.queries.talks import get_talk, messages, talk_of
from matchmaker.services import deadlines, follow_ups, match_states, matches, meetings, outcomes
from matchmaker.services.meetings import Plan
from tests.factories import NOW, make_message
from tests.integration.matches.conftest import TERMS, World

S = MatchState
STAFF = {"offer_staff", "need_staff"}
CODES = ("match_ended", "match_closed", "match_declined", "match_reported", "review_waiting")


def told(world: World) -> set[tuple[str, str]]:
    """Who was told what of an ending, as (code, person)."""
    people = {user.id: name for name, user in world.users.items()}
    rows = world.session.scalars(select(Notification).where(Notification.code.in_(CODES)))
    return {(row.code, people[row.user_id]) for row in rows}


def end(
    world: World,
    who: str,
    target: MatchState,
    *,
    reason: DeclineReason | None = DeclineReason.PRICE,
    declined_by: Side | None = None,
    note: str = "",
) -> None:
    matches.take_step(
        world.session, world.actor(who), world.match, target,
        decline_reason=reason, declined_by=declined_by, note=note, now=NOW,
    )  # fmt: skip


def meet(world: World, starts_at: datetime, *, agreed: bool = True) -> Meeting:
    """The seller proposes a meeting and the buyer takes it."""
    session = world.session
    plan = Plan(title="First call", times=[starts_at], minutes=60, time_zone="Asia/Bangkok")
    meeting = meetings.propose_meeting(session, world.actor("seller"), world.match, plan, now=NOW)
    if agreed:
        meetings.accept_time(
            session, world.actor("buyer"), meeting, starts_at, seen=meeting.lock_version, now=NOW
        )
    session.flush()
    return meeting


@pytest.mark.parametrize(
    ("who", "parties"),
    [("seller", {"buyer"}), ("buyer", {"seller"}), ("need_staff", {"seller", "buyer"})],
)
def test_everybody_concerned_hears_that_talks_were_withdrawn(
    world: World, who: str, parties: set[str]
) -> None:
    world.reach(S.IN_DISCUSSION)
    end(world, who, S.WITHDRAWN)
    assert told(world) == {
        *(("match_ended", name) for name in parties),
        *(("match_closed", name) for name in STAFF - {who}),
    }


def test_colleagues_of_who_withdraws_hear_of_it(world: World) -> None:
    world.introduce()
    world.users["other_member"].memberships[0].organisation = world.seller
    world.session.flush()
    end(world, "seller", S.WITHDRAWN)
    assert ("match_ended", "other_member") in told(world)


def test_a_match_that_is_stopped_is_told_to_who_was_asked(world: World) -> None:
    world.agree()
    matches.stop(
        world.session, world.actor("offer_staff"), world.match,
        reason=RejectReason.PARTY_UNSUITABLE, now=NOW,
    )  # fmt: skip
    assert told(world) == {
        ("match_ended", "seller"), ("match_ended", "buyer"), ("match_closed", "need_staff"),
    }  # fmt: skip


def test_parties_who_were_not_asked_hear_nothing(world: World) -> None:
    world.approve()
    matches.stop(
        world.session, world.actor("offer_staff"), world.match,
        reason=RejectReason.PARTY_UNSUITABLE, now=NOW,
    )  # fmt: skip
    assert told(world) == {("match_closed", "need_staff")}


def test_a_rejection_is_told_as_a_decision(world: World) -> None:
    matches.decide(
        world.session, world.actor("offer_staff"), world.match, Side.OFFER,
        verdict=Verdict.REJECT, reason=RejectReason.NOT_RELEVANT, now=NOW,
    )  # fmt: skip
    assert told(world) == set()


def test_a_no_is_told_once(world: World) -> None:
    world.ask()
    matches.answer(
        world.session, world.actor("buyer"), world.match, Side.NEED,
        answer=Answer.NO, decline_reason=DeclineReason.PRICE, now=NOW,
    )  # fmt: skip
    assert told(world) == {("match_declined", "seller")}, "staff are told of the answer"


def test_who_declines_in_talks_is_not_told_that_the_other_did(world: World) -> None:
    world.reach(S.IN_DISCUSSION)
    end(world, "seller", S.DECLINED)
    assert told(world) == {
        ("match_declined", "buyer"), ("match_closed", "offer_staff"),
        ("match_closed", "need_staff"),
    }  # fmt: skip


@pytest.mark.parametrize("state", [S.OFFERED, S.INTRODUCED])
def test_time_ends_a_match_for_everybody(world: World, state: MatchState) -> None:
    world.reach(state)
    world.session.flush()
    assert deadlines.end_unanswered(world.session, now=NOW + timedelta(days=30)) == 1
    assert told(world) == {
        ("match_ended", "seller"), ("match_ended", "buyer"),
        ("match_closed", "offer_staff"), ("match_closed", "need_staff"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "people"),
    [(S.SUGGESTED, set()), (S.APPROVED, STAFF), (S.OFFERED, STAFF | {"seller", "buyer"})],
)
def test_a_listing_that_ends_ends_what_people_worked_on(
    world: World, state: MatchState, people: set[str]
) -> None:
    world.reach(state)
    world.offer.state = ListingState.CLOSED
    match_states.lapse_open(world.session, world.actor("administrator"), world.offer, NOW)
    assert {name for _code, name in told(world)} == people


def test_an_organisation_without_account_hears_of_it_from_its_centre(world: World) -> None:
    world.introduce()
    world.session.delete(world.users["buyer"].memberships[0])
    world.session.flush()
    end(world, "seller", S.WITHDRAWN)
    tasks = world.session.scalars(
        select(OutreachTask).where(OutreachTask.kind == TaskKind.REJECTION)
    ).all()
    assert [(task.organisation, task.data["code"]) for task in tasks] == [
        (world.buyer, "match_ended")
    ]


def test_nobody_is_asked_about_a_match_that_ended(world: World) -> None:
    world.session.delete(world.users["buyer"].memberships[0])
    world.session.flush()
    world.ask()
    (asking,) = world.session.scalars(select(OutreachTask)).all()
    assert asking.state is TaskState.OPEN
    end(world, "seller", S.WITHDRAWN)
    assert asking.state is TaskState.DROPPED
    (telling,) = world.session.scalars(
        select(OutreachTask).where(OutreachTask.state == TaskState.OPEN)
    )
    assert telling.kind is TaskKind.REJECTION


def test_both_centres_hear_that_they_decide_again(world: World) -> None:
    world.reach(S.WITHDRAWN)
    before = told(world)
    matches.reopen(world.session, world.actor("offer_staff"), world.match, note="Again", now=NOW)
    assert told(world) - before == {("review_waiting", "need_staff")}


def test_staff_hear_what_a_party_reports(world: World, tmp_path: Path) -> None:
    world.introduce()
    world.session.flush()
    follow_ups.ask_due(world.session, now=NOW + timedelta(days=30))
    asked = world.match.follow_up(Side.NEED)
    assert asked is not None
    later = NOW + timedelta(days=31)
    for _again in range(2):
        follow_ups.answer_follow_up(
            world.session, world.actor("buyer"), asked, answer=FollowUpAnswer.ENDED,
            decline_reason=DeclineReason.PRICE, now=later,
        )  # fmt: skip
        later += timedelta(hours=1)
    ended = select(OutgoingMail).where(OutgoingMail.code == "match_reported")
    assert [mail.data["answer"] for mail in world.session.scalars(ended)] == ["ended"] * 2
    assert told(world) == {("match_reported", name) for name in STAFF}
    outcomes.propose_outcome(
        world.session, world.actor("seller"), world.match, TERMS, folder=tmp_path, now=later
    )
    answers = [mail.data["answer"] for mail in world.session.scalars(ended)]
    assert answers[2:] == ["agreement_signed"] * 2


def test_an_ended_case_calls_its_meetings_off(world: World) -> None:
    world.introduce()
    later = [NOW + timedelta(days=day) for day in (5, 6)]
    agreed, proposed = meet(world, later[0]), meet(world, later[1], agreed=False)
    held = meet(world, NOW + timedelta(hours=1))
    matches.take_step(
        world.session, world.actor("seller"), world.match, S.WITHDRAWN,
        decline_reason=DeclineReason.PRICE, now=NOW + timedelta(days=1),
    )  # fmt: skip
    world.session.flush()
    assert agreed.state is proposed.state is MeetingState.CANCELLED
    assert (agreed.sequence, agreed.closed_side) == (1, Side.OFFER)
    assert held.state is MeetingState.ACCEPTED
    mails = world.session.scalars(
        select(OutgoingMail).where(OutgoingMail.code == "match_meeting_cancelled")
    ).all()
    assert {mail.data["meeting"] for mail in mails} == {agreed.reference}
    assert {mail.user_id for mail in mails} == {
        world.users[name].id for name in ("seller", "buyer")
    }


@pytest.mark.parametrize("target", [S.DECLINED, S.WITHDRAWN])
def test_staff_of_both_sides_say_which_one_leaves(world: World, target: MatchState) -> None:
    world.introduce()
    world.match.need_centre = world.head_office
    world.session.flush()
    with pytest.raises(DomainError) as refused:
        end(world, "offer_staff", target)
    assert (refused.value.code, refused.value.field) == (ErrorCode.SIDE_MISSING, "declined_by")
    end(world, "offer_staff", target, declined_by=Side.NEED)
    assert [(said.reason, said.times) for said in heard(world, "seller", world.offer)] == [
        (DeclineReason.PRICE, 1)
    ]
    assert heard(world, "buyer", world.need) == []


def heard(world: World, who: str, listing: Listing) -> list[Said]:
    world.session.flush()
    return said_of(world.session, world.actor(who), listing)


def test_a_party_that_withdraws_says_why(world: World) -> None:
    world.agree()
    with pytest.raises(DomainError) as refused:
        end(world, "buyer", S.WITHDRAWN, reason=None)
    assert refused.value.code is ErrorCode.REASON_MISSING
    end(
        world, "buyer", S.WITHDRAWN, reason=DeclineReason.NOT_STRATEGIC,
        note=" We buy elsewhere. ",
    )  # fmt: skip
    assert [said.reason for said in heard(world, "seller", world.offer)] == [
        DeclineReason.NOT_STRATEGIC
    ]
    (written,) = world.match.comments
    assert (written.note, written.by_id) == ("We buy elsewhere.", world.users["buyer"].id)
    lines = [line for line in history(world.session, world.match, notes=True) if line.notes]
    assert [(line.notes, line.party) for line in lines] == [(("We buy elsewhere.",), True)]
    step = world.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "match_state_changed").order_by(AuditEntry.id)
    ).all()[-1]
    assert step.data["offer"] == world.offer.id, "the engine learns that they do not fit"
    own = party_story(world.session, world.match, Side.NEED)[-1]
    assert own.data["reason"] == DeclineReason.NOT_STRATEGIC
    told_of_it = party_story(world.session, world.match, Side.OFFER)[-1]
    assert "reason" not in told_of_it.data, "the other side does not read it beside a name"


def test_staff_need_no_reason_to_withdraw(world: World) -> None:
    world.introduce()
    end(world, "offer_staff", S.WITHDRAWN, reason=None)
    assert world.match.state is S.WITHDRAWN


@pytest.mark.parametrize("state", [S.OFFERED, S.INTRODUCED, S.NEGOTIATING])
def test_no_reply_is_not_recorded_before_somebody_was_silent(
    world: World, state: MatchState
) -> None:
    world.reach(state)
    session, staff = world.session, world.actor("offer_staff")
    early = NOW + NO_REPLY_AFTER - timedelta(minutes=1)
    with pytest.raises(DomainError) as refused:
        matches.take_step(session, staff, world.match, S.NO_REPLY, now=early)
    assert (refused.value.code, refused.value.data["days"]) == (ErrorCode.NOT_SILENT, 30)
    matches.take_step(session, staff, world.match, S.NO_REPLY, now=NOW + NO_REPLY_AFTER)


def test_no_reply_does_not_end_what_waits_for_the_centres(world: World) -> None:
    world.agree()
    with pytest.raises(DomainError) as refused:
        matches.take_step(
            world.session, world.actor("offer_staff"), world.match, S.NO_REPLY,
            now=NOW + NO_REPLY_AFTER,
        )  # fmt: skip
    assert refused.value.code is ErrorCode.NOT_SILENT


@pytest.mark.parametrize("who", ["seller", "buyer", "offer_staff", "need_staff"])
def test_what_was_written_stays_readable_when_a_case_opens_again(world: World, who: str) -> None:
    world.introduce()
    session, match = world.session, world.match
    make_message(session, match, world.users["seller"], side=Side.OFFER, body="Hello")
    end(world, "buyer", S.WITHDRAWN)
    matches.reopen(session, world.actor("need_staff"), match, note="Once more", now=NOW)
    session.flush()
    session.expire_all()
    talk = get_talk(session, world.actor(who), match.reference)
    assert [message.body for _number, message in messages(session, talk)] == ["Hello"]
    assert (talk.open, talk.paused) == (False, True)
    if who in {"seller", "buyer"}:
        case = get_case(session, world.actor(who), match.reference)
        assert (case.other.tier, case.other.contact) == (Tier.PUBLIC, None)
        assert match in [each.match for each in my_cases(session, world.actor(who))]
    for stranger in ("other_staff", "other_member", "administrator", "auditor"):
        assert talk_of(world.actor(stranger), match) is None


def test_a_match_that_was_never_introduced_is_nobodys_talk(world: World) -> None:
    world.agree()
    end(world, "buyer", S.WITHDRAWN)
    matches.reopen(world.session, world.actor("need_staff"), world.match, note="Once more", now=NOW)
    assert talk_of(world.actor("need_staff"), world.match) is None
