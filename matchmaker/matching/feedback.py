"""Learn the weights of the blend from what staff decided, and say whether that made it better.

A logistic regression tells approvals from rejections by the untrained score and by corrections to
its weights. The corrections are held near zero, so that few decisions change little, and within
bounds: staff only judge what the engine suggests, and that says little about weights far off.

Whether the result is better is asked of pairs that it did not learn from: in repeated folds, where
no listing stands on both sides. Rankings are compared within a sort of pair (one language or two,
with latent terms or without), since a score's rarity settles the sorts against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import numpy as np

from matchmaker.matching.examples import (
    BLOCKS,
    FEWEST,
    SIGNALS,
    WEIGHTS,
    Bools,
    Data,
    Example,
    Rows,
    average_precision,
    count,
    digest,
    in_order,
    ordered,
)
from matchmaker.matching.ranking import Blend, Floats
from matchmaker.matching.signals import SignalAmounts

LEAST_GAIN: Final = 0.01
"""Of all comparisons, what a trained blend orders rightly beyond the untrained one."""
SURE: Final = 0.01
"""The chance, at most, that so large a gain comes from the draw of the folds."""

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
_DIGITS = 4


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


def train(examples: Sequence[Example], base: Blend) -> Trained | None:
    """Learn a blend, starting from `base`; None where there is too little to learn from.

    The same examples give the same result in any order.
    """
    found = count(examples)
    if not found.enough:
        return None
    data = Data.of(in_order(examples), base)
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


def _blend_of(base: Blend, weights: Floats) -> Blend:
    values: dict[str, Any] = {
        name: round(float(value), _DIGITS) for name, value in zip(WEIGHTS, weights, strict=True)
    }
    amounts = SignalAmounts(**{name: values[name] for name in SIGNALS})
    return replace(base, **{name: values[name] for name in BLOCKS}, signals=amounts)


# Learning


def _learn(data: Data) -> Floats | None:
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
    return np.asarray((np.abs(design - usual) > 1e-9).sum(axis=0) >= FEWEST)


def _corrections(data: Data, held: Floats, units: Floats, free: Bools) -> Floats | None:
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


def _compare(data: Data) -> Comparison | None:
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


def _folds(data: Data) -> Iterator[tuple[Rows, Rows]]:
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


def _measure(weights: Floats, learnt: Data, asked: Data) -> tuple[float, float, float] | None:
    """Share ordered rightly, average precision, log loss; None where nothing can be compared."""
    raw = asked.raw(weights)
    right, precision = ordered(raw, asked), average_precision(raw, asked)
    if right is None or precision is None:
        return None
    known = learnt.raw(weights)
    spread = float(known.std()) or 1.0

    def columns(score: Floats, data: Data) -> Floats:
        return np.hstack([_FREE * ((score - known.mean()) / spread)[:, None], _FREE * data.sorts])

    model = _regression(columns(known, learnt), learnt.approved)
    chances = model.predict_proba(columns(raw, asked))[:, 1]
    loss = -np.log(np.where(asked.approved, chances, 1 - chances)).mean()
    return right, precision, float(loss)


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
