"""Blend the blocks fairly across languages, and say what a score means.

Cosines of two texts in one language are higher than across languages, for words by far. Each block
is therefore standardised: less the mean, by the standard deviation, of pairs of the same two
languages that do not belong together. Their weighted sum still spreads more within a language than
across, so it is turned into its rarity among such pairs, and rarity is what listings are ranked by.
All constants come from a sample drawn when the index is fitted and are stored in it, never from the
list of results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchmaker.domain.vocabulary import Band
from matchmaker.matching.signals import AMOUNTS, SignalAmounts

Floats = NDArray[np.float64]
Weighted = tuple[Floats, Floats]
"""Values, and how much each of them counts."""
Pair = tuple[str, str]
Sort = tuple[str, str, bool]
"""Two languages and whether both texts have latent terms; for all pairs within a language
("same", "same"), for all others ("cross", "cross")."""

STRONG_FROM = 55
POSSIBLE_FROM = 30
RAREST = 5.0
"""A score of 100: rarer than one in ten to this power."""

_TAIL_SHARES = (0.5, 0.2, 0.1, 0.05, 0.02)
_LOGS = tuple(float(-np.log10(share)) for share in _TAIL_SHARES)


@dataclass(frozen=True, slots=True)
class Blend:
    """How the blocks are put together; amounts in standard deviations."""

    latent: float = 1.0
    words_same: float = 0.5
    words_cross: float = 0.1
    words_alone: float = 1.0
    concepts: float = 2.0
    most_words: float = 8.0
    signals: SignalAmounts = AMOUNTS

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Blend:
        """From `asdict`. What an older program did not know has its default; what it alone knew is
        left out."""
        known = {name: plain[name] for name in cls.__dataclass_fields__ if name in plain}
        amounts = dict(known.pop("signals", {}))
        return cls(
            **known,
            signals=SignalAmounts(**{n: v for n, v in amounts.items() if n in _AMOUNT_NAMES}),
        )

    @property
    def name(self) -> str:
        """Names the weights: equal blends have one name."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


_AMOUNT_NAMES = frozenset(SignalAmounts.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and standard deviation of a block's cosine among `count` unrelated pairs."""

    mean: float
    deviation: float
    count: int

    def shrunk(self, prior: Moments, strength: int) -> Moments:
        """Drawn towards a prior, the more the fewer pairs there were."""
        own = self.count / (self.count + strength)
        variance = own * self.deviation**2 + (1 - own) * prior.deviation**2
        return Moments(
            own * self.mean + (1 - own) * prior.mean, float(np.sqrt(variance)), self.count
        )


NO_SAMPLE: Weighted = (np.zeros(0), np.zeros(0))


def pooled(samples: Iterable[Weighted]) -> Weighted:
    """Several samples in one."""
    held = list(samples)
    if not held:
        return NO_SAMPLE
    values, weights = zip(*held, strict=True)
    return np.concatenate(values), np.concatenate(weights)


def moments(sample: Weighted, least: float) -> Moments:
    """The moments of a sample, with a floor under the deviation."""
    values, weights = sample
    if not len(values):
        return Moments(0.0, least, 0)
    mean = float(np.average(values, weights=weights))
    variance = float(np.average((values - mean) ** 2, weights=weights))
    return Moments(mean, max(float(np.sqrt(variance)), least), _size(weights))


def _size(weights: Floats) -> int:
    """How many values of one weight would say as much."""
    return int(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0


@dataclass(frozen=True, slots=True)
class Tail:
    """How rare a raw score is: known quantiles, then an exponential beyond the last."""

    knots: tuple[float, ...]
    scale: float

    @classmethod
    def fit(cls, sample: Weighted, prior: Tail | None = None) -> Tail:
        """From the raw scores of unrelated pairs, drawn towards a prior when they are few.

        Without a prior it is a rule of thumb: a distribution with mean 0, deviation 1 and a longer
        right side.
        """
        values, weights = sample
        towards, strength = (_THUMB, _STRENGTH_SORT) if prior is None else (prior, _STRENGTH_TAIL)
        if not len(values):
            return towards
        quantiles = _quantiles(values, weights, [1 - share for share in _TAIL_SHARES])
        over = values > quantiles[-1]
        above, counts = values[over] - quantiles[-1], weights[over]
        scale = _scale(above, counts) if over.any() else towards.scale
        own = _size(weights)
        share = own / (own + strength)
        knots = [
            share * float(quantile) + (1 - share) * knot
            for quantile, knot in zip(quantiles, towards.knots, strict=True)
        ]
        for place in range(1, len(knots)):
            knots[place] = max(knots[place], knots[place - 1] + 1e-6)
        return cls(tuple(knots), max(share * scale + (1 - share) * towards.scale, _LEAST_SCALE))

    def rarity(self, raw: Floats) -> Floats:
        """Minus the decimal logarithm of the share of unrelated pairs that score higher.

        Below the middle it goes on falling in a straight line, so that order is kept.
        """
        knots, logs = np.array(self.knots), np.array(_LOGS)
        beyond = logs[-1] + (raw - knots[-1]) / self.scale / float(np.log(10))
        below = logs[0] * (1 - (knots[0] - raw) / (knots[2] - knots[0]))
        inside = np.interp(raw, knots, logs)
        return np.asarray(
            np.where(raw > knots[-1], beyond, np.where(raw < knots[0], below, inside))
        )


def _scale(above: Floats, counts: Floats) -> float:
    """The scale of an exponential: the mean, with a limit to what lies far out, which are often
    pairs that do belong together."""
    typical = float(_quantiles(above, counts, [0.5])[0]) / float(np.log(2))
    mean = float(np.average(np.minimum(above, _FAR * typical), weights=counts))
    return mean / (1 - float(np.exp(-_FAR)))


def _quantiles(values: Floats, weights: Floats, shares: Sequence[float]) -> Floats:
    order = np.argsort(values, kind="stable")
    counts = weights[order]
    reached = (np.cumsum(counts) - counts / 2) / counts.sum()
    return np.asarray(np.interp(shares, reached, values[order]))


_THUMB = Tail((-0.1, 0.8, 1.3, 1.75, 2.35), 0.6)
_LEAST_SCALE = 0.2
_FAR = 3.0
"""How far out a pair counts, in scales beyond the last quantile."""
_STRENGTH_SORT, _STRENGTH_TAIL = 100, 4_000
SEARCH_TAIL = _THUMB
"""For free-text search, whose questions have no sample: the rule of thumb."""


def score(rarity: float) -> int:
    """0 to 100; 100 is rarer than one in 100,000."""
    return round(100 * min(1.0, max(0.0, rarity) / RAREST))


def band(of: int) -> Band:
    """What a score means in a word."""
    if of >= STRONG_FROM:
        return Band.STRONG
    return Band.POSSIBLE if of >= POSSIBLE_FROM else Band.WEAK


@dataclass(frozen=True, slots=True)
class Calibration:
    """The constants of an index version, for each pair of languages."""

    words: Mapping[Pair, Moments]
    latent: Mapping[Pair, Moments]
    tails: Mapping[Sort, Tail]

    def of(self, block: str, left: str, right: str) -> Moments:
        """A block's constants for two languages; those of all pairs of the sort when unseen."""
        table = self.words if block == "words" else self.latent
        left, right = spelt_as(left), spelt_as(right)
        key = ordered(left, right)
        sort = ("same", "same") if left == right else ("cross", "cross")
        return table.get(key) or table.get(sort) or _PRIOR[block, left == right]

    def tail(self, left: str, right: str, *, encoded: bool) -> Tail:
        """How raw scores of two languages are distributed among unrelated pairs."""
        left, right = spelt_as(left), spelt_as(right)
        sort = "same" if left == right else "cross"
        own = self.tails.get((*ordered(left, right), encoded))
        return own or self.tails.get((sort, sort, encoded)) or _THUMB


# Before there is anything to count: roughly what general text shows.
_PRIOR: dict[tuple[str, bool], Moments] = {
    ("words", True): Moments(0.01, 0.02, 0),
    ("words", False): Moments(0.0, 0.02, 0),
    ("latent", True): Moments(0.12, 0.05, 0),
    ("latent", False): Moments(0.01, 0.035, 0),
}
_FLOOR = {"words": 0.01, "latent": 0.005}
_STRENGTH_PAIR = 3_000
"""Pairs of texts at which two languages' own constants count half."""


def spelt_as(language: str) -> str:
    """The language whose spelling a text has after normalisation: Traditional Chinese is read as
    Simplified, and is no other language."""
    return "zh-Hans" if language == "zh-Hant" else language


def ordered(left: str, right: str) -> Pair:
    """The key of two languages, whichever side is which."""
    return (left, right) if left <= right else (right, left)


def block_moments(block: str, samples: Mapping[Pair, Weighted]) -> dict[Pair, Moments]:
    """Constants for each pair of languages, drawn towards those of all pairs of its sort."""
    table: dict[Pair, Moments] = {}
    for same, key in ((True, ("same", "same")), (False, ("cross", "cross"))):
        held = pooled(v for (left, right), v in samples.items() if (left == right) is same)
        table[key] = moments(held, _FLOOR[block]).shrunk(_PRIOR[block, same], _STRENGTH_SORT)
    for pair, sample in samples.items():
        sort = table["same", "same"] if pair[0] == pair[1] else table["cross", "cross"]
        table[pair] = moments(sample, _FLOOR[block]).shrunk(sort, _STRENGTH_PAIR)
    return table


def tails(samples: Mapping[Sort, Weighted]) -> dict[Sort, Tail]:
    """How raw scores are distributed among unrelated pairs of each two languages, drawn towards
    all pairs of their sort."""
    table: dict[Sort, Tail] = {}
    for encoded in (True, False):
        for name in ("same", "cross"):
            held = {
                sort: sample
                for sort, sample in samples.items()
                if sort[2] is encoded and (sort[0] == sort[1]) is (name == "same")
            }
            of_all = Tail.fit(pooled(held.values()))
            table[name, name, encoded] = of_all
            table.update({sort: Tail.fit(sample, of_all) for sort, sample in held.items()})
    return table


def standardise(cosine: Floats, of: Moments, most: float | None = None) -> Floats:
    """In standard deviations above what unrelated pairs show, at most `most`."""
    values = (cosine - of.mean) / of.deviation
    return values if most is None else np.minimum(values, most)
