"""How many true pairs stand at the top: by the engine, by sectors alone, by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matchmaker.matching.index import Index

_TOP: Final = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """How one rule ranks the true offers of the needs: counts, expected where there are ties."""

    rule: str
    first: float
    first_ten: float
    reciprocal_rank: float


def standing(index: Index, pairs: Sequence[tuple[str, str]]) -> list[Standing]:
    """Rank all offers for each need of `pairs` (references of need and offer), by three rules."""
    sectors: dict[str, frozenset[str]] = {}
    offers: set[str] = set()
    for document in index.contents.documents:
        sectors[document.group] = frozenset(document.signals.sectors)
        if document.kind == "offer":
            offers.add(document.group)
    engine, by_sector, chance = [], [], []
    for need, offer in pairs:
        ranking = [hit.group for hit in index.match(need, top=len(offers))]
        engine.append((ranking.index(offer) if offer in ranking else len(offers), 1))
        shared = {each: len(sectors[need] & sectors[each]) for each in offers}
        better = sum(count > shared[offer] for count in shared.values())
        by_sector.append((better, sum(count == shared[offer] for count in shared.values())))
        chance.append((0, len(offers)))
    return [
        _summary("engine", engine),
        _summary("sectors only", by_sector),
        _summary("chance", chance),
    ]


def _summary(rule: str, places: Sequence[tuple[int, int]]) -> Standing:
    """`places`: how many offers stand before the true one, and among how many equals it is."""
    return Standing(
        rule=rule,
        first=sum(_share(1, *place) for place in places),
        first_ten=sum(_share(_TOP, *place) for place in places),
        reciprocal_rank=sum(
            sum(1 / (before + k + 1) for k in range(equals)) / equals for before, equals in places
        )
        / len(places),
    )


def _share(top: int, before: int, equals: int) -> float:
    """The chance to stand among the first `top`, when equals are shuffled."""
    return min(1.0, max(0, top - before) / equals)
