"""Learn the weights of the blend from what staff decided, and say whether that made it better.

A logistic regression tells approvals from rejections by the untrained score and by corrections to
its weights. The corrections are held near zero, so that few decisions change little, and within
bounds: staff only judge what the engine suggests, and that says little about weights far off.

Whether the result is better is asked of pairs that it did not learn from: in repeated folds, where
no listing stands on both sides. Rankings are compared within a sort of pair (one language or two,
with latent terms or without), since a score's rarity settles the sorts against each other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any, Final

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
LEAST_GAIN: Final = 0.01
"""Of all comparisons, what a trained blend orders rightly beyond the untrained one."""
SURE: Final = 0.01
"""The chance, at most, that so large a gain comes from the draw of the folds."""

BLOCKS: Final = ("latent", "words_same", "words_cross", "words_alone", "concepts")
SIGNALS: Final = tuple(field.name for field in fields(SignalAmounts))
WEIGHTS: Final = (*BLOCKS, *SIGNALS)
"""What is learnt, in the order of the columns."""

_PARTS, _REPEATS = 3, 6
_FOLDS = _PARTS**2 * _REPEATS
_SEED = 20_261_123
_STRENGTH = 0.1
"""Scikit-learn's C: how far corrections may go."""
_FREE = 10.0
"""So much larger is a column that should not be held near zero: the score and the sorts' levels."""
_USUAL_SIGNAL = 0.3
_FURTHEST = 4.0
_LARGEST_SIGNAL = 2.5
_FEWEST = 10
"""In a part that is learnt from: of either verdict, and examples that show a column."""
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Example:
    """A pair that staff judged. `key` is the match's; `offer` and `need` tell listings apart."""

    key: int
    offer: int
    need: int
    approved: bool
    features: PairFeatures


@dataclass(frozen=True, slots=True)
class Measures:
    """How a blend orders decisions that it did not learn from: means over the folds.

    `ordered` is the share of comparisons of an approved with a rejected pair that come out right,
    0.5 by chance; `spread` its standard deviation over the folds.
    """

    ordered: float
    spread: float
    average_precision: float
    log_loss: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both blends on the same folds. `chance` is how likely luck gives the gain, `blind` how likely
    it lets a blend without any sense order as well as the trained one."""

    untrained: Measures
    trained: Measures
    gain: float
    chance: float
    blind: float
    folds: int

    @property
    def better(self) -> bool:
        """Whether the trained blend may be switched on."""
        one, other = self.untrained, self.trained
        return (
            self.gain >= LEAST_GAIN
            and self.chance < SURE
            and self.blind < SURE
            and other.average_precision >= one.average_precision
            and other.log_loss <= one.log_loss
        )


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained blend beside the one that it started from."""

    blend: Blend
    base: Blend
    digest: str
    approvals: int
    rejections: int
    comparison: Comparison


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
        for each in _in_order(examples)
    ]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def train(examples: Sequence[Example], base: Blend) -> Trained | None:
    """Learn a blend, starting from `base`; None where there is too little to learn from.

    The same examples give the same result in any order.
    """
    found = count(examples)
    if not found.enough:
        return None
    data = _Data.of(_in_order(examples), base)
    weights = _learn(data)
    comparison = _compare(data)
    if comparison is None:
        return None
    return Trained(
        # Decisions that say the opposite of the score change nothing.
        blend=base if weights is None else _blend_of(base, weights),
        base=base,
        digest=digest(examples),
        approvals=found.approvals,
        rejections=found.rejections,
        comparison=comparison,
    )


def ordered_rightly(blend: Blend, examples: Sequence[Example]) -> float | None:
    """The share of comparisons of an approved with a rejected pair that a blend orders rightly;
    None where there is nothing to compare."""
    data = _Data.of(_in_order(examples), blend)
    return _ordered(data.raw(data.start), data)


def weights_of(blend: Blend) -> dict[str, float]:
    """What is learnt, by name."""
    return {
        **{name: getattr(blend, name) for name in BLOCKS},
        **{name: getattr(blend.signals, name) for name in SIGNALS},
    }


# Numbers


@dataclass(frozen=True, slots=True)
class _Data:
    """Examples as columns; a raw score is `design` times the weights."""

    design: Floats
    sorts: Floats
    approved: Bools
    offers: Rows
    needs: Rows
    start: Floats

    @classmethod
    def of(cls, examples: Sequence[Example], base: Blend) -> _Data:
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

    def part(self, rows: Rows) -> _Data:
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
        return min(approvals, len(self.approved) - approvals) >= _FEWEST


def _in_order(examples: Sequence[Example]) -> list[Example]:
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


def _blend_of(base: Blend, weights: Floats) -> Blend:
    values: dict[str, Any] = {
        name: round(float(value), _DIGITS) for name, value in zip(WEIGHTS, weights, strict=True)
    }
    amounts = SignalAmounts(**{name: values[name] for name in SIGNALS})
    return replace(base, **{name: values[name] for name in BLOCKS}, signals=amounts)


# Learning


def _learn(data: _Data) -> Floats | None:
    """The weights; None where the decisions say the opposite of the score.

    A weight that would leave its bounds is held there, the furthest first, and the others are
    learnt again.
    """
    start = data.start
    is_block = np.arange(len(WEIGHTS)) < len(BLOCKS)
    units = np.where(is_block, np.abs(start), np.maximum(np.abs(start), _USUAL_SIGNAL))
    one = np.where(is_block, start / _FURTHEST, 0.0)
    other = np.where(is_block, start * _FURTHEST, np.where(start < 0, -1, 1) * _LARGEST_SIGNAL)
    least, most = np.minimum(one, other), np.maximum(one, other)
    free = (units > 0) & _varies(data.design)
    held = start.copy()
    while True:
        corrections = _corrections(data, held, units, free)
        if corrections is None:
            return None
        weights = held + corrections
        beyond = np.where(free, np.maximum(least - weights, weights - most), 0.0)
        beyond[free] /= units[free]
        worst = int(beyond.argmax())
        if beyond[worst] <= 0:
            return weights
        held[worst] = float(np.clip(weights[worst], least[worst], most[worst]))
        free[worst] = False


def _varies(design: Floats) -> Bools:
    """Which columns some examples show and others do not, or not as much."""
    usual = np.median(design, axis=0) if len(design) else np.zeros(design.shape[1])
    return np.asarray((np.abs(design - usual) > 1e-9).sum(axis=0) >= _FEWEST)


def _corrections(data: _Data, held: Floats, units: Floats, free: Bools) -> Floats | None:
    """By how much each free weight should differ from `held`, in the unit of the weights."""
    score = data.raw(held)
    spread = float(score.std())
    if not spread:
        return None
    columns = [(_FREE * (score - score.mean()) / spread)[:, None], _FREE * data.sorts]
    model = _regression(np.hstack([*columns, data.design[:, free] * units[free]]), data.approved)
    slope = float(model.coef_[0, 0]) * _FREE / spread
    if slope <= 1e-3:
        return None
    corrections = np.zeros(len(held))
    first = 1 + data.sorts.shape[1]
    corrections[free] = model.coef_[0, first:] * units[free] / slope
    return corrections


def _regression(columns: Floats, approved: Bools) -> Any:
    from sklearn.linear_model import (  # noqa: PLC0415 - seconds of each start, for rare training
        LogisticRegression,
    )

    return LogisticRegression(C=_STRENGTH, solver="newton-cholesky", tol=1e-6).fit(
        columns, approved
    )


# Comparing


def _compare(data: _Data) -> Comparison | None:
    """Both blends on pairs they did not learn from; None where too few folds can be made."""
    rows: list[tuple[float, ...]] = []
    for learnt, asked in _folds(data):
        ours, theirs = data.part(learnt), data.part(asked)
        weights = _learn(ours)
        # Nothing learnt means that nothing would change.
        weights = data.start if weights is None else weights
        one, other = _measure(data.start, ours, theirs), _measure(weights, ours, theirs)
        if one is not None and other is not None:
            rows.append((*one, *other, len(asked) / len(learnt)))
    if len(rows) < _FOLDS // 2:
        return None
    table = np.array(rows)
    gains = table[:, 3] - table[:, 0]
    ratio = float(table[:, 6].mean())
    return Comparison(
        untrained=_measures(table[:, :3]),
        trained=_measures(table[:, 3:6]),
        gain=round(float(gains.mean()), _DIGITS),
        chance=_chance(gains, ratio),
        blind=_chance(table[:, 3] - 0.5, ratio),
        folds=len(table),
    )


def _folds(data: _Data) -> Iterator[tuple[Rows, Rows]]:
    """Rows to learn from and rows to ask about, which share no listing.

    Offers and needs are dealt into parts; asked about are the pairs of one part of each, learnt
    from are the pairs that have to do with neither.
    """
    generator = np.random.default_rng(_SEED)
    for _ in range(_REPEATS):
        offers, needs = (_dealt(each, generator) for each in (data.offers, data.needs))
        for one, other in product(range(_PARTS), repeat=2):
            asked = np.flatnonzero((offers == one) & (needs == other))
            learnt = np.flatnonzero((offers != one) & (needs != other))
            if len(asked) and data.part(learnt).both():
                yield learnt, asked


def _dealt(listings: Rows, generator: np.random.Generator) -> Rows:
    """The part that each row's listing is dealt to."""
    names, places = np.unique(listings, return_inverse=True)
    return np.asarray(generator.permutation(len(names))[places] % _PARTS)


def _measure(weights: Floats, learnt: _Data, asked: _Data) -> tuple[float, float, float] | None:
    """Share ordered rightly, average precision, log loss; None where nothing can be compared."""
    raw = asked.raw(weights)
    ordered, precision = _ordered(raw, asked), _average_precision(raw, asked)
    if ordered is None or precision is None:
        return None
    known = learnt.raw(weights)
    spread = float(known.std()) or 1.0

    def columns(score: Floats, data: _Data) -> Floats:
        return np.hstack([_FREE * ((score - known.mean()) / spread)[:, None], _FREE * data.sorts])

    model = _regression(columns(known, learnt), learnt.approved)
    chances = model.predict_proba(columns(raw, asked))[:, 1]
    loss = -np.log(np.where(asked.approved, chances, 1 - chances)).mean()
    return ordered, precision, float(loss)


def _ordered(raw: Floats, data: _Data) -> float | None:
    """Within each sort every approved pair against every rejected one; equals count half."""
    right = comparisons = 0.0
    for approved, rejected in _by_sort(raw, data):
        difference = approved[:, None] - rejected[None, :]
        right += float((difference > 1e-9).sum() + 0.5 * (np.abs(difference) <= 1e-9).sum())
        comparisons += difference.size
    return right / comparisons if comparisons else None


def _average_precision(raw: Floats, data: _Data) -> float | None:
    """Of the pairs that stand as high as an approved one, how many are approved: the mean over the
    approved pairs, each within its sort."""
    total = approvals = 0.0
    for approved, rejected in _by_sort(raw, data):
        above = (approved[None, :] >= approved[:, None]).sum(axis=1)
        wrong = (rejected[None, :] >= approved[:, None]).sum(axis=1)
        total += float((above / (above + wrong)).sum())
        approvals += len(approved)
    return total / approvals if approvals else None


def _by_sort(raw: Floats, data: _Data) -> Iterator[tuple[Floats, Floats]]:
    """The scores of approved and rejected pairs of each sort that has both."""
    for column in data.sorts.T > 0:
        approved, rejected = raw[column & data.approved], raw[column & ~data.approved]
        if len(approved) and len(rejected):
            yield approved, rejected


def _measures(table: Floats) -> Measures:
    mean: Callable[[int], float] = lambda column: round(  # noqa: E731
        float(table[:, column].mean()), _DIGITS
    )
    return Measures(mean(0), round(float(table[:, 0].std(ddof=1)), _DIGITS), mean(1), mean(2))


def _chance(gains: Floats, ratio: float) -> float:
    """How likely the folds' mean is above zero by luck: Nadeau and Bengio's corrected t-test.

    Folds overlap, so their variance is raised by `ratio`, of rows asked to rows learnt from.
    """
    from scipy.stats import t  # noqa: PLC0415 - as above

    variance = float(gains.var(ddof=1)) * (1 / len(gains) + ratio)
    mean = float(gains.mean())
    if variance <= 0:
        return 0.0 if mean > 0 else 1.0
    return round(float(t.sf(mean / np.sqrt(variance), len(gains) - 1)), 6)
