"""Learn what an index version keeps fixed: document frequencies and calibration constants."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from matchmaker.matching import signals
from matchmaker.matching.background import reference
from matchmaker.matching.documents import Document
from matchmaker.matching.ranking import (
    Blend,
    Calibration,
    Floats,
    Pair,
    Sort,
    Tail,
    block_moments,
    ordered,
    spelt_as,
    standardise,
)
from matchmaker.matching.semantic import LATENT_COLUMNS, LatentWeighting
from matchmaker.matching.weighting import Weighting, count_matrix, no_rows, widen

Rows = NDArray[np.int64]

_BUDGET = 60_000
_FEWEST, _MOST = 300, 6_000
_SEED = 20_261_123
_ENOUGH = 50
_LENT = 0.5
"""How much of a document each text of the background counts for latent terms."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """A row for each document in each block: counts, or weights."""

    words: csr_matrix
    concepts: csr_matrix
    latent: csr_matrix


@dataclass(frozen=True, slots=True)
class Model:
    """What stays fixed while documents come and go; `version` names it."""

    words: Weighting
    concepts: Weighting
    latent: LatentWeighting
    calibration: Calibration
    blend: Blend
    fitted: int
    version: str

    def weigh(self, counts: Blocks) -> Blocks:
        """The counts as TF-IDF rows of length 1."""
        return Blocks(
            self.words.transform(counts.words),
            self.concepts.transform(counts.concepts),
            self.latent.transform(counts.latent),
        )


@dataclass(frozen=True, slots=True)
class Cosines:
    """The cosines of one text with several, or of several pairs, by block."""

    words: Floats
    concepts: Floats
    latent: Floats
    encoded: NDArray[np.bool_]
    """Whether both sides have latent terms."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """What each block adds to the raw scores of several pairs; less than nothing where two texts
    are less alike than unrelated ones."""

    words: Floats
    concepts: Floats
    latent: Floats

    def total(self) -> Floats:
        """The raw scores."""
        return self.latent + self.words + self.concepts


def standardised(
    blend: Blend, calibration: Calibration, pair: Pair, of: Cosines
) -> tuple[Floats, Floats]:
    """Words and latent terms in standard deviations above unrelated pairs of the two languages."""
    words = standardise(of.words, calibration.of("words", *pair), blend.most_words)
    return words, standardise(of.latent, calibration.of("latent", *pair))


def amounts(blend: Blend, calibration: Calibration, pair: Pair, of: Cosines) -> Amounts:
    """Each block's part of the raw score: its cosine, standardised for the two languages."""
    same = spelt_as(pair[0]) == spelt_as(pair[1])
    words, latent = standardised(blend, calibration, pair, of)
    weight = blend.words_same if same else blend.words_cross
    return Amounts(
        words=np.where(of.encoded, weight, blend.words_alone) * words,
        concepts=blend.concepts * of.concepts,
        latent=np.where(of.encoded, blend.latent * latent, 0.0),
    )


def combine(blend: Blend, calibration: Calibration, pair: Pair, of: Cosines) -> Floats:
    """The raw score: a fixed combination of the blocks, standardised for the two languages."""
    return amounts(blend, calibration, pair, of).total()


def fit(
    counts: Blocks,
    documents: Sequence[Document],
    vocabulary: Mapping[str, int],
    *,
    glossary_version: str,
    blend: Blend,
) -> Model:
    """Learn from the documents at hand; the same documents always give the same model.

    The background lends frequencies to the latent terms and pairs to the constants. Words are
    weighed by the documents alone: what is rare in law need not be rare in technology.
    """
    background = reference()
    terms = dict(vocabulary)
    lent = Blocks(
        count_matrix(background.words, terms, grow=True),
        no_rows(len(background.documents), counts.concepts.shape[1]),
        widen(background.latent, LATENT_COLUMNS),
    )
    words = Weighting.fit(counts.words)
    concepts = Weighting.fit(counts.concepts)
    encoded = counts.latent[np.flatnonzero(np.diff(counts.latent.indptr))]
    latent = LatentWeighting.fit(encoded, background.latent, _LENT)
    weights = Blocks(
        words.transform(_below(widen(counts.words, len(terms)), lent.words)),
        concepts.transform(_below(counts.concepts, lent.concepts)),
        latent.transform(_below(counts.latent, lent.latent)),
    )
    calibration = _calibrate(weights, documents, background.documents, blend)
    version = _version((words, concepts, latent), calibration, blend, glossary_version)
    return Model(words, concepts, latent, calibration, blend, len(documents), version)


def _below(above: csr_matrix, below: csr_matrix) -> csr_matrix:
    return csr_matrix(vstack([above, below], format="csr", dtype=np.float32))


def _calibrate(
    weights: Blocks, own: Sequence[Document], lent: Sequence[Document], blend: Blend
) -> Calibration:
    documents = [*own, *lent]
    samples = {
        pair: (left, right, pair_cosines(weights, left, right))
        for pair, left, right in _sample(documents, len(own))
    }
    calibration = Calibration(
        words=block_moments("words", {p: c.words for p, (_, _, c) in samples.items()}),
        latent=block_moments("latent", {p: c.latent[c.encoded] for p, (*_, c) in samples.items()}),
        tails={},
    )
    raws: dict[Sort, list[Floats]] = defaultdict(list)
    for pair, (left, right, cosines) in samples.items():
        raw = combine(blend, calibration, pair, cosines)
        extra = [
            sum(
                fit.amount
                for fit in signals.fits(documents[i].signals, documents[j].signals, blend.signals)
            )
            for i, j in zip(left, right, strict=True)
        ]
        unread = combine(
            blend, calibration, pair, replace(cosines, encoded=np.zeros_like(cosines.encoded))
        )
        raws[pair[0] == pair[1], True].append((raw + np.array(extra))[cosines.encoded])
        raws[pair[0] == pair[1], False].append(unread + np.array(extra))
    tails = {sort: Tail.fit(np.concatenate(values)) for sort, values in raws.items()}
    return Calibration(calibration.words, calibration.latent, tails)


def _sample(documents: Sequence[Document], own: int) -> Iterator[tuple[Pair, Rows, Rows]]:
    """Random pairs of different listings for each two languages, the same ones every time.

    An offer with a need where there are enough of both, since needs are written otherwise than
    offers; else any two. The documents after the first `own` are lent and stand for either.
    """
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, document in sorted(enumerate(documents), key=lambda each: each[1].id):
        kind = document.kind if row < own else "lent"
        rows[spelt_as(document.language), kind].append(row)
    languages = sorted({language for language, _ in rows})
    pairs = [ordered(a, b) for place, a in enumerate(languages) for b in languages[place:]]
    size = min(_MOST, max(_FEWEST, _BUDGET // max(len(pairs), 1)))
    generator = np.random.default_rng(_SEED)
    groups = np.array([document.group for document in documents])
    for pair in pairs:
        left, right = _draw(rows, pair, size, generator)
        keep = groups[left] != groups[right]
        unique = np.unique(np.stack([left[keep], right[keep]]), axis=1)
        if unique.shape[1]:
            yield pair, unique[0], unique[1]


def _draw(
    rows: Mapping[tuple[str, str], list[int]],
    pair: Pair,
    size: int,
    generator: np.random.Generator,
) -> tuple[Rows, Rows]:
    offers, needs, lent = (
        [rows.get((code, kind), []) for code in pair] for kind in ("offer", "need", "lent")
    )
    sides = [(offers[0], needs[1]), (needs[0], offers[1])]
    sides = [(one, other) for one, other in sides if len(one) * len(other) >= _ENOUGH]
    if not sides:
        sides = [(offers[0] + needs[0], offers[1] + needs[1])]
    drawn = [
        (
            generator.choice(one + lent[0], size // len(sides)),
            generator.choice(other + lent[1], size // len(sides)),
        )
        for one, other in sides
    ]
    left = np.concatenate([one for one, _ in drawn]).astype(np.int64)
    right = np.concatenate([other for _, other in drawn]).astype(np.int64)
    return left, right


def pair_cosines(weights: Blocks, left: Rows, right: Rows) -> Cosines:
    """The cosines of the rows `left` with the rows `right`, one by one."""

    def dots(matrix: csr_matrix) -> Floats:
        return np.asarray(matrix[left].multiply(matrix[right]).sum(axis=1), dtype=float).ravel()

    filled = np.diff(weights.latent.indptr) > 0
    return Cosines(
        dots(weights.words),
        dots(weights.concepts),
        dots(weights.latent),
        filled[left] & filled[right],
    )


def _version(
    weightings: Sequence[Weighting],
    calibration: Calibration,
    blend: Blend,
    glossary_version: str,
) -> str:
    digest = hashlib.sha256(glossary_version.encode())
    for weighting in weightings:
        digest.update(np.sort(weighting.idf).round(6).tobytes())
    digest.update(json.dumps(asdict(blend), sort_keys=True).encode())
    tails = {str(sort): asdict(tail) for sort, tail in calibration.tails.items()}
    digest.update(json.dumps(tails, sort_keys=True).encode())
    return digest.hexdigest()[:12]
