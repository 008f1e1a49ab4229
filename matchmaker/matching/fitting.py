"""Learn what an index version keeps fixed: document frequencies and calibration constants."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack

from matchmaker.matching import signals
from matchmaker.matching.background import reference
from matchmaker.matching.centring import Means, Offsets, centred
from matchmaker.matching.documents import Document, Signals
from matchmaker.matching.ranking import (
    Blend,
    Calibration,
    Floats,
    Pair,
    Sort,
    Weighted,
    block_moments,
    spelt_as,
    standardise,
    tails,
)
from matchmaker.matching.sampling import Sample, hashed, samples
from matchmaker.matching.semantic import LATENT_COLUMNS, LatentWeighting
from matchmaker.matching.weighting import Weighting, count_matrix, no_rows, widen

Rows = NDArray[np.int64]
NO_SIGNALS = Signals()

_MOST_FORMS = 2_000
"""Pairs of two languages whose forms are compared."""
_LENT = 0.5
"""How much of a document each text of the background counts for latent terms and their means."""
_SMOOTH = 10.0
"""Documents taken to hold each latent term beforehand: one listing more hardly moves a rare one."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """A row for each document in each block: counts, or weights."""

    words: csr_matrix
    concepts: csr_matrix
    latent: csr_matrix


@dataclass(frozen=True, slots=True)
class Weights(Blocks):
    """A row for each document in each block, of length 1 or 0."""

    offsets: Offsets
    """What centring does to the latent rows."""

    def __getitem__(self, rows: Rows | Sequence[int]) -> Weights:
        """Those of some documents."""
        return Weights(self.words[rows], self.concepts[rows], self.latent[rows], self.offsets[rows])


@dataclass(frozen=True, slots=True)
class Model:
    """What stays fixed while documents come and go; `version` names it."""

    words: Weighting
    concepts: Weighting
    latent: LatentWeighting
    means: Means
    calibration: Calibration
    blend: Blend
    fitted: int
    version: str

    def weigh(self, counts: Blocks, languages: Sequence[str]) -> Weights:
        """The counts of texts in these languages as TF-IDF rows of length 1."""
        latent = self.latent.transform(counts.latent)
        return Weights(
            self.words.transform(counts.words),
            self.concepts.transform(counts.concepts),
            latent,
            self.means.offsets(latent, languages),
        )


@dataclass(frozen=True, slots=True)
class Cosines:
    """The cosines of one text with several, or of several pairs, by block."""

    words: Floats
    concepts: Floats
    latent: Floats
    """Across languages, of centred rows."""
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
    lent: csr_matrix,
) -> Model:
    """Learn from the documents at hand; the same documents always give the same model.

    The background lends frequencies to the latent terms and pairs to the constants. Words are
    weighed by the documents alone: what is rare in law need not be rare in technology. `lent` are
    the background's latent rows.
    """
    background = reference()
    terms = dict(vocabulary)
    beside = Blocks(
        count_matrix(background.words, terms, grow=True),
        no_rows(len(background.documents), counts.concepts.shape[1]),
        widen(lent, LATENT_COLUMNS),
    )
    words = Weighting.fit(counts.words)
    concepts = Weighting.fit(counts.concepts)
    encoded = counts.latent[np.flatnonzero(np.diff(counts.latent.indptr))]
    latent = LatentWeighting.fit(encoded, lent if lent.nnz else None, _LENT, _SMOOTH)
    rows = latent.transform(_below(counts.latent, beside.latent))
    count = len(documents)
    languages = [document.language for document in (*documents, *background.documents)]
    means = Means.of(rows[:count], languages[:count], rows[count:], languages[count:], _LENT)
    weights = Weights(
        words.transform(_below(widen(counts.words, len(terms)), beside.words)),
        concepts.transform(_below(counts.concepts, beside.concepts)),
        rows,
        means.offsets(rows, languages),
    )
    calibration = _calibrate(weights, documents, background.documents, blend)
    version = _version((words, concepts, latent), calibration, blend, glossary_version)
    return Model(words, concepts, latent, means, calibration, blend, len(documents), version)


def _below(above: csr_matrix, below: csr_matrix) -> csr_matrix:
    return csr_matrix(vstack([above, below], format="csr", dtype=np.float32))


def _calibrate(
    weights: Weights, own: Sequence[Document], lent: Sequence[Document], blend: Blend
) -> Calibration:
    documents = [*own, *lent]
    found = [_unrelated(weights, sample) for sample in samples(documents, len(own))]
    calibration = Calibration(
        words=block_moments("words", {each.pair: each.of(each.cosines.words) for each in found}),
        latent=block_moments(
            "latent",
            {each.pair: each.of(each.cosines.latent, each.cosines.encoded) for each in found},
        ),
        tails={},
    )
    raws: dict[Sort, Weighted] = {}
    for each in found:
        pair, read = each.pair, each.cosines.encoded
        forms, known = _forms(each, documents, blend)
        raw = combine(blend, calibration, pair, each.cosines) + forms
        unread = replace(each.cosines, encoded=np.zeros_like(read))
        raws[(*pair, True)] = each.of(raw, read & known)
        raws[(*pair, False)] = each.of(combine(blend, calibration, pair, unread) + forms, known)
    return Calibration(calibration.words, calibration.latent, tails(raws))


@dataclass(frozen=True, slots=True)
class _Unrelated:
    """Pairs of texts that do not belong together, how much each counts, and their cosines."""

    pair: Pair
    left: Rows
    right: Rows
    counts: Floats
    cosines: Cosines

    def of(self, values: Floats, some: NDArray[np.bool_] | None = None) -> Weighted:
        """The values of these pairs, or of some of them, with what each counts."""
        return (values, self.counts) if some is None else (values[some], self.counts[some])


def _unrelated(weights: Weights, sample: Sample) -> _Unrelated:
    left, right = np.nonzero(sample.weights)

    def dots(matrix: csr_matrix) -> Floats:
        product = (matrix[sample.left] @ matrix[sample.right].T).toarray()
        return np.asarray(product[left, right], dtype=np.float64)

    one, other = sample.left[left], sample.right[right]
    filled = np.diff(weights.latent.indptr) > 0
    return _Unrelated(
        sample.pair,
        one,
        other,
        sample.weights[left, right],
        Cosines(
            dots(weights.words),
            dots(weights.concepts),
            centred(dots(weights.latent), weights.offsets[one], weights.offsets[other]),
            filled[one] & filled[other],
        ),
    )


def _forms(
    of: _Unrelated, documents: Sequence[Document], blend: Blend
) -> tuple[Floats, NDArray[np.bool_]]:
    """What the forms add to each pair, and for which pairs that was worked out: for as many as
    time allows, the same ones every time. Where nobody filled in a form it is nothing for all."""
    filled = np.array([document.signals != NO_SIGNALS for document in documents], dtype=bool)
    both = np.flatnonzero(filled[of.left] & filled[of.right])
    known = np.ones(len(of.left), dtype=bool)
    if len(both) > _MOST_FORMS:
        marks = np.array([hashed(document.id) for document in documents], dtype=np.uint64)
        mixed = marks[of.left[both]] ^ marks[of.right[both]]
        known[both[np.argsort(mixed, kind="stable")[_MOST_FORMS:]]] = False
        both = np.flatnonzero(filled[of.left] & filled[of.right] & known)
    amounts = np.zeros(len(of.left))
    for place in both:
        one, other = documents[of.left[place]], documents[of.right[place]]
        if one.kind == "need":
            one, other = other, one
        fits = signals.fits(one.signals, other.signals, blend.signals)
        amounts[place] = sum(fit.amount for fit in fits)
    return amounts, known


def pair_cosines(weights: Weights, left: Rows, right: Rows) -> Cosines:
    """The cosines of the rows `left` with the rows `right`, one by one."""

    def dots(matrix: csr_matrix) -> Floats:
        return np.asarray(matrix[left].multiply(matrix[right]).sum(axis=1), dtype=float).ravel()

    filled = np.diff(weights.latent.indptr) > 0
    return Cosines(
        dots(weights.words),
        dots(weights.concepts),
        centred(dots(weights.latent), weights.offsets[left], weights.offsets[right]),
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
    known = {str(sort): asdict(tail) for sort, tail in calibration.tails.items()}
    digest.update(json.dumps(known, sort_keys=True).encode())
    return digest.hexdigest()[:12]
