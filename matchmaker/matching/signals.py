"""What two forms say about each other: hard constraints, and small amounts for what fits.

Amounts are in the unit of the text score, powers of ten of rarity among unrelated pairs: a shared
sector, which about one unrelated pair in ten has, counts like a text that is ten times rarer. All
are small beside what a good text match reaches: they order equals and do not make matches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from matchmaker.domain.vocabulary import StageOfDevelopment
from matchmaker.matching.documents import ReasonKind, Signals

SAME_SECTOR = 1.0
SAME_IPC = 0.4
SHARED_PARTNERSHIP = 0.1
SHARED_TRANSFER = 0.1
SHARED_AREA = 0.2
STAGE_REACHED = 0.1
STAGE_MISSED = -0.3
WANTED_COUNTRY = 0.1
PRICE_FITS = 0.1
PRICE_TOO_HIGH = -0.2

_STAGES = {stage.value: place for place, stage in enumerate(StageOfDevelopment)}


@dataclass(frozen=True, slots=True)
class Fit:
    """One signal: its amount, what each side says, and the code that names it."""

    kind: ReasonKind
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


def fits(offer: Signals, need: Signals) -> list[Fit]:
    """The signals that two forms give, with their amounts."""
    found = [
        *_shared("sector", SAME_SECTOR, offer.sectors, need.sectors),
        *_shared("ipc", SAME_IPC, _subclasses(offer), _subclasses(need)),
        *_shared(
            "partnership", SHARED_PARTNERSHIP, offer.partnership_types, need.partnership_types
        ),
        *_shared("transfer", SHARED_TRANSFER, offer.transfer_modes, need.transfer_modes),
        *_shared("technology_area", SHARED_AREA, offer.technology_areas, need.technology_areas),
    ]
    found.extend(_stage(offer, need))
    found.extend(_countries(offer, need))
    found.extend(_price(offer, need))
    return found


def _subclasses(signals: Signals) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.replace(" ", "")[:4].upper() for code in signals.ipc_codes))


def _shared(
    kind: ReasonKind, amount: float, left: tuple[str, ...], right: tuple[str, ...]
) -> list[Fit]:
    """One amount however many codes are shared, named by the first."""
    for code in left:
        if code in right:
            return [Fit(kind, amount, code, code, code)]
    return []


def _stage(offer: Signals, need: Signals) -> list[Fit]:
    if offer.stage not in _STAGES or need.stage not in _STAGES:
        return []
    reached = _STAGES[offer.stage] >= _STAGES[need.stage]
    amount = STAGE_REACHED if reached else STAGE_MISSED
    return [Fit("stage", amount, offer.stage, need.stage, offer.stage)]


def _countries(offer: Signals, need: Signals) -> list[Fit]:
    wanted = [
        other.country
        for one, other in ((offer, need), (need, offer))
        if other.country and other.country in one.target_countries
    ]
    if not wanted:
        return []
    return [Fit("country", WANTED_COUNTRY, offer.country, need.country, wanted[0])]


def _price(offer: Signals, need: Signals) -> list[Fit]:
    """Silent without one currency on both sides."""
    least, _, currency = offer.price
    _, most, budget_currency = need.price
    if least is None or most is None or not currency or currency != budget_currency:
        return []
    amount = PRICE_FITS if least <= most else PRICE_TOO_HIGH
    return [Fit("price", amount, "", "", None)]
