"""What the forms of a match and of a service say about each other: sector, place, stage.

Amounts are in the unit of the text score, as those of `signals`. A service in the place where the
technology is wanted comes before one where it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from matchmaker.domain.landing import takes_stage
from matchmaker.domain.vocabulary import StageOfDevelopment
from matchmaker.matching.documents import Reason, ReasonKind
from matchmaker.matching.signals import AMOUNTS

NEED_PROVINCE: Final = 0.5
NEED_COUNTRY: Final = 0.4
OFFER_COUNTRY: Final = 0.1
OTHER_SECTORS: Final = -0.6
STAGE_TAKEN: Final = 0.3
STAGE_OUTSIDE: Final = -0.5


@dataclass(frozen=True, slots=True)
class Landing:
    """What a match asks of a service. Provinces may be empty."""

    sectors: tuple[str, ...]
    stage: StageOfDevelopment | None
    need_country: str
    need_province: str
    offer_country: str


@dataclass(frozen=True, slots=True)
class Served:
    """What a service says: no `sectors` means all, no `places` everywhere."""

    sectors: tuple[str, ...]
    stage_from: StageOfDevelopment | None
    stage_to: StageOfDevelopment | None
    country: str
    province: str
    places: tuple[str, ...]


def fits(wanted: Landing, served: Served) -> list[Reason] | None:
    """Return the reasons that two forms give; None where the service serves neither country."""
    place = _place(wanted, served)
    if place is None:
        return None
    reasons = [*_sector(wanted, served), *place]
    taken = takes_stage(wanted.stage, served.stage_from, served.stage_to)
    if taken is not None and wanted.stage is not None:
        amount = STAGE_TAKEN if taken else STAGE_OUTSIDE
        reasons.append(_reason("stage", amount, wanted.stage.value))
    return reasons


def _sector(wanted: Landing, served: Served) -> list[Reason]:
    """What is for all sectors says nothing; what is for others only speaks against it."""
    shared = next((code for code in wanted.sectors if code in served.sectors), None)
    if shared:
        return [_reason("sector", AMOUNTS.sector, shared)]
    if wanted.sectors and served.sectors:
        return [_reason("sector", OTHER_SECTORS, served.sectors[0])]
    return []


def _place(wanted: Landing, served: Served) -> list[Reason] | None:
    """The nearest place that both have: the need's province, its country, the offer's country."""
    places = set(served.places) or {served.country, served.province}
    for code, amount in (
        (wanted.need_province, NEED_PROVINCE),
        (wanted.need_country, NEED_COUNTRY),
        (wanted.offer_country, OFFER_COUNTRY),
    ):
        if code and code in places:
            return [_reason("country", amount, code)]
    return None if served.places else []


def _reason(kind: ReasonKind, amount: float, code: str) -> Reason:
    return Reason(kind, code, code, code, 0.0, amount)
