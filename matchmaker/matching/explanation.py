"""What made a score: phrases of both texts, aligned across languages, each with its amount.

The raw score is a sum: for each block, by how much its cosine exceeds that of unrelated texts
(`fitting.amounts`), and an amount for each signal of the forms (`signals.fits`). A block's amount
is divided among its terms as the cosine is: a term's part is the product of its two weights over
the sum of all products. Every term is given to one phrase pair, so the amounts of an explanation
add up to the raw score. What unrelated texts share as well, and what lies above the most that words
may count (`Blend.most_words`), is thereby taken off all phrases of the block alike. A block that
lies below unrelated texts, and forms that do not fit, have amounts below zero: they speak against
the pair. What is too small to name is gathered in a last reason, "rest".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from matchmaker.matching import alignment, features, fitting, removal, signals
from matchmaker.matching.analysis.normalisation import Aligned, align
from matchmaker.matching.analysis.terms import aligned_terms
from matchmaker.matching.centring import centred
from matchmaker.matching.documents import BLOCKS, Document, Reason, ReasonKind
from matchmaker.matching.fitting import Cosines, Model, Weights
from matchmaker.matching.glossary import Glossary, fold
from matchmaker.matching.semantic import Encoder

MOST_REASONS = 10
TITLES: Final = "titles"
"""The label of a reason of latent terms whose phrases are the titles, for none were compared."""
_LEAST_SHARE = 0.015
_TRIED = 5
"""So many of the largest reasons are removed from the texts, until one lowers the score."""
_ROUNDING = 1e-6

Weigh = Callable[[Document, csr_matrix | None], Weights]


@dataclass(frozen=True, slots=True)
class Side:
    """A document and its weights; `text` where its phrases are to be aligned."""

    document: Document
    weights: Weights
    text: alignment.Text | None = None


@dataclass(frozen=True, slots=True)
class Removal:
    """Two documents, and how their texts are read anew without a reason's phrases."""

    left: Side
    right: Side
    model: Model
    glossary: Glossary
    encoder: Encoder
    weigh: Weigh

    def lowers(self, reason: Reason) -> bool:
        """Whether the texts' score falls without the phrases: in one text, the other, and both."""
        one = self._without(self.left, reason, reason.left)
        other = self._without(self.right, reason, reason.right)
        pairs = ((one, self.right), (self.left, other), (one, other))
        raw = sum(block_amounts(self.left, self.right, self.model)) - _ROUNDING
        return all(sum(block_amounts(*pair, self.model)) < raw for pair in pairs)

    def _without(self, side: Side, reason: Reason, phrase: str) -> Side:
        document = removal.without_reason(side.document, reason, phrase, self.glossary)
        read = side.weights.latent.nnz > 0
        row = removal.encoded(document, self.encoder) if read else None
        return Side(document, self.weigh(document, row))


def explain(
    left: Side,
    right: Side,
    *,
    model: Model,
    fits: Sequence[signals.Fit],
    vocabulary: Mapping[str, int],
    concepts: Mapping[str, int],
    glossary: Glossary,
    encoder: Encoder | None,
    weigh: Weigh,
) -> list[Reason]:
    """The reasons of a pair, the largest first; amounts add up to the raw score.

    `fits` are those that the ranking counts, the offer's side first. `weigh` gives the weights of
    texts of which a phrase was removed.
    """
    words, named, latent = block_amounts(left, right, model)
    parts = [
        *_word_parts(left, right, vocabulary, words),
        *_concept_parts(left, right, concepts, glossary, named),
        *_latent_parts(left, right, model, encoder, latent),
        *_form_parts(fits, swapped=left.document.kind == "need"),
    ]
    parts.sort(key=lambda part: (-part.amount, part.kind, part.left))
    if encoder is not None:
        parts = _proven(parts, Removal(left, right, model, glossary, encoder, weigh))
    raw = words + named + latent + sum(fit.amount for fit in fits)
    return _shown(parts, raw)


def awaits_phrases(reasons: Iterable[Reason]) -> bool:
    """Whether reasons name the titles where phrases could stand."""
    return any(reason.kind == "latent" and reason.label == TITLES for reason in reasons)


def block_amounts(left: Side, right: Side, model: Model) -> tuple[float, float, float]:
    """What words, concepts and latent terms add to the raw score of two documents."""

    def dot(one: csr_matrix, other: csr_matrix) -> np.ndarray:
        # As the index multiplies, so that not even the rounding differs.
        return np.asarray((one @ csr_matrix(other.T)).todense(), dtype=np.float64).ravel()

    encoded = left.weights.latent.nnz > 0 and right.weights.latent.nnz > 0
    cosines = Cosines(
        words=dot(left.weights.words, right.weights.words),
        concepts=dot(left.weights.concepts, right.weights.concepts),
        latent=centred(
            dot(left.weights.latent, right.weights.latent),
            left.weights.offsets,
            right.weights.offsets,
        ),
        encoded=np.array([encoded]),
    )
    pair = (left.document.language, right.document.language)
    found = fitting.amounts(model.blend, model.calibration, pair, cosines)
    return float(found.words[0]), float(found.concepts[0]), float(found.latent[0])


def _proven(parts: Sequence[Reason], trial: Removal) -> list[Reason]:
    """The parts, the first that without whose phrases the texts' score falls in truth: what was
    larger gets no more. All stay as they are where none of the largest is such."""
    phrases = [part for part in parts if part.kind in BLOCKS and part.left and part.amount > 0]
    first = next((part for part in phrases[:_TRIED] if trial.lowers(part)), None)
    if first is None or first is phrases[0]:
        return list(parts)
    others = [part for part in parts if part is not first]
    return [
        first,
        *(replace(p, amount=min(p.amount, first.amount)) if p in phrases else p for p in others),
    ]


def _shown(parts: Iterable[Reason], raw: float) -> list[Reason]:
    """The parts worth naming, what speaks against last, and the rest of the raw score."""
    parts = [part for part in parts if part.amount != 0]
    least = _LEAST_SHARE * sum(part.amount for part in parts if part.amount > 0)
    worth = [p for p in parts if p.kind != "rest" and abs(p.amount) >= least]
    worth.sort(key=lambda part: -part.amount)  # equals stay as they are
    named = [part for part in worth if part.amount > 0][:MOST_REASONS]
    named += [part for part in worth if part.amount < 0]
    rest = raw - sum(part.amount for part in named)
    if abs(rest) > 1e-9:
        named.append(_reason("rest", rest))
    return [replace(each, share=each.amount / raw if raw > 0 else 0.0) for each in named]


def _reason(
    kind: ReasonKind, amount: float, left: str = "", right: str = "", label: str | None = None
) -> Reason:
    return Reason(kind, left, right, label, 0.0, amount)


def _products(left: csr_matrix, right: csr_matrix, amount: float) -> dict[int, float]:
    """A block's amount divided among the terms that both rows have, by column."""
    product = csr_matrix(left.multiply(right))
    total = float(product.data.sum(dtype=np.float64))
    if total <= 0:
        return {}
    return {
        int(column): amount * float(value) / total
        for column, value in zip(product.indices, product.data, strict=True)
        if value > 0
    }


# Words


def _word_parts(
    left: Side, right: Side, vocabulary: Mapping[str, int], amount: float
) -> Iterable[Reason]:
    if amount <= 0:
        yield _reason("words", amount)
        return
    shared = _products(left.weights.words, right.weights.words, amount)
    one, other = _aligned(left.document), _aligned(right.document)
    places = _places(one, left.document.language, vocabulary, shared)
    counterparts = _places(other, right.document.language, vocabulary, shared)
    spent: set[int] = set()
    for start, end in _common_runs(one.text, other.text, places):
        columns = {
            column
            for column, spans in places.items()
            if column not in spent and any(start <= a and b <= end for a, b in spans)
        }
        if not columns:
            continue
        phrase = one.text[start:end]
        at = fold(other.text).find(fold(phrase))
        if at < 0:
            spans = counterparts.get(max(columns, key=lambda column: shared[column]))
            if not spans:
                continue
            twin = other.phrase(*spans[0])
        else:
            twin = other.phrase(at, at + len(phrase))
        if not any(character.isalpha() for character in phrase):
            continue  # a number by itself says nothing
        spent |= columns
        yield _reason(
            "words", sum(shared[column] for column in columns), one.phrase(start, end), twin
        )


def _aligned(document: Document) -> Aligned:
    return align(features.full_text(document), document.language)


def _places(
    aligned: Aligned, language: str, vocabulary: Mapping[str, int], shared: Mapping[int, float]
) -> dict[int, list[tuple[int, int]]]:
    """Where each shared term stands in a text."""
    places: dict[int, list[tuple[int, int]]] = {}
    for term, start, end, _ in aligned_terms(aligned.text, language):
        column = vocabulary.get(term)
        if column is not None and column in shared:
            places.setdefault(column, []).append((start, end))
    return places


def _common_runs(
    one: str, other: str, places: Mapping[int, list[tuple[int, int]]]
) -> list[tuple[int, int]]:
    """Passages covered by shared terms, longest first; joined where the other text joins too."""
    mine, theirs = fold(one), fold(other)
    runs: list[tuple[int, int]] = []
    at = -1  # where the last run first stands in the other text
    for start, end in sorted({span for spans in places.values() for span in spans}):
        if at >= 0 and start <= runs[-1][1] + 1:
            first, before = runs[-1]
            last = max(end, before)
            # Most often what is added stands there as well: the whole run need not be sought.
            if theirs.startswith(mine[before:last], at + before - first):
                further = at
            else:
                further = theirs.find(mine[first:last], at + 1)
            if further >= 0:
                runs[-1], at = (first, last), further
                continue
        runs.append((start, end))
        at = theirs.find(mine[start:end])
    return sorted(set(runs), key=lambda run: (run[0] - run[1], run))


# Concepts


def _concept_parts(
    left: Side, right: Side, concepts: Mapping[str, int], glossary: Glossary, amount: float
) -> Iterable[Reason]:
    shared = _products(left.weights.concepts, right.weights.concepts, amount)
    if not shared:
        return
    names = {column: concept for concept, column in concepts.items() if column in shared}
    one = _concept_phrases(left.document, glossary)
    other = _concept_phrases(right.document, glossary)
    for column, value in shared.items():
        concept = names[column]
        yield _reason("concepts", value, one.get(concept, ""), other.get(concept, ""), concept)


def _concept_phrases(document: Document, glossary: Glossary) -> dict[str, str]:
    text = _aligned(document).source  # in Unicode, as the glossary reads it
    phrases: dict[str, str] = {}
    for start, end, concept in glossary.find(text, document.language):
        phrases.setdefault(concept, text[start:end])
    return phrases


# Latent terms


def _latent_parts(
    left: Side, right: Side, model: Model, encoder: Encoder | None, amount: float
) -> Iterable[Reason]:
    if amount <= 0:
        yield _reason("latent", amount)
    elif encoder is None or left.text is None or right.text is None:
        yield _reason("latent", amount, left.document.title, right.document.title, TITLES)
    else:
        shared = _products(left.weights.latent, right.weights.latent, amount)
        aligned = alignment.pairs(left.text, right.text, shared, model.latent, encoder)
        for one, other, part in aligned:
            yield _reason("latent", part, one, other)


# Forms


def _form_parts(fits: Iterable[signals.Fit], *, swapped: bool) -> Iterable[Reason]:
    for fit in fits:
        one, other = (fit.right, fit.left) if swapped else (fit.left, fit.right)
        yield _reason(fit.kind, fit.amount, one, other, fit.label)
