"""Pairs of terms in two languages that seem to mean the same, for people to confirm.

They come from two texts that say the same (a listing and its translation) or that people found to
fit (an offer and a need). Three grounds, the surest first:

- label: one text names a concept by a confirmed label, the other by one that nobody has confirmed
- concept: one text names a concept that has no confirmed label in the other language, and a phrase
  of the other text is closer to its names in all languages than any other phrase is
- phrases: only where the texts say the same: two phrases at like places are closest to each other,
  closer than to everyday words, and sound technical

The last two need latent terms. Few good pairs are better than many: every wrong one costs a person
a look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags

from matchmaker.matching.data import words as word_list
from matchmaker.matching.glossary import Glossary, fold
from matchmaker.matching.semantic import CachedEncoder, Encoder, empty_rows, stack
from matchmaker.matching.term_phrases import Phrase, find_phrases
from matchmaker.matching.weighting import Weighting

Floats = NDArray[np.float64]
Ground = Literal["label", "concept", "phrases"]

LABEL_SCORE: Final = 0.9
_LEAST_CONCEPT: Final = 0.15
_LEAST_PHRASES: Final = 0.28
_SHORTER: Final = 0.92
"""Of phrases that stand in each other the shortest is taken that is nearly as close as the best."""
_PLACE: Final = 0.15
"""What standing at the same place of a translation adds to the closeness of two phrases."""
_NEAR: Final = 0.05
"""How far apart, in parts of the passage, two places may be to count as nearly the same."""
_NEIGHBOURS: Final = 5
_EVERYDAY: Final = 0.8
"""Phrases are refused that are nearly as close to an everyday word as to each other."""
_TECHNICAL: Final = 0.005
_NAMES: Final = 250
_FEWEST_NAMES: Final = 40
_EVERYDAY_WORDS: Final = 350


@dataclass(frozen=True, slots=True)
class TextPair:
    """Two texts by their passages. `parallel`: one translates the other, passage by passage."""

    left_language: str
    left: tuple[str, ...]
    right_language: str
    right: tuple[str, ...]
    parallel: bool

    def turned(self) -> TextPair:
        """The same with its sides exchanged."""
        return replace(
            self,
            left_language=self.right_language,
            left=self.right,
            right_language=self.left_language,
            right=self.left,
        )


@dataclass(frozen=True, slots=True)
class TermPair:
    """Two terms as they stand in their texts; `score` is 0 to 1, `concept` what has one of them."""

    left_language: str
    left: str
    right_language: str
    right: str
    score: float
    ground: Ground
    concept: str | None = None

    def turned(self) -> TermPair:
        """The same with its sides exchanged."""
        return replace(
            self,
            left_language=self.right_language,
            left=self.right,
            right_language=self.left_language,
            right=self.left,
        )


class TermFinder:
    """Finds pairs with one glossary; without an encoder only those of the ground `label`."""

    def __init__(self, glossary: Glossary, encoder: Encoder | None) -> None:
        self._glossary = glossary
        self._encoder = None if encoder is None else CachedEncoder(encoder)
        self._names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._known: dict[str, dict[str, str]] = defaultdict(dict)
        self._labels_of: dict[tuple[str, str], list[str]] = defaultdict(list)
        for label in glossary.labels:
            self._labels_of[label.concept, label.language].append(label.text)
            if label.confirmed:
                self._names[label.concept].append((label.language, label.text))
                self._known[label.language].setdefault(fold(label.text), label.concept)

    def find(self, texts: TextPair) -> list[TermPair]:
        """The pairs of two texts, the surest first; none where both are in one language."""
        if texts.left_language == texts.right_language:
            return []
        turned = texts.turned()
        found = [*self._waiting(texts), *(pair.turned() for pair in self._waiting(turned))]
        if self._encoder is not None:
            found += self._concepts(texts)
            found += [pair.turned() for pair in self._concepts(turned)]
            if texts.parallel:
                found += self._phrases(texts)
        return _apart(found)

    # Known concepts

    def _waiting(self, texts: TextPair) -> list[TermPair]:
        """Concepts confirmed on the left and named by an unconfirmed label on the right."""
        left = self._named(texts.left, texts.left_language)
        sure = self._named(texts.right, texts.right_language)
        right = self._named(texts.right, texts.right_language, unconfirmed=True)
        confirmed = self._known[texts.right_language]
        return [
            TermPair(
                texts.left_language, left[concept], texts.right_language, right[concept],
                LABEL_SCORE, "label", concept,
            )
            for concept in sorted(left.keys() & right.keys() - sure.keys())
            if fold(right[concept]) not in confirmed and fold(left[concept]) != fold(right[concept])
        ]  # fmt: skip

    def _named(
        self, passages: Sequence[str], language: str, *, unconfirmed: bool = False
    ) -> dict[str, str]:
        """The label by which a text first names each concept. What an English name says in a text
        of another language is left out: it is no label there."""
        names: dict[str, str] = {}
        for passage in passages:
            for start, end, concept in self._glossary.find(
                passage, language, unconfirmed=unconfirmed
            ):
                seen = fold(passage[start:end])
                labels = [
                    text
                    for text in self._labels_of[concept, language]
                    if seen.startswith(fold(text))
                ]
                if labels:
                    names.setdefault(concept, max(labels, key=len))
        return names

    def _concepts(self, texts: TextPair) -> list[TermPair]:
        """Phrases on the right for concepts of the left that have no name in its language."""
        left = self._named(texts.left, texts.left_language)
        language = texts.right_language
        nameless = [
            concept for concept in left if all(code != language for code, _ in self._names[concept])
        ]
        phrases = find_phrases(texts.right, language)
        if not nameless or not phrases:
            return []
        concepts = sorted(left)
        names = [list(dict.fromkeys(text for _, text in self._names[c])) for c in concepts]
        flat = [text for group in names for text in group]
        rows = _unit(*self._rows([phrase.text for phrase in phrases], flat))
        likeness = _dense(rows[0] @ rows[1].T)
        ends = np.cumsum([len(group) for group in names])[:-1]
        means = np.array([part.mean(axis=1) for part in np.split(likeness, ends, axis=1)])
        found = []
        for place, concept in enumerate(concepts):
            best = int(means[place].argmax())
            closest = means[:, best].argmax() == place
            if concept not in nameless or not closest or means[place, best] < _LEAST_CONCEPT:
                continue
            phrase = phrases[_shortest(phrases, means[place], best)]
            if phrase.key in self._known[language]:
                continue
            score = _bounded(2.0 * means[place, best])
            found.append(
                TermPair(
                    texts.left_language, left[concept], language, phrase.text,
                    score, "concept", concept,
                )
            )  # fmt: skip
        return found

    # Phrases of a translation

    def _phrases(self, texts: TextPair) -> list[TermPair]:
        left = find_phrases(texts.left, texts.left_language, unlike="\n".join(texts.right))
        right = find_phrases(texts.right, texts.right_language, unlike="\n".join(texts.left))
        if not left or not right or self._technical is None:
            return []
        everyday = _everyday()
        rows = self._rows(
            [phrase.text for phrase in left], [phrase.text for phrase in right], everyday
        )
        one, other, common = _unit(*rows, fitted=2)
        own = _dense(one @ other.T)
        close = _without_hubs(own) + _PLACE * _places(left, right)
        plain = np.maximum(
            _dense(one @ common.T).max(axis=1)[:, None], _dense(other @ common.T).max(axis=1)
        )
        technical = self._technical.of(rows[0])[:, None] + self._technical.of(rows[1])
        taken = self._named(texts.left, texts.left_language).keys()
        also = self._named(texts.right, texts.right_language).keys()
        found = []
        for i, phrase in enumerate(left):
            j = int(close[i].argmax())
            if close[:, j].argmax() != i or close[i, j] < _LEAST_PHRASES:
                continue
            if plain[i, j] > _EVERYDAY * own[i, j] or technical[i, j] < 2 * _TECHNICAL:
                continue
            first = self._known[texts.left_language].get(phrase.key)
            second = self._known[texts.right_language].get(right[j].key)
            if (first and second) or first in also or second in taken:
                continue
            found.append(
                TermPair(
                    texts.left_language, phrase.text, texts.right_language, right[j].text,
                    _bounded(close[i, j]), "phrases", first or second,
                )
            )  # fmt: skip
        return found

    def _rows(self, *groups: Sequence[str]) -> list[csr_matrix]:
        if self._encoder is None:
            return [empty_rows(len(group)) for group in groups]
        return [self._encoder.encode(list(group)) for group in groups]

    @cached_property
    def _technical(self) -> _Technical | None:
        """What tells technical phrases from everyday ones; None with too small a glossary."""
        names = sorted({t for group in self._names.values() for code, t in group if code == "en"})
        if len(names) < _FEWEST_NAMES:
            return None
        return _Technical(*self._rows(_some(names, _NAMES), _everyday()))


class _Technical:
    """Where between everyday words and the names of concepts a phrase stands (after Rocchio)."""

    def __init__(self, technical: csr_matrix, everyday: csr_matrix) -> None:
        self._idf = Weighting.fit(stack((technical, everyday))).idf
        means = [
            np.asarray(_scaled(rows, self._idf).mean(axis=0)).ravel()
            for rows in (technical, everyday)
        ]
        self._direction: Floats = means[0] - means[1]

    def of(self, rows: csr_matrix) -> Floats:
        """More than 0: rather technical; the names of concepts have about 0.01."""
        return np.asarray(_scaled(rows, self._idf) @ self._direction, dtype=np.float64)


def _everyday() -> list[str]:
    return _some(sorted(word_list("general/en")), _EVERYDAY_WORDS)


def _some(texts: Sequence[str], most: int) -> list[str]:
    """Up to so many, evenly chosen: encoding each costs some milliseconds."""
    step = max(1, -(-len(texts) // most))
    return list(texts[::step])


def _unit(*groups: csr_matrix, fitted: int | None = None) -> list[csr_matrix]:
    """Rows of length 1, weighed by how rare each latent term is among these phrases: what only
    says "this is Lao" stands in all of them. `fitted`: the first groups alone tell what is rare."""
    idf = Weighting.fit(stack(groups[:fitted])).idf
    return [_scaled(group, idf) for group in groups]


def _scaled(rows: csr_matrix, idf: Floats) -> csr_matrix:
    weighed = csr_matrix(rows.astype(np.float64) @ diags(idf))
    norms = np.sqrt(np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel())
    norms[norms == 0] = 1.0
    return csr_matrix(diags(1.0 / norms) @ weighed)


def _dense(matrix: csr_matrix) -> Floats:
    return np.asarray(matrix.todense(), dtype=np.float64)


def _without_hubs(likeness: Floats) -> Floats:
    """Likeness less half of what a phrase has with its nearest of the other side on average: some
    phrases are like everything."""
    rows = np.sort(likeness, axis=1)[:, -_NEIGHBOURS:].mean(axis=1)
    columns = np.sort(likeness, axis=0)[-_NEIGHBOURS:].mean(axis=0)
    return np.asarray(likeness - (rows[:, None] + columns[None, :]) / 4, dtype=np.float64)


def _places(left: Sequence[Phrase], right: Sequence[Phrase]) -> Floats:
    """How alike the places are where phrases stand in a text and in its translation, 0 to 1."""
    passages = 1 + max(place for phrase in (*left, *right) for place, _ in phrase.places)
    bins = round(1 / _NEAR)
    centres = (np.arange(bins) + 0.5) / bins
    tables = []
    for phrases in (left, right):
        table = np.zeros((len(phrases), passages * bins))
        for row, phrase in enumerate(phrases):
            for passage, at in phrase.places:
                near = np.exp(-((centres - at) ** 2) / (2 * _NEAR**2))
                part = table[row, passage * bins : (passage + 1) * bins]
                np.maximum(part, near, out=part)
        tables.append(table / np.linalg.norm(table, axis=1, keepdims=True))
    return np.asarray(tables[0] @ tables[1].T, dtype=np.float64)


def _shortest(phrases: Sequence[Phrase], likeness: Floats, best: int) -> int:
    """The shortest part of the best phrase that is nearly as close as the whole."""
    whole = phrases[best].key
    parts = [
        place
        for place, phrase in enumerate(phrases)
        if phrase.key in whole and likeness[place] >= _SHORTER * likeness[best]
    ]
    return min(parts, key=lambda place: (len(phrases[place].key), place))


def _bounded(value: float) -> float:
    return round(float(min(max(value, 0.0), 1.0)), 3)


def _apart(found: Sequence[TermPair]) -> list[TermPair]:
    """The best first, without those that share or hold a term of a better one."""
    kept: list[TermPair] = []
    for pair in sorted(found, key=lambda each: (each.ground, -each.score, each.left, each.right)):
        if not any(_overlap(pair, other) for other in kept):
            kept.append(pair)
    return sorted(kept, key=lambda each: (-each.score, each.left, each.right))


def _overlap(pair: TermPair, other: TermPair) -> bool:
    sides = ((pair.left, other.left), (pair.right, other.right))
    return any(fold(one) in fold(two) or fold(two) in fold(one) for one, two in sides)
