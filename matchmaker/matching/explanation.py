"""What made a score: phrases of both texts, aligned across languages, each with its share.

Every product of two weights that entered a cosine is given to exactly one phrase pair, so that the
shares of an explanation add up. What is too small to name is gathered in a last reason, "rest".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from matchmaker.matching import features, signals
from matchmaker.matching.analysis.normalisation import Aligned, align
from matchmaker.matching.analysis.terms import Word, aligned_terms, read_words
from matchmaker.matching.documents import Document, Reason
from matchmaker.matching.fitting import Blocks, Model
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.ranking import Floats, spelt_as
from matchmaker.matching.semantic import Encoder

MOST_REASONS = 10
_PHRASES = 14
_LATENT_PAIRS = 4
_LONGEST_PHRASE = 3
_LEAST_SHARE = 0.005


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
        *_latent_parts(left, right, encoder, scales["latent"]),
        *_form_parts(left.document, right.document),
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
        spent |= columns
        phrase = one.text[start:end]
        at = other.text.casefold().find(phrase.casefold())
        if at < 0:
            best = max(columns, key=lambda column: shared[column])
            spans = counterparts.get(best)
            if not spans:
                continue
            twin = other.phrase(*spans[0])
        else:
            twin = other.phrase(at, at + len(phrase))
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
    folded = other.casefold()
    runs: list[tuple[int, int]] = []
    for start, end in sorted({span for spans in places.values() for span in spans}):
        if runs and start <= runs[-1][1] + 1:
            first = runs[-1][0]
            last = max(end, runs[-1][1])
            if one[first:last].casefold() in folded:
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
    left: Side, right: Side, encoder: Encoder | None, scale: float
) -> Iterable[_Part]:
    shared = _products(left.weights.latent, right.weights.latent)
    if not shared:
        return
    if encoder is None:
        reason = Reason("latent", left.document.title, right.document.title, None, 0.0)
        yield _Part(reason, scale * sum(shared.values()))
        return
    columns = np.array(sorted(shared))
    values = np.array([shared[column] for column in columns])
    one, other = phrases(left.document), phrases(right.document)
    if not one or not other:
        yield _Part(Reason("rest", "", "", None, 0.0), scale * float(values.sum()))
        return
    encoded = csr_matrix(encoder.encode([*one, *other]))[:, columns]
    rows = np.asarray(encoded.todense(), dtype=np.float64)
    for i, j, amount in _align(rows[: len(one)], rows[len(one) :], values):
        yield _Part(Reason("latent", one[i], other[j], None, 0.0), scale * amount)
        values = values - _held(rows[i], rows[len(one) + j], values)
    if values.sum() > 0:
        yield _Part(Reason("rest", "", "", None, 0.0), scale * float(values.sum()))


def _held(left: Floats, right: Floats, values: Floats) -> Floats:
    """What of each shared latent term two phrases both hold."""
    return np.where((left > 0) & (right > 0), values, 0.0)


def _align(left: Floats, right: Floats, values: Floats) -> list[tuple[int, int, float]]:
    """Phrase pairs that hold the most of what is shared, each phrase once, each term once."""
    pairs: list[tuple[int, int, float]] = []
    values = values.copy()
    free_left, free_right = set(range(len(left))), set(range(len(right)))
    norms_left = np.linalg.norm(left, axis=1) + 1e-9
    norms_right = np.linalg.norm(right, axis=1) + 1e-9
    while len(pairs) < _LATENT_PAIRS and free_left and free_right:
        likeness = (left * values) @ right.T / norms_left[:, None] / norms_right[None, :]
        choices = [(float(likeness[i, j]), -i, -j) for i in free_left for j in free_right]
        best, minus_i, minus_j = max(choices)
        i, j = -minus_i, -minus_j
        held = _held(left[i], right[j], values)
        if best <= 0 or held.sum() <= 0:
            break
        pairs.append((i, j, float(held.sum())))
        values -= held
        free_left.discard(i)
        free_right.discard(j)
    return pairs


def phrases(document: Document) -> list[str]:
    """The phrases of a text that may stand for it: runs of up to three words that say something,
    from the title first, as they stand in the text."""
    aligned = _aligned(document)
    found: dict[str, tuple[int, str]] = {}
    for first, last in _phrase_spans(
        list(read_words(aligned.text, document.language)), aligned.text
    ):
        phrase = aligned.phrase(first, last).strip()
        key = phrase.casefold()
        times, kept = found.get(key, (0, phrase))
        found[key] = (times + 1, kept)
    # Phrases said twice before the others, else in the text's order, where the title comes first.
    order = sorted(enumerate(found.values()), key=lambda each: (-min(each[1][0], 2), each[0]))
    return [kept for _, (_, kept) in order[:_PHRASES]]


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


def _form_parts(left: Document, right: Document) -> Iterable[_Part]:
    if left.kind == right.kind:
        return
    swapped = left.kind == "need"
    offer, need = (right, left) if swapped else (left, right)
    for fit in signals.fits(offer.signals, need.signals):
        if fit.amount > 0:
            one, other = (fit.right, fit.left) if swapped else (fit.left, fit.right)
            yield _Part(Reason(fit.kind, one, other, fit.label, 0.0), fit.amount)
