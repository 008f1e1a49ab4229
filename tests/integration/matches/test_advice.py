"""What others said becomes advice to the owner, and names nobody."""

import pytest

from matchmaker.domain.vocabulary import (
    Answer,
    DeclineReason,
    MatchState,
    RejectReason,
    Side,
    Verdict,
)
from matchmaker.i18n.advice import ADVICE
from matchmaker.models import Listing
from matchmaker.queries.advice import STAFF_ADVISE, Said, said_of
from matchmaker.services import matches
from tests.factories import NOW
from tests.integration.matches.conftest import World


def said(world: World, who: str, listing: Listing) -> list[Said]:
    world.session.flush()
    return said_of(world.session, world.actor(who), listing)


def decline(world: World, who: str, side: Side, reason: DeclineReason) -> None:
    matches.answer(
        world.session, world.actor(who), world.match, side,
        answer=Answer.NO, decline_reason=reason, now=NOW,
    )  # fmt: skip


def test_a_decline_is_told_to_the_other_side_alone(world: World) -> None:
    world.ask()
    decline(world, "buyer", Side.NEED, DeclineReason.PRICE)
    assert said(world, "seller", world.offer) == [Said(DeclineReason.PRICE, 1)]
    assert said(world, "buyer", world.need) == []


@pytest.mark.parametrize("who", ["buyer", "other_member", "other_staff", "auditor", "visitor"])
def test_only_the_owner_and_its_centre_read_it(world: World, who: str) -> None:
    world.ask()
    decline(world, "buyer", Side.NEED, DeclineReason.PRICE)
    assert said(world, who, world.offer) == []
    assert said(world, "offer_staff", world.offer) != []


def test_what_staff_write_down_counts_for_whom_they_name(world: World) -> None:
    world.introduce()
    matches.take_step(
        world.session, world.actor("offer_staff"), world.match, MatchState.DECLINED,
        decline_reason=DeclineReason.IP_UNCLEAR, declined_by=Side.NEED, now=NOW,
    )  # fmt: skip
    assert said(world, "seller", world.offer) == [Said(DeclineReason.IP_UNCLEAR, 1)]
    assert said(world, "buyer", world.need) == []


def test_opening_again_takes_it_back(world: World) -> None:
    world.ask()
    decline(world, "buyer", Side.NEED, DeclineReason.PRICE)
    matches.reopen(world.session, world.actor("offer_staff"), world.match, note="x", now=NOW)
    assert said(world, "seller", world.offer) == []


@pytest.mark.parametrize("reason", list(RejectReason))
def test_of_staffs_reasons_only_those_an_owner_can_change(
    world: World, reason: RejectReason
) -> None:
    matches.decide(
        world.session, world.actor("offer_staff"), world.match, Side.OFFER,
        verdict=Verdict.REJECT, reason=reason, note="because", now=NOW,
    )  # fmt: skip
    expected = [Said(reason, 1)] if reason in STAFF_ADVISE else []
    assert said(world, "seller", world.offer) == expected


def test_there_is_advice_for_every_reason_that_is_told() -> None:
    assert set(ADVICE[DeclineReason]) == set(DeclineReason)
    assert set(ADVICE[RejectReason]) == set(STAFF_ADVISE)
