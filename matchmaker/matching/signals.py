"""What two forms say about each other: hard constraints, and small amounts for what fits.

Amounts are in the unit of the text score, powers of ten of rarity among unrelated pairs: a shared
sector, which about one unrelated pair in ten has, counts like a text that is ten times rarer. All
are small beside what a good text match reaches: they order equals and do not make matches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from matchmaker.domain.vocabulary import StageOfDevelopment
from matchmaker.matching.documents import ReasonKind, Signals


@dataclass(frozen=True, slots=True)
class SignalAmounts:
    """What each signal adds, in the unit of the text score; part of a blend, so it can be learnt.

    A signal that speaks against a pair has a negative amount.
    """

    sector: float = 1.0
    ipc: float = 0.4
    partnership: float = 0.1
    transfer: float = 0.1
    technology_area: float = 0.2
    stage_reached: float = 0.1
    stage_missed: float = -0.3
    country: float = 0.1
    price_fits: float = 0.1
    price_too_high: float = -0.2


AMOUNTS: Final = SignalAmounts()
"""Those of the untrained blend."""

_STAGES = {stage.value: place for place, stage in enumerate(StageOfDevelopment)}


@dataclass(frozen=True, slots=True)
class Fit:
    """One signal: its name in SignalAmounts, its amount, what each side says, the code that names
    it."""

    kind: ReasonKind
    signal: str
    amount: float
    left: str
    right: str
    label: str | None


def allowed(left: Signals, right: Signals, today: date | None = None) -> bool:
    """Whether the two may be suggested to each other at all.

    Not within one organisation, not outside the countries a side asked for, not after either has
    ended (when `today` is given).
    """
    if left.organisation and left.organisation == right.organisation:
        return False
    for one, other in ((left, right), (right, left)):
        if one.target_countries and other.country and other.country not in one.target_countries:
            return False
    if today is None:
        return True
    ends = (left.valid_until, right.valid_until, left.needed_by, right.needed_by)
    return all(end is None or end >= today for end in ends)


def fits(offer: Signals, need: Signals, amounts: SignalAmounts = AMOUNTS) -> list[Fit]:
    """The signals that two forms give, with their amounts."""
    shared: tuple[tuple[ReasonKind, float, tuple[str, ...], tuple[str, ...]], ...] = (
        ("sector", amounts.sector, offer.sectors, need.sectors),
        ("ipc", amounts.ipc, _subclasses(offer), _subclasses(need)),
        ("partnership", amounts.partnership, offer.partnership_types, need.partnership_types),
        ("transfer", amounts.transfer, offer.transfer_modes, need.transfer_modes),
        (
            "technology_area",
            amounts.technology_area,
            offer.technology_areas,
            need.technology_areas,
        ),
    )
    found = [fit for each in shared for fit in _shared(*each)]
    found.extend(_stage(offer, need, amounts))
    found.extend(_countries(offer, need, amounts))
    found.extend(_price(offer, need, amounts))
    return found


def _subclasses(signals: Signals) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.replace(" ", "")[:4].upper() for code in signals.ipc_codes))


def _shared(
    kind: ReasonKind, amount: float, left: tuple[str, ...], right: tuple[str, ...]
) -> list[Fit]:
    """One amount however many codes are shared, named by the first."""
    for code in left:
        if code in right:
            return [Fit(kind, kind, amount, code, code, code)]
    return []


def _stage(offer: Signals, need: Signals, amounts: SignalAmounts) -> list[Fit]:
    if offer.stage not in _STAGES or need.stage not in _STAGES:
        return []
    reached = _STAGES[offer.stage] >= _STAGES[need.stage]
    name = "stage_reached" if reached else "stage_missed"
    return [Fit("stage", name, getattr(amounts, name), offer.stage, need.stage, offer.stage)]


def _countries(offer: Signals, need: Signals, amounts: SignalAmounts) -> list[Fit]:
    wanted = [
        other.country
        for one, other in ((offer, need), (need, offer))
        if other.country and other.country in one.target_countries
    ]
    if not wanted:
        return []
    return [Fit("country", "country", amounts.country, offer.country, need.country, wanted[0])]


def _price(offer: Signals, need: Signals, amounts: SignalAmounts) -> list[Fit]:
    """Silent without one currency on both sides."""
    least, _, currency = offer.price
    _, most, budget_currency = need.price
    if least is None or most is None or not currency or currency != budget_currency:
        return []
    name = "price_fits" if least <= most else "price_too_high"
    return [Fit("price", name, getattr(amounts, name), "", "", None)]
