"""How do the talks go? Asked 30, 90 and 180 days after the introduction, once each."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import (
    DeclineReason,
    FollowUpAnswer,
    ListingState,
    MatchState,
    Side,
    TaskState,
    Wait,
)
from matchmaker.models import FollowUp, Membership, OutgoingMail, OutreachTask
from matchmaker.queries.desk import Desk, DeskFilter
from matchmaker.services import follow_ups, matches, outcomes
from tests.factories import NOW, make_follow_up, make_listing, make_match
from tests.integration.matches.conftest import TERMS, World

S = MatchState
A = FollowUpAnswer


def days(number: int) -> datetime:
    return NOW + timedelta(days=number)


def ask(world: World, number: int) -> int:
    count = follow_ups.ask_due(world.session, now=days(number))
    world.session.flush()
    return count


def asked(world: World) -> list[tuple[str, int]]:
    rows = world.session.scalars(select(FollowUp).order_by(FollowUp.days, FollowUp.side))
    return [(row.side.value, row.days) for row in rows]


def mails(world: World) -> list[str]:
    statement = select(OutgoingMail.recipient).where(OutgoingMail.code == "match_follow_up")
    return sorted(world.session.scalars(statement))


def tasks(world: World) -> list[OutreachTask]:
    statement = select(OutreachTask).where(OutreachTask.dedupe_key.like("follow_up:%"))
    return list(world.session.scalars(statement.order_by(OutreachTask.id)))


def answer(
    world: World, who: str, side: Side, given: A, number: int = 31, **more: object
) -> FollowUp:
    row = world.match.follow_up(side)
    assert row is not None
    return follow_ups.answer_follow_up(
        world.session, world.actor(who), row, answer=given, now=days(number), **more
    )  # type: ignore[arg-type]


def refused(act: object) -> ErrorCode:
    with pytest.raises(DomainError) as caught:
        act()  # type: ignore[operator]
    return caught.value.code


@pytest.fixture
def talking(world: World) -> World:
    world.reach(S.IN_DISCUSSION)
    return world


def test_each_question_is_asked_once_on_its_day(talking: World) -> None:
    assert ask(talking, 29) == 0
    assert ask(talking, 30) == 1
    assert ask(talking, 31) == 0
    assert asked(talking) == [("need", 30), ("offer", 30)]
    people = [talking.users["seller"].email, talking.users["buyer"].email]
    assert mails(talking) == sorted(people)
    assert [ask(talking, 90), ask(talking, 180), ask(talking, 181)] == [1, 1, 0]
    assert len(asked(talking)) == 6
    assert len(mails(talking)) == 6


def test_after_a_long_pause_only_the_newest_is_asked(talking: World) -> None:
    assert ask(talking, 100) == 1
    assert asked(talking) == [("need", 90), ("offer", 90)]
    assert ask(talking, 300) == 0


@pytest.mark.parametrize("state", [S.DECLINED, S.WITHDRAWN, S.NO_REPLY, S.OUTCOME_CONFIRMED])
def test_nobody_is_asked_about_what_is_over(world: World, state: S) -> None:
    world.reach(state)
    assert ask(world, 30) == 0


def test_an_answer_is_corrected_until_the_next_question(talking: World) -> None:
    ask(talking, 30)
    first = answer(talking, "buyer", Side.NEED, A.TESTING, note=" A pilot line ")
    assert (first.answer, first.note) == (A.TESTING, "A pilot line")
    assert first.by_id == talking.users["buyer"].id
    assert answer(talking, "buyer", Side.NEED, A.PAUSED, 89).answer is A.PAUSED
    ask(talking, 90)
    assert (
        refused(
            lambda: follow_ups.answer_follow_up(
                talking.session, talking.actor("buyer"), first, answer=A.TESTING, now=days(90)
            )
        )
        is ErrorCode.FOLLOW_UP_CLOSED
    )
    assert (
        refused(lambda: answer(talking, "buyer", Side.NEED, A.TESTING, 150))
        is ErrorCode.FOLLOW_UP_CLOSED
    )


def test_an_end_needs_a_reason_and_ends_nothing_by_itself(talking: World) -> None:
    ask(talking, 30)
    assert (
        refused(lambda: answer(talking, "seller", Side.OFFER, A.ENDED)) is ErrorCode.REASON_MISSING
    )
    told = answer(talking, "seller", Side.OFFER, A.ENDED, decline_reason=DeclineReason.NO_RESOURCES)
    assert told.decline_reason is DeclineReason.NO_RESOURCES
    assert talking.match.state is S.IN_DISCUSSION
    answer(talking, "seller", Side.OFFER, A.PAUSED, decline_reason=DeclineReason.PRICE)
    assert told.decline_reason is None


@pytest.mark.parametrize(
    ("who", "side", "may"),
    [
        ("seller", Side.OFFER, True),
        ("seller", Side.NEED, False),
        ("offer_staff", Side.OFFER, True),
        ("offer_staff", Side.NEED, False),
        ("other_staff", Side.OFFER, False),
        ("other_member", Side.OFFER, False),
        ("auditor", Side.OFFER, False),
        ("visitor", Side.OFFER, False),
    ],
)
def test_each_side_answers_for_itself(talking: World, who: str, side: Side, may: bool) -> None:
    ask(talking, 30)
    if may:
        given = answer(talking, who, side, A.TESTING)
        assert given.recorded_by_staff is who.endswith("staff")
    else:
        assert refused(lambda: answer(talking, who, side, A.TESTING)) is ErrorCode.NOT_ALLOWED


def test_a_link_answers_for_the_party_without_naming_anybody(talking: World) -> None:
    ask(talking, 30)
    given = answer(talking, "visitor", Side.NEED, A.NEGOTIATING, by_link=True)
    assert given.by_id is None
    assert not given.recorded_by_staff


@pytest.mark.parametrize(
    ("given", "state"), [(A.TESTING, S.IN_DISCUSSION), (A.ENDED, S.INTRODUCED)]
)
def test_talks_that_go_on_have_begun(world: World, given: A, state: S) -> None:
    world.introduce()
    ask(world, 30)
    answer(world, "buyer", Side.NEED, given, decline_reason=DeclineReason.PRICE)
    assert world.match.state is state


def test_silence_becomes_a_task_once_and_an_answer_finishes_it(talking: World) -> None:
    ask(talking, 30)
    answer(talking, "seller", Side.OFFER, A.TESTING, 32)
    assert follow_ups.let_staff_call(talking.session, now=days(43)) == 0
    assert follow_ups.let_staff_call(talking.session, now=days(44)) == 1
    assert follow_ups.let_staff_call(talking.session, now=days(45)) == 0
    (task,) = tasks(talking)
    assert task.centre_id == talking.thai_centre.id
    answer(talking, "need_staff", Side.NEED, A.TESTING, 46)
    assert task.state is TaskState.DONE


def test_without_an_account_it_is_a_task_from_the_beginning(talking: World) -> None:
    statement = select(Membership).where(Membership.organisation_id == talking.buyer.id)
    for membership in talking.session.scalars(statement):
        talking.session.delete(membership)
    talking.session.flush()
    ask(talking, 30)
    assert [task.organisation_id for task in tasks(talking)] == [talking.buyer.id]
    follow_ups.let_staff_call(talking.session, now=days(44))
    assert {task.organisation_id for task in tasks(talking)} == {
        talking.buyer.id, talking.seller.id,
    }  # fmt: skip


def test_opening_again_asks_again(talking: World) -> None:
    ask(talking, 30)
    matches.take_step(
        talking.session, talking.actor("buyer"), talking.match, S.WITHDRAWN,
        decline_reason=DeclineReason.PRICE, now=days(31),
    )  # fmt: skip
    matches.reopen(
        talking.session, talking.actor("offer_staff"), talking.match, note="New", now=days(31)
    )
    talking.session.flush()
    assert asked(talking) == []


def test_the_desk_shows_what_answers_ask_for(talking: World) -> None:
    ask(talking, 30)
    elsewhere = make_match(
        talking.session,
        make_listing(talking.session, talking.seller, state=ListingState.PUBLISHED),
        talking.need,
        state=S.IN_DISCUSSION,
    )
    make_follow_up(talking.session, elsewhere, Side.NEED, days=90)

    def waiting(who: str, wait: Wait) -> bool:
        talking.session.flush()
        desk = Desk(talking.session, talking.actor(who), now=days(32))
        page = desk.page(DeskFilter(wait=wait))
        rows = [row for row in page.rows if any(wait in found for found in row.waits.values())]
        assert len(rows) == page.total
        return bool(rows)

    assert not waiting("need_staff", Wait.OUTCOME)
    answer(talking, "buyer", Side.NEED, A.AGREEMENT_SIGNED)
    assert waiting("need_staff", Wait.OUTCOME)
    assert not waiting("offer_staff", Wait.OUTCOME)
    answer(talking, "buyer", Side.NEED, A.ENDED, decline_reason=DeclineReason.PRICE)
    assert not waiting("need_staff", Wait.OUTCOME)
    assert waiting("need_staff", Wait.ENDING)
    outcomes.record_outcome(
        talking.session, talking.actor("need_staff"), talking.match, TERMS, now=days(32)
    )
    assert waiting("offer_staff", Wait.CONFIRMATION)
    assert not waiting("need_staff", Wait.CONFIRMATION)
