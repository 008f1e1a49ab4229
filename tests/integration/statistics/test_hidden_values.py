"""What single contracts of other centres are worth is in no figure."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from matchmaker.domain.months import Month, Period
from matchmaker.domain.permissions import SYSTEM, Actor
from matchmaker.domain.vocabulary import (
    ListingKind,
    ListingState,
    MatchState,
    TechnologyContractType,
)
from matchmaker.models import Organisation, Outcome
from matchmaker.queries.statistics import Wanted, network_figures
from matchmaker.queries.statistics.figures import Figures
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
    make_user,
)

LICENCE, SERVICE = TechnologyContractType.LICENCE, TechnologyContractType.SERVICE


class Trade:
    """A centre in China, one in Thailand, and one in Vietnam that has nothing to do with them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        chinese = make_centre(session, head_office=True)
        thai, vietnamese = (make_centre(session, country=code) for code in ("TH", "VN"))
        self.seller = make_organisation(session, country="CN")
        self.buyer = make_organisation(session, country="TH")
        self.other = make_organisation(session, country="VN")
        people = {"chinese": chinese, "thai": thai, "vietnamese": vietnamese}
        self.actors = {
            name: actor_of(session, make_appointment(session, centre))
            for name, centre in people.items()
        }
        self.actors["auditor"] = actor_of(session, make_user(session, roles=["auditor"]))

    def sign(
        self,
        value: int,
        kind: TechnologyContractType = LICENCE,
        *,
        seller: Organisation | None = None,
        buyer: Organisation | None = None,
    ) -> None:
        offer = make_listing(self.session, seller or self.seller, state=ListingState.PUBLISHED)
        need = make_listing(
            self.session, buyer or self.buyer, kind=ListingKind.DEMAND,
            state=ListingState.PUBLISHED,
        )  # fmt: skip
        outcome = Outcome(
            contract_type=kind, contract_value=value, transaction_value=value // 2,
            currency="THB", signed_on=date(2026, 11, 2), recorded_at=NOW,
        )  # fmt: skip
        match = make_match(self.session, offer, need, state=MatchState.AGREEMENT)
        match.outcomes.append(outcome)
        self.session.flush()

    def figures(self, actor: Actor | str, **restricted: str) -> Figures:
        month = Month(2026, 11)
        wanted = Wanted(Period(month, month, "Asia/Shanghai"), **restricted)  # type: ignore[arg-type]
        asks = self.actors[actor] if isinstance(actor, str) else actor
        return network_figures(self.session, asks, wanted)


@pytest.fixture
def trade(session: Session) -> Trade:
    return Trade(session)


@pytest.mark.parametrize("who", ["vietnamese", "auditor"])
def test_one_or_two_contracts_of_others_are_left_out(trade: Trade, who: str) -> None:
    for value in (100_000, 300_000):
        trade.sign(value)
        one = trade.figures(who, offer_country="CN", need_country="TH").contracts["THB"]
        assert (one.total, one.middle, one.technology_total, one.hidden) == (None, None, None, True)
    assert one.agreements == 2
    trade.sign(800_000)
    one = trade.figures(who).contracts["THB"]
    assert (one.total, one.middle, one.technology_total, one.hidden) == (
        1_200_000, 300_000, 600_000, False,
    )  # fmt: skip


@pytest.mark.parametrize("who", ["chinese", "thai", SYSTEM])
def test_own_contracts_are_shown(trade: Trade, who: str | Actor) -> None:
    trade.sign(100_000)
    assert trade.figures(who).contracts["THB"].total == 100_000


def test_the_own_ones_do_not_give_the_others_away(trade: Trade) -> None:
    trade.sign(100_000)
    for _ in range(3):
        trade.sign(500_000, seller=trade.other, buyer=trade.other)
    assert trade.figures("vietnamese").contracts["THB"].hidden
    assert trade.figures("chinese").contracts["THB"].total == 1_600_000


def test_a_type_is_not_reckoned_from_the_sum(trade: Trade) -> None:
    for value, kind in ((1, LICENCE), (2, LICENCE), (4, LICENCE), (8, SERVICE)):
        trade.sign(value * 100_000, kind)
    figures = trade.figures("auditor")
    assert figures.contracts["THB"].total == 1_500_000
    assert figures.contract_types[SERVICE, "THB"].hidden
    assert figures.contract_types[LICENCE, "THB"].hidden
    for value in (16, 32):
        trade.sign(value * 100_000, SERVICE)
    figures = trade.figures("auditor")
    assert figures.contract_types[SERVICE, "THB"].total == 5_600_000
    assert figures.contract_types[LICENCE, "THB"].total == 700_000
