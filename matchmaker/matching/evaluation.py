"""How good a ranking is: measures over document ids, best first."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str]) -> float:
    """1 over the place of the first relevant one; 0 when there is none."""
    for place, each in enumerate(ranked, start=1):
        if each in relevant:
            return 1.0 / place
    return 0.0


def recall_at(ranked: Sequence[str], relevant: Collection[str], depth: int) -> float:
    """The share of the relevant ones among the first `depth`; 0 when nothing is relevant."""
    wanted = set(relevant)
    return len(wanted.intersection(ranked[:depth])) / len(wanted) if wanted else 0.0


def ndcg_at(ranked: Sequence[str], gains: Mapping[str, float], depth: int) -> float:
    """Discounted gain of the first `depth`, as a share of the best order's; 0 without any gain."""
    best = sorted(gains.values(), reverse=True)
    ideal = _discounted(best[:depth])
    return _discounted([gains.get(each, 0.0) for each in ranked[:depth]]) / ideal if ideal else 0.0


def rank_of(ranked: Sequence[str], wanted: str) -> int | None:
    """The place of one, from 1; None when it is not there."""
    return ranked.index(wanted) + 1 if wanted in ranked else None


def mean(values: Collection[float]) -> float:
    """The average; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, start=1))
