"""Phrases of a text that may be technical terms: runs of one to four words that say something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matchmaker.matching.analysis.normalisation import align
from matchmaker.matching.analysis.terms import Word, read_words, stem
from matchmaker.matching.data import words as word_list
from matchmaker.matching.glossary import fold

Place = tuple[int, float]
"""A passage, and where in it: 0 is its start, 1 its end."""

_LONGEST: Final[Mapping[str, int]] = {"vi": 4, "th": 4, "lo": 4, "km": 4, "my": 4}
"""Words of a phrase: more where what is cut off is a syllable or half a loan word."""
_WORDS: Final = 3
_CHARACTERS: Final = 60
_LINKS: Final[Mapping[str, frozenset[str]]] = {
    "en": frozenset({"of"}),
    "fil": frozenset({"na", "ng"}),
    "pt": frozenset({"da", "das", "de", "do", "dos"}),
}
"""Words that join the parts of a term."""
_VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("me", "di", "ber", "ter"),
    "ms": ("me", "di", "ber", "ter"),
}
_UNITS: Final = frozenset({"bar", "cm", "ha", "kg", "km", "kw", "mg", "min", "ml", "mm", "ppm"})
_LATIN: Final = frozenset({"en", "vi", "id", "ms", "fil", "pt", "tet"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as it first stands in the text, and all its places."""

    key: str
    text: str
    places: tuple[Place, ...]


def find_phrases(passages: Sequence[str], language: str, *, unlike: str = "") -> list[Phrase]:
    """The phrases of a text given by its passages, by key (lower case), each once.

    Left out: what stands in `unlike`, the other text, as well (names, formulas, borrowed words);
    phrases in Latin letters where the language has others; verbs, as far as their form tells.
    """
    foreign = fold(unlike)
    found: dict[str, tuple[str, list[Place]]] = {}
    for number, passage in enumerate(passages):
        aligned = align(passage, language)
        length = max(len(aligned.text), 1)
        for first, last in _spans(list(read_words(aligned.text, language)), aligned.text, language):
            text = aligned.phrase(first, last).strip()
            key = fold(text)
            if len(text) <= _CHARACTERS and key not in foreign and _is_term(key, language):
                places = found.setdefault(key, (text, []))[1]
                places.append((number, (first + last) / 2 / length))
    return [Phrase(key, text, tuple(places)) for key, (text, places) in sorted(found.items())]


def _spans(words: Sequence[Word], text: str, language: str) -> Iterator[tuple[int, int]]:
    links = _LINKS.get(language, frozenset())
    longest = _LONGEST.get(language, _WORDS)
    for place, first in enumerate(words):
        if first.weak or first.shared:
            continue
        count, end = 0, first.start
        for word in words[place:]:
            gap = text[end : word.start]
            if gap not in ("", " ") or word.shared or (word.weak and word.text not in links):
                break
            end = word.end
            count += not word.weak
            if count > longest:
                break
            if not word.weak:
                yield first.start, word.end


def _is_term(key: str, language: str) -> bool:
    if language not in _LATIN and any("a" <= letter <= "z" for letter in key):
        return False
    if len(key) < (3 if language in _LATIN else 2):
        return False
    parts = key.split()
    if not _UNITS.isdisjoint(parts):
        return False
    if language == "en":
        light = word_list("general/light")
        if parts[0] in light or parts[-1] in light or key.endswith(("ed", "ly")):
            return False
        return len(parts) > 1 or key not in word_list("general/en")
    verbs = _VERBS.get(language)
    return not (verbs and parts[0].startswith(verbs) and stem(parts[0], language) != parts[0])
