"""Two centres share a match: assign, due dates, hand over, remind, delegate; and its story."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import (
    Answer,
    Channel,
    DeclineReason,
    MatchState,
    Side,
    TaskKind,
)
from matchmaker.models import (
    Centre,
    CentreDelegation,
    Interest,
    Membership,
    OutgoingMail,
    OutreachTask,
)
from matchmaker.queries.actors import load_actor
from matchmaker.queries.case_story import party_story
from matchmaker.queries.matches import history
from matchmaker.services import delegations, matches
from tests.factories import NOW, actor_of, make_appointment, make_centre, make_membership
from tests.integration.matches.conftest import World

TOMORROW = NOW + timedelta(days=1)


def mails(world: World, code: str) -> list[int | None]:
    world.session.flush()
    rows = world.session.scalars(
        select(OutgoingMail).where(OutgoingMail.code == code).order_by(OutgoingMail.id)
    )
    return [mail.user_id for mail in rows]


def refused(act: Callable[[], object]) -> ErrorCode:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def test_each_side_has_its_own_due_date(world: World) -> None:
    actor, match = world.actor("need_staff"), world.match
    matches.set_due(world.session, actor, match, Side.NEED, date(2026, 11, 30), now=NOW)
    assert (match.due_on(Side.NEED), match.due_on(Side.OFFER)) == (date(2026, 11, 30), None)
    for side, day, code in (
        (Side.OFFER, date(2026, 11, 30), ErrorCode.DECISION_OTHER_SIDE),
        (Side.NEED, date(2026, 11, 22), ErrorCode.DATE_PAST),
    ):
        assert code is refused(
            lambda side=side, day=day: matches.set_due(
                world.session, actor, match, side, day, now=NOW
            )
        )
    matches.set_due(world.session, actor, match, Side.NEED, None, now=NOW)
    assert match.due_on(Side.NEED) is None


def test_the_due_day_is_that_of_the_centre(world: World) -> None:
    """At 17:00 UTC it is already tomorrow in Shanghai, and still today in Bangkok."""
    late = NOW.replace(hour=16, minute=30)
    world.thai_centre.time_zone = "Asia/Bangkok"
    for person, side, good in (
        ("need_staff", Side.NEED, True),
        ("offer_staff", Side.OFFER, False),
    ):
        actor = world.actor(person)
        if good:
            matches.set_due(world.session, actor, world.match, side, NOW.date(), now=late)
            assert world.match.due_on(side) == NOW.date()
        else:
            assert ErrorCode.DATE_PAST is refused(
                lambda actor=actor, side=side: matches.set_due(
                    world.session, actor, world.match, side, NOW.date(), now=late
                )
            )


def test_a_side_is_handed_over_to_another_centre(world: World) -> None:
    third = make_centre(world.session, country="MY")
    newcomer = make_appointment(world.session, third)
    actor = world.actor("offer_staff")
    world.approve()
    matches.assign(
        world.session, actor, world.match, Side.OFFER, world.users["offer_staff"], now=NOW
    )
    matches.hand_over(
        world.session, actor, world.match, Side.OFFER, third, note="They know cane", now=NOW
    )
    match = world.match
    assert (match.centre_id(Side.OFFER), match.assignee(Side.OFFER)) == (third.id, None)
    assert match.state is MatchState.APPROVED
    assert match.decision(Side.OFFER) is not None
    assert [comment.note for comment in match.comments] == ["They know cane"]
    assert set(mails(world, "match_handed_over")) == {newcomer.id, world.users["need_staff"].id}
    world.session.flush()
    assert ErrorCode.NOT_ALLOWED is refused(
        lambda: matches.offer_to_parties(world.session, actor, match, now=NOW)
    )
    matches.offer_to_parties(world.session, actor_of(world.session, newcomer), match, now=NOW)
    lines = history(world.session, match, notes=True)
    assert [line.notes for line in lines if line.action == "match_noted"] == [("They know cane",)]


def test_handing_over_is_refused(world: World) -> None:
    third = make_centre(world.session, country="MY")
    sleeping = make_centre(world.session, country="LA", active=False)

    def code(person: str, side: Side, centre: Centre, note: str = "Why") -> ErrorCode:
        actor = world.actor(person)
        return refused(
            lambda: matches.hand_over(
                world.session, actor, world.match, side, centre, note=note, now=NOW
            )
        )

    assert code("need_staff", Side.OFFER, third) is ErrorCode.DECISION_OTHER_SIDE
    assert code("other_staff", Side.OFFER, third) is ErrorCode.NOT_ALLOWED
    assert code("buyer", Side.NEED, third) is ErrorCode.NOT_ALLOWED
    assert code("need_staff", Side.NEED, third, " ") is ErrorCode.NOTE_MISSING
    assert code("need_staff", Side.NEED, world.thai_centre) is ErrorCode.CENTRE_UNSUITABLE
    assert code("need_staff", Side.NEED, sleeping) is ErrorCode.CENTRE_UNSUITABLE
    world.match.state = MatchState.DECLINED
    assert code("need_staff", Side.NEED, third) is ErrorCode.MATCH_STEP_NOT_ALLOWED


def test_the_other_centre_is_reminded_once_a_day(world: World) -> None:
    actor, match = world.actor("offer_staff"), world.match
    colleague = make_appointment(world.session, world.thai_centre)
    involved = make_appointment(world.session, world.thai_centre)
    make_membership(world.session, world.buyer, involved)

    def remind(when: datetime = NOW) -> None:
        matches.remind_centre(world.session, actor, match, Side.NEED, now=when)

    remind()
    told = {world.users["need_staff"].id, colleague.id}
    assert set(mails(world, "match_centre_reminder")) == told
    assert refused(remind) is ErrorCode.REMINDED_TODAY
    match.need_assignee = colleague
    remind(TOMORROW)
    assert mails(world, "match_centre_reminder")[2:] == [colleague.id]
    assert ErrorCode.NOT_ALLOWED is refused(
        lambda: matches.remind_centre(world.session, actor, match, Side.OFFER, now=NOW)
    )
    world.match.state = MatchState.INTRODUCED
    assert refused(lambda: remind(TOMORROW + timedelta(days=1))) is ErrorCode.NOTHING_WAITS


def test_a_party_is_reminded_while_it_owes_an_answer(world: World) -> None:
    actor = world.actor("need_staff")

    def remind(side: Side = Side.OFFER) -> None:
        matches.remind_party(world.session, actor, world.match, side, now=NOW)

    assert refused(remind) is ErrorCode.NOTHING_WAITS
    world.introduce()
    world.match.state = MatchState.OFFERED
    assert refused(remind) is ErrorCode.NOTHING_WAITS, "both have said yes"
    world.match.answers.clear()
    remind()
    remind(Side.NEED)
    assert mails(world, "match_party_reminder") == [
        world.users["seller"].id, world.users["buyer"].id,
    ]  # fmt: skip
    assert refused(remind) is ErrorCode.REMINDED_TODAY


def test_a_party_without_account_is_reminded_by_a_task(world: World) -> None:
    world.session.execute(
        Membership.__table__.delete().where(Membership.organisation_id == world.buyer.id)
    )
    world.buyer.channel, world.buyer.phone = Channel.PHONE, "+66812345678"
    world.session.expire_all()
    world.ask()
    matches.remind_party(world.session, world.actor("offer_staff"), world.match, Side.NEED, now=NOW)
    kinds = world.session.scalars(select(OutreachTask.kind).order_by(OutreachTask.id)).all()
    assert kinds == [TaskKind.CONSENT, TaskKind.QUESTION]


def lead(world: World) -> Actor:
    return actor_of(world.session, make_appointment(world.session, world.thai_centre, lead=True))


def test_a_centre_delegates_for_a_period(world: World) -> None:
    third = make_centre(world.session, country="MY")
    helper = make_appointment(world.session, third)
    given = delegations.delegate(
        world.session, lead(world), world.thai_centre, third,
        first_day=date(2026, 11, 24), last_day=date(2026, 11, 25), now=NOW,
    )  # fmt: skip
    world.session.flush()
    assert mails(world, "centre_delegated") == [helper.id]

    def decides(days: float) -> bool:
        world.session.expire_all()
        actor = load_actor(world.session, helper.id, now=NOW + timedelta(days=days))
        return world.thai_centre.id in actor.acting_centre_ids

    # The centre's midnight is at 16:00 UTC, half a day from now.
    days = (0, 0.49, 0.51, 2.49, 2.51)
    assert [decides(day) for day in days] == [False, False, True, True, False]
    delegations.end_delegation(world.session, lead(world), given, now=NOW)
    world.session.flush()
    assert not decides(1)
    assert world.session.scalars(select(CentreDelegation)).all() == []


def test_who_and_what_may_not_be_delegated(world: World) -> None:
    third = make_centre(world.session, country="MY", active=False)
    chief = lead(world)
    thai, chinese = world.thai_centre, world.head_office

    def code(actor: Actor, centre: Centre, to: Centre, **days: date) -> ErrorCode:
        return refused(
            lambda: delegations.delegate(world.session, actor, centre, to, now=NOW, **days)
        )

    assert code(world.actor("need_staff"), thai, chinese) is ErrorCode.NOT_ALLOWED
    assert code(chief, chinese, thai) is ErrorCode.NOT_ALLOWED
    assert code(chief, thai, third) is ErrorCode.CENTRE_UNSUITABLE
    assert code(chief, thai, thai) is ErrorCode.CENTRE_UNSUITABLE
    yesterday, soon = date(2026, 11, 22), date(2026, 11, 30)
    assert code(chief, thai, chinese, last_day=yesterday) is ErrorCode.DATE_PAST
    assert code(chief, thai, chinese, first_day=yesterday) is ErrorCode.DATE_PAST
    reversed_days = {"first_day": soon, "last_day": date(2026, 11, 29)}
    assert code(chief, thai, chinese, **reversed_days) is ErrorCode.PERIOD_REVERSED


def story(world: World, side: Side) -> list[tuple[str, bool | None]]:
    world.session.flush()
    return [
        (event.data.get("to") or event.data.get("answer") or event.action, event.ours)
        for event in party_story(world.session, world.match, side)
    ]


def test_a_party_reads_its_own_story(world: World) -> None:
    world.introduce()
    assert story(world, Side.OFFER) == [
        ("offered", None), ("yes", True), ("introduced", None),
    ]  # fmt: skip
    actor = world.actor("buyer")
    matches.take_step(world.session, actor, world.match, MatchState.IN_DISCUSSION, now=NOW)
    matches.comment(world.session, world.actor("need_staff"), world.match, note="Hm", now=NOW)
    matches.take_step(
        world.session, actor, world.match, MatchState.DECLINED,
        decline_reason=DeclineReason.PRICE, now=NOW,
    )  # fmt: skip
    assert story(world, Side.OFFER)[3:] == [("in_discussion", False), ("declined", False)]
    assert story(world, Side.NEED)[3:] == [("in_discussion", True), ("declined", True)]
    world.session.flush()
    theirs = party_story(world.session, world.match, Side.OFFER)[-1]
    assert "reason" not in theirs.data, "why the other side declined is its own business"
    assert party_story(world.session, world.match, Side.NEED)[-1].data["reason"] == "price"


def test_interest_is_in_the_story_of_both_once_they_are_asked(world: World) -> None:
    matches.express_interest(
        world.session, world.actor("buyer"), world.offer, world.need,
        what_cooperation="Press boards", about_you="A mill", now=NOW,
    )  # fmt: skip
    assert story(world, Side.NEED) == [("match_interest", True)]
    assert story(world, Side.OFFER) == []
    world.ask()
    assert story(world, Side.NEED)[1:] == [("approved", None), ("offered", None)]
    assert story(world, Side.OFFER) == [("match_interest", False), ("offered", None)]
    words = world.session.scalars(select(Interest)).one()
    assert (words.side, words.what_cooperation, words.what_is_missing, words.about_you) == (
        Side.NEED, "Press boards", "", "A mill",
    )  # fmt: skip
    assert world.match.score == 70


def test_a_delegate_hears_of_the_match_that_it_decides_for(world: World) -> None:
    session, match = world.session, world.match
    delegate = world.users["other_staff"]
    third = delegate.appointments[0].centre
    session.add(CentreDelegation(centre=world.thai_centre, delegate=third, since=NOW))
    session.flush()
    matches.remind_centre(session, world.actor("offer_staff"), match, Side.NEED, now=NOW)
    both = {world.users["need_staff"].id, delegate.id}
    assert set(mails(world, "match_centre_reminder")) == both
    matches.assign(session, world.actor("other_staff"), match, Side.NEED, delegate, now=NOW)
    matches.remind_centre(session, world.actor("offer_staff"), match, Side.NEED, now=TOMORROW)
    assert mails(world, "match_centre_reminder")[2:] == [delegate.id]
    world.ask()
    matches.answer(
        session, world.actor("seller"), match, Side.OFFER, answer=Answer.YES, now=NOW
    )  # fmt: skip
    assert set(mails(world, "match_answered")) == {delegate.id, world.users["offer_staff"].id}


def test_the_head_office_hears_of_a_centre_that_is_not_at_work(world: World) -> None:
    session = world.session
    vietnam = world.users["other_staff"].appointments[0].centre
    session.add(CentreDelegation(centre=world.head_office, delegate=vietnam, since=NOW))
    world.users["need_staff"].active = False
    world.thai_centre.active = False
    session.flush()
    matches.remind_centre(session, world.actor("other_staff"), world.match, Side.NEED, now=NOW)
    assert mails(world, "match_centre_reminder") == [world.users["offer_staff"].id]
    head_office = world.actor("offer_staff")
    assert world.thai_centre.id in head_office.acting_centre_ids, "and decides for it"
