"""Decisions as examples to learn from: what each weight of a blend is multiplied with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.pair_features import PairFeatures
from matchmaker.matching.ranking import Blend, Floats
from matchmaker.matching.signals import SignalAmounts

Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]

LEAST_OF_EACH: Final = 50
"""Approvals, and rejections, without which nothing is learnt."""
LEAST_LISTINGS: Final = 20
"""Offers, and needs, from which they come at least."""

FEWEST: Final = 10
"""In a part that is learnt from: of either verdict, and examples that show a column."""

BLOCKS: Final = ("latent", "words_same", "words_cross", "words_alone", "concepts")
SIGNALS: Final = tuple(field.name for field in fields(SignalAmounts))
WEIGHTS: Final = (*BLOCKS, *SIGNALS)
"""What is learnt, in the order of the columns."""


@dataclass(frozen=True, slots=True)
class Example:
    """A pair that staff judged. `key` is the match's; `offer` and `need` tell listings apart."""

    key: int
    offer: int
    need: int
    approved: bool
    features: PairFeatures


@dataclass(frozen=True, slots=True)
class Count:
    """What there is to learn from."""

    approvals: int
    rejections: int
    offers: int
    needs: int

    @property
    def enough(self) -> bool:
        return (
            min(self.approvals, self.rejections) >= LEAST_OF_EACH
            and min(self.offers, self.needs) >= LEAST_LISTINGS
        )


def count(examples: Sequence[Example]) -> Count:
    """Count decisions and the listings that they are about."""
    approvals = sum(example.approved for example in examples)
    return Count(
        approvals=approvals,
        rejections=len(examples) - approvals,
        offers=len({example.offer for example in examples}),
        needs=len({example.need for example in examples}),
    )


def digest(examples: Sequence[Example]) -> str:
    """Names a set of examples, in whatever order they come."""
    rows = [
        [each.key, each.offer, each.need, each.approved, each.features.plain()]
        for each in in_order(examples)
    ]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def ordered_rightly(blend: Blend, examples: Sequence[Example]) -> float | None:
    """The share of comparisons of an approved with a rejected pair that a blend orders rightly;
    None where there is nothing to compare."""
    data = Data.of(in_order(examples), blend)
    return ordered(data.raw(data.start), data)


def weights_of(blend: Blend) -> dict[str, float]:
    """What is learnt, by name."""
    return {
        **{name: getattr(blend, name) for name in BLOCKS},
        **{name: getattr(blend.signals, name) for name in SIGNALS},
    }


@dataclass(frozen=True, slots=True)
class Data:
    """Examples as columns; a raw score is `design` times the weights."""

    design: Floats
    sorts: Floats
    approved: Bools
    offers: Rows
    needs: Rows
    start: Floats

    @classmethod
    def of(cls, examples: Sequence[Example], base: Blend) -> Data:
        held = [example.features for example in examples]
        sorts = [(2 * each.same + each.encoded) for each in held]
        return cls(
            design=np.array([_row(each) for each in held]).reshape(len(held), len(WEIGHTS)),
            sorts=np.eye(4)[np.array(sorts, dtype=np.int64)],
            approved=np.array([example.approved for example in examples], dtype=bool),
            offers=np.array([example.offer for example in examples], dtype=np.int64),
            needs=np.array([example.need for example in examples], dtype=np.int64),
            start=np.array(list(weights_of(base).values())),
        )

    def part(self, rows: Rows) -> Data:
        """Some of the examples."""
        return replace(
            self,
            design=self.design[rows],
            sorts=self.sorts[rows],
            approved=self.approved[rows],
            offers=self.offers[rows],
            needs=self.needs[rows],
        )

    def raw(self, weights: Floats) -> Floats:
        """The raw score of each example."""
        return np.asarray(self.design @ weights)

    def both(self) -> bool:
        """Whether there is enough of either verdict to learn from."""
        approvals = int(self.approved.sum())
        return min(approvals, len(self.approved) - approvals) >= FEWEST


def in_order(examples: Sequence[Example]) -> list[Example]:
    """The examples in the order in which all is counted."""
    return sorted(examples, key=lambda example: example.key)


def _row(features: PairFeatures) -> list[float]:
    words = features.words
    alone, same = not features.encoded, features.same
    return [
        features.latent if features.encoded else 0.0,
        words if same and not alone else 0.0,
        words if not (same or alone) else 0.0,
        words if alone else 0.0,
        features.concepts,
        *(float(name in features.signals) for name in SIGNALS),
    ]


def ordered(raw: Floats, data: Data) -> float | None:
    """Within each sort every approved pair against every rejected one; equals count half."""
    right = comparisons = 0.0
    for approved, rejected in _by_sort(raw, data):
        difference = approved[:, None] - rejected[None, :]
        right += float((difference > 1e-9).sum() + 0.5 * (np.abs(difference) <= 1e-9).sum())
        comparisons += difference.size
    return right / comparisons if comparisons else None


def average_precision(raw: Floats, data: Data) -> float | None:
    """Of the pairs that stand as high as an approved one, how many are approved: the mean over the
    approved pairs, each within its sort."""
    total = approvals = 0.0
    for approved, rejected in _by_sort(raw, data):
        above = (approved[None, :] >= approved[:, None]).sum(axis=1)
        wrong = (rejected[None, :] >= approved[:, None]).sum(axis=1)
        total += float((above / (above + wrong)).sum())
        approvals += len(approved)
    return total / approvals if approvals else None


def _by_sort(raw: Floats, data: Data) -> Iterator[tuple[Floats, Floats]]:
    """The scores of approved and rejected pairs of each sort that has both."""
    for column in data.sorts.T > 0:
        approved, rejected = raw[column & data.approved], raw[column & ~data.approved]
        if len(approved) and len(rejected):
            yield approved, rejected
