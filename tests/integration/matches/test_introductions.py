"""Asking the parties, the export gate, and the introduction."""

import pytest
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.export_control import Gate
from matchmaker.domain.vocabulary import (
    Answer,
    Channel,
    Clearance,
    ControlClass,
    DeclineReason,
    ListingKind,
    ListingState,
    MatchOrigin,
    MatchState,
    Side,
    TaskKind,
    TaskState,
)
from matchmaker.models import Listing, Membership, OutgoingMail, OutreachTask
from matchmaker.queries.match_gate import gate_of
from matchmaker.services import match_states, matches
from tests.factories import NOW, make_listing, make_organisation
from tests.integration.matches.conftest import World
from tests.integration.matches.network import STAFF

C, K = ControlClass, Clearance


def refused(world: World, person: str) -> DomainError:
    with pytest.raises(DomainError) as caught:
        matches.introduce(world.session, world.actor(person), world.match, now=NOW)
    return caught.value


def mails(world: World) -> list[tuple[str, int | None]]:
    world.session.flush()
    rows = world.session.scalars(select(OutgoingMail).order_by(OutgoingMail.id))
    return [(mail.code, mail.user_id) for mail in rows]


def test_both_parties_are_asked_and_introduced(world: World) -> None:
    world.introduce()
    match, seller, buyer = world.match, world.users["seller"], world.users["buyer"]
    assert match.introduced_at == NOW
    told = {user for code, user in mails(world) if code == "match_answered"}
    assert told == {user.id for name, user in world.users.items() if name in STAFF}
    assert [mail for mail in mails(world) if mail[0] != "match_answered"] == [
        ("match_offered", seller.id),
        ("match_offered", buyer.id),
        ("match_introduced", seller.id),
        ("match_introduced", buyer.id),
    ]
    mail = world.session.scalars(select(OutgoingMail)).first()
    assert mail is not None
    assert mail.data == {"reference": match.reference, "match_id": match.id, "side": "offer"}


def test_a_no_ends_it(world: World) -> None:
    world.ask()
    with pytest.raises(DomainError) as caught:
        matches.answer(
            world.session, world.actor("buyer"), world.match, Side.NEED, answer=Answer.NO, now=NOW
        )
    assert caught.value.code is ErrorCode.REASON_MISSING
    matches.answer(
        world.session, world.actor("buyer"), world.match, Side.NEED,
        answer=Answer.NO, decline_reason=DeclineReason.PRICE, now=NOW,
    )  # fmt: skip
    assert world.match.state is MatchState.DECLINED
    assert mails(world)[-1] == ("match_declined", world.users["seller"].id)


def test_both_must_say_yes(world: World) -> None:
    world.ask()
    matches.answer(
        world.session, world.actor("buyer"), world.match, Side.NEED, answer=Answer.YES, now=NOW
    )
    assert refused(world, "offer_staff").code is ErrorCode.CONSENT_NOT_GIVEN


def test_staff_answer_for_an_organisation_without_account(world: World) -> None:
    world.session.execute(
        Membership.__table__.delete().where(Membership.organisation_id == world.buyer.id)
    )
    world.buyer.channel, world.buyer.phone = Channel.PHONE, "+66812345678"
    world.session.expire_all()
    world.ask()
    task = world.session.scalars(select(OutreachTask)).one()
    assert (task.kind, task.match, task.centre) == (
        TaskKind.CONSENT, world.match, world.thai_centre,
    )  # fmt: skip
    matches.answer(
        world.session, world.actor("need_staff"), world.match, Side.NEED,
        answer=Answer.YES, now=NOW,
    )  # fmt: skip
    given = world.match.answer(Side.NEED)
    assert given is not None
    assert given.recorded_by_staff
    assert task.state is TaskState.DONE


def test_staff_do_not_answer_for_people_with_an_account(world: World) -> None:
    world.ask()
    with pytest.raises(DomainError) as caught:
        matches.answer(
            world.session, world.actor("need_staff"), world.match, Side.NEED,
            answer=Answer.YES, now=NOW,
        )  # fmt: skip
    assert caught.value.code is ErrorCode.ORGANISATION_HAS_ACCOUNT


GATES = [
    (C.NOT_CHECKED, None, None, Gate.NOT_CHECKED),
    (C.NOT_CHECKED, K.LICENSED, K.NONE, Gate.NOT_CHECKED),
    (C.FREE, None, None, Gate.OPEN),
    (C.RESTRICTED, None, None, Gate.NEEDS_LICENCE_INTENT),
    (C.RESTRICTED, K.NONE, K.NONE, Gate.NEEDS_LICENCE_INTENT),
    (C.RESTRICTED, K.LICENCE_INTENT, None, Gate.NEEDS_CONFIRMATION),
    (C.RESTRICTED, None, K.LICENCE_INTENT, Gate.NEEDS_LICENCE_INTENT),
    (C.RESTRICTED, K.LICENCE_INTENT, K.NONE, Gate.OPEN),
    (C.DUAL_USE, K.LICENCE_INTENT, K.NONE, Gate.NEEDS_LICENCE),
    (C.DUAL_USE, K.LICENSED, K.NONE, Gate.OPEN),
    (C.DUAL_USE, K.REGISTERED, K.REGISTERED, Gate.NEEDS_LICENCE),
    (C.DUAL_USE, K.LICENSED, K.REGISTERED, Gate.OPEN),
    (C.PROHIBITED, K.REGISTERED, K.REGISTERED, Gate.PROHIBITED),
]


@pytest.mark.parametrize(("control_class", "exporting", "receiving", "expected"), GATES)
def test_the_gate(
    world: World,
    control_class: ControlClass,
    exporting: Clearance | None,
    receiving: Clearance | None,
    expected: Gate,
) -> None:
    world.agree()
    world.offer.export_checks[-1].control_class = control_class
    confirmed = C.FREE if control_class is C.NOT_CHECKED else control_class
    for person, side, clearance in (
        ("offer_staff", Side.OFFER, exporting),
        ("need_staff", Side.NEED, receiving),
    ):
        if clearance is not None:
            matches.clear_export(
                world.session, world.actor(person), world.match, side,
                control_class=confirmed, clearance=clearance,
                number="No. 7", catalogue_version="2023", now=NOW,
            )  # fmt: skip
    assert gate_of(world.match) is expected
    if expected is Gate.OPEN:
        matches.introduce(world.session, world.actor("offer_staff"), world.match, now=NOW)
        return
    error = refused(world, "offer_staff")
    assert (error.code, error.data) == (ErrorCode.GATE_CLOSED, {"gate": expected})


def test_a_stricter_class_of_one_side_counts(world: World) -> None:
    world.agree()
    matches.clear_export(
        world.session, world.actor("need_staff"), world.match, Side.NEED,
        control_class=C.DUAL_USE, clearance=K.NONE, now=NOW,
    )  # fmt: skip
    assert gate_of(world.match) is Gate.NEEDS_LICENCE


def test_within_one_country_nothing_is_exported(world: World) -> None:
    world.buyer.country = "CN"
    world.offer.export_checks.clear()
    world.introduce()
    assert world.match.state is MatchState.INTRODUCED


def test_a_listing_that_ended_is_not_introduced(world: World) -> None:
    world.agree()
    world.need.state = ListingState.CLOSED
    assert refused(world, "offer_staff").code is ErrorCode.MATCH_LISTING_NOT_LIVE


def interest(world: World, person: str = "buyer", target: Listing | None = None) -> None:
    target = target or world.offer
    own = world.need if person == "buyer" else world.offer
    actor = world.actor(person)
    world.match = matches.express_interest(
        world.session,
        actor,
        target,
        own,
        what_cooperation="Press boards together",
        about_you="We grow cane",
        now=NOW,
    )


def test_interest_turns_a_suggestion_and_counts_as_yes(world: World) -> None:
    interest(world)
    assert (world.match.state, world.match.origin) == (
        MatchState.UNDER_REVIEW, MatchOrigin.INTEREST,
    )  # fmt: skip
    world.ask()
    assert mails(world) == [("match_offered", world.users["seller"].id)]
    matches.answer(
        world.session, world.actor("seller"), world.match, Side.OFFER, answer=Answer.YES, now=NOW
    )
    matches.introduce(world.session, world.actor("need_staff"), world.match, now=NOW)
    assert world.match.state is MatchState.INTRODUCED


def test_interest_makes_a_pair(world: World) -> None:
    offer = make_listing(world.session, world.seller, state=ListingState.PUBLISHED)
    interest(world, target=offer)
    assert world.match.offer is offer
    assert world.match.state is MatchState.UNDER_REVIEW
    with pytest.raises(DomainError) as caught:
        interest(world, target=offer)
    assert caught.value.code is ErrorCode.MATCH_EXISTS


def test_interest_is_refused(world: World) -> None:
    def code(person: str = "buyer", target: Listing | None = None) -> ErrorCode:
        with pytest.raises(DomainError) as caught:
            interest(world, person, target)
        return caught.value.code

    assert code("other_member") is ErrorCode.NOT_ALLOWED
    assert code("offer_staff") is ErrorCode.NOT_ALLOWED
    other = make_organisation(world.session, country="VN")
    need = make_listing(
        world.session, other, kind=ListingKind.SCENARIO, state=ListingState.PUBLISHED
    )
    assert code(target=need) is ErrorCode.MATCH_SAME_KIND
    own = make_listing(world.session, world.buyer, state=ListingState.PUBLISHED)
    assert code(target=own) is ErrorCode.MATCH_SAME_ORGANISATION
    world.offer.open_for_interest = False
    assert code() is ErrorCode.INTEREST_CLOSED
    world.offer.open_for_interest = True
    world.need.state = ListingState.ON_HOLD
    assert code() is ErrorCode.MATCH_LISTING_NOT_LIVE


def test_interest_after_an_ending(world: World) -> None:
    actor = world.actor("offer_staff")
    match_states.lapse_open(world.session, actor, world.offer, NOW)
    interest(world)
    assert world.match.state is MatchState.UNDER_REVIEW
    world.match.state = MatchState.REJECTED
    world.match.answers.clear()
    with pytest.raises(DomainError) as caught:
        interest(world)
    assert caught.value.code is ErrorCode.MATCH_EXISTS
    world.revise(world.offer, "Something new")
    interest(world)
    assert world.match.state is MatchState.UNDER_REVIEW


def test_staff_pair_two_listings(world: World) -> None:
    actor = world.actor("offer_staff")
    offer = make_listing(world.session, world.seller, state=ListingState.PUBLISHED)
    made = matches.pair(world.session, actor, world.need, offer, note="They fit", now=NOW)
    assert (made.offer, made.need, made.origin, made.state) == (
        offer, world.need, MatchOrigin.MANUAL, MatchState.UNDER_REVIEW,
    )  # fmt: skip
    assert [comment.note for comment in made.comments] == ["They fit"]
    with pytest.raises(DomainError) as caught:
        matches.pair(world.session, actor, offer, world.need, now=NOW)
    assert caught.value.code is ErrorCode.MATCH_EXISTS
    assert caught.value.data == {"reference": made.reference}
    assert matches.pair(world.session, actor, world.offer, world.need, now=NOW) is world.match


@pytest.mark.parametrize("person", ["other_staff", "seller", "auditor", "visitor"])
def test_others_pair_nothing(world: World, person: str) -> None:
    with pytest.raises(DomainError) as caught:
        matches.pair(world.session, world.actor(person), world.offer, world.need, now=NOW)
    assert caught.value.code is ErrorCode.NOT_ALLOWED
