"""What made a score: phrases of both texts, aligned across languages, each with its share.

Every product of two weights that entered a cosine is given to exactly one phrase pair, so that the
shares of an explanation add up. What is too small to name is gathered in a last reason, "rest".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matchmaker.matching import features, signals
from matchmaker.matching.analysis.normalisation import Aligned, align
from matchmaker.matching.analysis.terms import Word, aligned_terms, read_words
from matchmaker.matching.documents import Document, Reason
from matchmaker.matching.fitting import Blocks, Model
from matchmaker.matching.glossary import Glossary, fold
from matchmaker.matching.ranking import Floats, spelt_as
from matchmaker.matching.semantic import Encoder

Columns = NDArray[np.int64]

MOST_REASONS = 10
_PHRASES = 14
_LATENT_PAIRS = 5
_LONGEST_PHRASE = 3
_TITLE = 0.1
"""What standing in the title adds to a phrase's weight: about one term of middling rarity."""
_LEAST_SHARE = 0.015


@dataclass(frozen=True, slots=True)
class Side:
    """A document and its weights."""

    document: Document
    weights: Blocks


@dataclass(frozen=True, slots=True)
class _Part:
    """A reason before the shares are known: its amount in the unit of the raw score."""

    reason: Reason
    amount: float


def explain(
    left: Side,
    right: Side,
    *,
    model: Model,
    vocabulary: Mapping[str, int],
    concepts: Mapping[str, int],
    glossary: Glossary,
    encoder: Encoder | None,
) -> list[Reason]:
    """The reasons of a pair, the largest first, shares adding up to 1; none without anything."""
    scales = _scales(left.document.language, right.document.language, model)
    parts = [
        *_word_parts(left, right, vocabulary, scales["words"]),
        *_concept_parts(left, right, concepts, glossary, scales["concepts"]),
        *_latent_parts(left, right, model, vocabulary, encoder),
        *_form_parts(left.document, right.document, model.blend.signals),
    ]
    total = sum(part.amount for part in parts)
    if total <= 0:
        return []
    named = [p for p in parts if p.reason.kind != "rest" and p.amount / total >= _LEAST_SHARE]
    named.sort(key=lambda part: (-part.amount, part.reason.kind, part.reason.left))
    named = named[:MOST_REASONS]
    reasons = [_shared(part.reason, part.amount / total) for part in named]
    rest = 1.0 - sum(reason.share for reason in reasons)
    if rest > 1e-9:
        reasons.append(Reason("rest", "", "", None, rest))
    return reasons


def _scales(left: str, right: str, model: Model) -> dict[str, float]:
    """How much a block's cosine of 1 moves the raw score."""
    same = spelt_as(left) == spelt_as(right)
    blend = model.blend
    words = blend.words_same if same else blend.words_cross
    return {
        "words": words / model.calibration.of("words", left, right).deviation,
        "latent": blend.latent / model.calibration.of("latent", left, right).deviation,
        "concepts": blend.concepts,
    }


def _shared(reason: Reason, share: float) -> Reason:
    return Reason(reason.kind, reason.left, reason.right, reason.label, share)


def _products(left: csr_matrix, right: csr_matrix) -> dict[int, float]:
    """The products of both rows' weights by column: together they are the cosine."""
    product = csr_matrix(left.multiply(right))
    return {
        int(column): float(value)
        for column, value in zip(product.indices, product.data, strict=True)
        if value > 0
    }


# Words


def _word_parts(
    left: Side, right: Side, vocabulary: Mapping[str, int], scale: float
) -> Iterable[_Part]:
    shared = _products(left.weights.words, right.weights.words)
    if not shared:
        return
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
        spent |= columns
        amount = scale * sum(shared[column] for column in columns)
        yield _Part(Reason("words", one.phrase(start, end), twin, None, 0.0), amount)
    rest = scale * sum(value for column, value in shared.items() if column not in spent)
    if rest > 0:
        yield _Part(Reason("rest", "", "", None, 0.0), rest)


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
    folded = fold(other)
    runs: list[tuple[int, int]] = []
    for start, end in sorted({span for spans in places.values() for span in spans}):
        if runs and start <= runs[-1][1] + 1:
            first = runs[-1][0]
            last = max(end, runs[-1][1])
            if fold(one[first:last]) in folded:
                runs[-1] = (first, last)
                continue
        runs.append((start, end))
    return sorted(set(runs), key=lambda run: (run[0] - run[1], run))


# Concepts


def _concept_parts(
    left: Side, right: Side, concepts: Mapping[str, int], glossary: Glossary, scale: float
) -> Iterable[_Part]:
    shared = _products(left.weights.concepts, right.weights.concepts)
    if not shared:
        return
    names = {column: concept for concept, column in concepts.items() if column in shared}
    one = _concept_phrases(left.document, glossary)
    other = _concept_phrases(right.document, glossary)
    for column, value in shared.items():
        concept = names[column]
        reason = Reason("concepts", one.get(concept, ""), other.get(concept, ""), concept, 0.0)
        yield _Part(reason, scale * value)


def _concept_phrases(document: Document, glossary: Glossary) -> dict[str, str]:
    text = features.full_text(document)
    phrases: dict[str, str] = {}
    for start, end, concept in glossary.find(text, document.language):
        phrases.setdefault(concept, text[start:end])
    return phrases


# Latent terms


def _latent_parts(
    left: Side,
    right: Side,
    model: Model,
    vocabulary: Mapping[str, int],
    encoder: Encoder | None,
) -> Iterable[_Part]:
    scale = _scales(left.document.language, right.document.language, model)["latent"]
    shared = _products(left.weights.latent, right.weights.latent)
    if not shared:
        return
    if encoder is None:
        reason = Reason("latent", left.document.title, right.document.title, None, 0.0)
        yield _Part(reason, scale * sum(shared.values()))
        return
    columns = np.array(sorted(shared))
    values = np.array([shared[column] for column in columns])
    rest = float(values.sum())
    one, other = phrases(left, vocabulary), phrases(right, vocabulary)
    if one and other:
        rows = model.latent.transform(csr_matrix(encoder.encode([*one, *other])))
        pairs = _align(rows[: len(one)], rows[len(one) :], columns, values)
        rest -= sum(amount for *_, amount in pairs)
        for i, j, amount in pairs:
            yield _Part(Reason("latent", one[i], other[j], None, 0.0), scale * amount)
    yield _Part(Reason("rest", "", "", None, 0.0), scale * max(rest, 0.0))


def _align(
    left: csr_matrix, right: csr_matrix, columns: Columns, values: Floats
) -> list[tuple[int, int, float]]:
    """Pairs of phrases, each phrase once, with what of the shared latent terms goes with them.

    Phrases are paired by their own likeness, counting more the more they hold of what the texts
    share. A shared term goes with the pair that shows it most strongly; one phrase is enough, for a
    text without its phrase would not share the term.
    """
    own = np.asarray((left @ right.T).todense(), dtype=np.float64)
    one = np.asarray(left[:, columns].todense(), dtype=np.float64)
    other = np.asarray(right[:, columns].todense(), dtype=np.float64)
    held = ((one > 0) @ values)[:, None] + ((other > 0) @ values)[None, :]
    likeness = own * held
    pairs: list[tuple[int, int]] = []
    while len(pairs) < min(_LATENT_PAIRS, *likeness.shape):
        i, j = divmod(int(likeness.argmax()), likeness.shape[1])
        if likeness[i, j] <= 0:
            break
        pairs.append((i, j))
        likeness[i, :] = likeness[:, j] = 0.0
    strength = np.array([one[i] + other[j] for i, j in pairs])
    if not pairs:
        return []
    owner = strength.argmax(axis=0)
    shown = strength.max(axis=0) > 0
    return [
        (i, j, float(values[shown & (owner == place)].sum())) for place, (i, j) in enumerate(pairs)
    ]


def phrases(side: Side, vocabulary: Mapping[str, int]) -> list[str]:
    """The phrases of a text that may stand for it, as they stand in it: runs of up to three words
    that say something, those of the title and those with the rarest terms first."""
    document = side.document
    aligned = _aligned(document)
    row = side.weights.words
    weights = dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
    terms = [
        (start, end, weights.get(vocabulary.get(term, -1), 0.0))
        for term, start, end, _ in aligned_terms(aligned.text, document.language)
    ]
    words = list(read_words(aligned.text, document.language))
    title_end = len(align(document.title.strip(), document.language).text)
    found: dict[str, tuple[float, str]] = {}
    for first, last in _phrase_spans(words, aligned.text):
        phrase = aligned.phrase(first, last).strip()
        inside = [weight for start, end, weight in terms if first <= start and end <= last]
        value = sum(inside) / max(len(inside), 1) ** 0.5 + (_TITLE if last <= title_end else 0.0)
        key = phrase.casefold()
        found[key] = max(found.get(key, (0.0, phrase)), (value, phrase))
    order = sorted(found.values(), key=lambda each: (-each[0], each[1]))
    return [phrase for _, phrase in order[:_PHRASES]]


def _phrase_spans(words: Sequence[Word], text: str) -> Iterable[tuple[int, int]]:
    run: list[Word] = []
    for word in words:
        gap = text[run[-1].end : word.start] if run else ""
        joined = not run or not gap or gap == " "
        if run and (word.weak or not joined or len(run) == _LONGEST_PHRASE):
            yield run[0].start, run[-1].end
            run = []
        if not word.weak:
            run.append(word)
    if run:
        yield run[0].start, run[-1].end


# Forms


def _form_parts(left: Document, right: Document, amounts: signals.SignalAmounts) -> Iterable[_Part]:
    if left.kind == right.kind:
        return
    swapped = left.kind == "need"
    offer, need = (right, left) if swapped else (left, right)
    for fit in signals.fits(offer.signals, need.signals, amounts):
        if fit.amount > 0:
            one, other = (fit.right, fit.left) if swapped else (fit.left, fit.right)
            yield _Part(Reason(fit.kind, one, other, fit.label, 0.0), fit.amount)
