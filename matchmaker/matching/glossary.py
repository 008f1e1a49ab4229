"""Multilingual concepts: their labels, and where they stand in a text.

Only confirmed labels (one author, a second who agreed unseen) count for matching; unconfirmed ones
serve to gloss a text for staff. Files are read and written in `glossary_files`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ahocorasick

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.glossary import MAX_LABEL, clean_text
from matchmaker.matching.analysis.normalisation import align, normalise
from matchmaker.matching.analysis.scripts import script_of
from matchmaker.matching.analysis.terms import read_words
from matchmaker.matching.analysis.zawgyi import burmese_encoding, to_unicode

Span = tuple[int, int, str]
"""Start and end in the text that was given, and the concept's id."""

_SPACED_LETTER = re.compile(r"[A-Za-z0-9\u00c0-\u024f\u1e00-\u1eff\u0b80-\u0bff]")
_PLURAL = {"en": ("s", "es"), "pt": ("s", "es")}
# Technical texts in every language use English terms; Tetum also Portuguese ones.
_ALSO = {"tet": ("pt", "en")}
_FOREIGN = 5
"""Letters from which an English name is sought in texts of other languages, where `tin` and `ore`
are other words. Acronyms are sought everywhere, in capitals only."""
_SYLLABIC = frozenset({"Thai", "Laoo", "Khmr", "Mymr"})
_SHORT = 4
"""Characters up to which a label in those scripts may be part of another word by chance."""
_LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")
_FOLLOWING_VOWELS = frozenset("ะาำๅະາຳຽ")
_STACKERS = frozenset("\u17d2\u1039")
"""Khmer coeng and Burmese virama: the next letter stands below the one before."""
_KILLER = "\u103a"
"""Burmese asat: the letter before it closes a syllable."""
_FALLBACK = {"zh-Hant": "zh-Hans", "tl": "fil", "zh": "zh-Hans"}


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that has a name in every language. `broader` is the id of the wider concept."""

    id: str
    sectors: tuple[str, ...] = ()
    definition: str = ""
    broader: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """One name of a concept in one language."""

    concept: str
    language: str
    text: str
    preferred: bool = True
    confirmed: bool = True


class Glossary:
    """Concepts by id, found in texts by longest match."""

    def __init__(self, concepts: Iterable[Concept] = (), labels: Iterable[Label] = ()) -> None:
        self.concepts: Mapping[str, Concept] = {concept.id: concept for concept in concepts}
        self.labels: tuple[Label, ...] = tuple(labels)
        self._by_concept: dict[tuple[str, str], list[Label]] = defaultdict(list)
        for label in self.labels:
            self._by_concept[label.concept, label.language].append(label)
        self._automata: dict[tuple[str, bool], Any] = {}
        self.version = self._digest()

    def find(self, text: str, language: str, *, unconfirmed: bool = False) -> list[Span]:
        """The concepts named in a text: longest first, none overlapping, in the text's order.

        `unconfirmed` also finds labels that nobody has confirmed: for glossing, never for matching.
        """
        automaton = self._automaton(language, unconfirmed=unconfirmed)
        if automaton is None:
            return []
        aligned = align(text, language)
        folded = fold(aligned.text)
        edges = _Edges(folded, language)
        found: list[tuple[int, int, str]] = []
        for last, (name, concept, plurals) in automaton.iter(folded):
            start, end = last - len(name) + 1, last + 1
            if name.isupper() and aligned.text[start:end] != name:
                continue
            whole = _whole_word(folded, start, end, plurals)
            if whole is not None and _stands_alone(folded, start, whole, edges):
                found.append((start, whole, concept))
        spans = []
        for start, end, concept in _longest(found):
            first, last = aligned.span(start, end)
            spans.append((first, last, concept))
        return spans

    def difference(self, other: Glossary) -> Glossary:
        """The confirmed labels that only one of the two has, as a glossary without concepts."""
        mine, theirs = (
            {(each.concept, each.language, each.text) for each in one.labels if each.confirmed}
            for one in (self, other)
        )
        return Glossary((), (Label(*key) for key in sorted(mine ^ theirs)))

    def mentions(self, text: str, language: str) -> bool:
        """Whether a confirmed label's letters stand in a text, as words of their own or not."""
        automaton = self._automaton(language, unconfirmed=False)
        folded = fold(align(text, language).text) if automaton is not None else ""
        return automaton is not None and next(automaton.iter(folded), None) is not None

    def label(self, concept: str, language: str) -> str | None:
        """A concept's name for a reader: preferred before others, confirmed before unconfirmed,
        the reader's language before English. None for an unknown concept."""
        language = _FALLBACK.get(language, language)
        for code in dict.fromkeys((language, "en")):
            labels = self._by_concept.get((concept, code))
            if labels:
                return max(labels, key=lambda each: (each.confirmed, each.preferred)).text
        return None

    def _automaton(self, language: str, *, unconfirmed: bool) -> Any:
        language = _FALLBACK.get(language, language)
        key = (language, unconfirmed)
        if key not in self._automata:
            automaton = ahocorasick.Automaton()
            # The text's own language last, so that its meaning of a shared spelling wins.
            for code in (*_ALSO.get(language, ("en",)), language):
                for label in self.labels:
                    if label.language != code or not (label.confirmed or unconfirmed):
                        continue
                    name = normalise(label.text, code).strip()
                    acronym = name.isascii() and name.isupper()
                    if len(name) < (2 if code == language or acronym else _FOREIGN):
                        continue
                    plurals = () if acronym else _PLURAL.get(code, ())
                    shown = name if acronym else fold(name)
                    automaton.add_word(fold(name), (shown, label.concept, plurals))
            if len(automaton):
                automaton.make_automaton()
                self._automata[key] = automaton
            else:
                self._automata[key] = None
        return self._automata[key]

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for label in sorted(self.labels, key=lambda each: (each.concept, each.language, each.text)):
            if label.confirmed:
                digest.update(f"{label.concept}\t{label.language}\t{label.text}\n".encode())
        return digest.hexdigest()[:12]


def checked_label(text: str) -> str:
    """Return a label's text that somebody wrote as it is kept: in Unicode, else as `kept_label`.

    Raises DomainError TEXT_UNREADABLE_ENCODING and as `kept_label`.
    """
    encoding = burmese_encoding(text)
    if encoding == "unclear":
        raise DomainError(ErrorCode.TEXT_UNREADABLE_ENCODING, field="text")
    return kept_label(to_unicode(text) if encoding == "zawgyi" else text)


def kept_label(text: str) -> str:
    """Return a phrase of a text that was taken in, as a label's text is kept: composed, with single
    spaces. Its encoding was judged with the whole text: a Shan word by itself may pass for Zawgyi.

    Raises DomainError TEXT_EMPTY and TEXT_TOO_LONG.
    """
    clean = clean_text(text)
    if not clean:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="text")
    if len(clean) > MAX_LABEL:
        raise DomainError(ErrorCode.TEXT_TOO_LONG, field="text", limit=MAX_LABEL, length=len(clean))
    return clean


def fold(text: str) -> str:
    """Lower case, letter by letter, so that places stay the same."""
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _whole_word(text: str, start: int, end: int, plurals: tuple[str, ...]) -> int | None:
    """The end of the word or words that stand at a place; None inside a longer word."""
    if _SPACED_LETTER.match(text[start]) and start and _SPACED_LETTER.match(text[start - 1]):
        return None
    if not _SPACED_LETTER.match(text[end - 1]):
        return end
    for ending in ("", *plurals):
        last = end + len(ending)
        closed = last >= len(text) or not _SPACED_LETTER.match(text[last])
        if text.startswith(ending, end) and closed:
            return last
    return None


class _Edges:
    """Where the dictionary sees words begin and end, looked up only when a short label asks."""

    def __init__(self, text: str, language: str) -> None:
        self._text, self._language = text, language
        self._edges: frozenset[int] | None = None

    def __contains__(self, place: int) -> bool:
        if self._edges is None:
            words = list(read_words(self._text, self._language))
            self._edges = frozenset(edge for word in words for edge in (word.start, word.end))
        return place in self._edges


def _stands_alone(text: str, start: int, end: int, edges: _Edges) -> bool:
    """Whether what stands there can be a word of its own, where words are not separated.

    In Thai, Lao, Khmer and Burmese a label must not cut a syllable, and a short one must end where
    words end: `ดิน` (soil) is no part of `เดิน` (walk). Long ones are trusted, because dictionaries
    cut loan words at random places.
    """
    if script_of(text[start]) not in _SYLLABIC:
        return True
    if start and text[start - 1] in _LEADING_VOWELS | _STACKERS:
        return False
    if text[end : end + 1] and (_joins(text[end]) or text[end + 1 : end + 2] == _KILLER):
        return False
    return end - start > _SHORT or (start in edges and end in edges)


def _joins(character: str) -> bool:
    """Whether a character belongs to the syllable before it."""
    return unicodedata.category(character) in {"Mn", "Mc"} or character in _FOLLOWING_VOWELS


def _longest(found: list[Span]) -> list[Span]:
    chosen: list[Span] = []
    taken = bytearray(max((end for _, end, _ in found), default=0))
    for start, end, concept in sorted(
        found, key=lambda each: (each[0] - each[1], each[0], each[2])
    ):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            chosen.append((start, end, concept))
    return sorted(chosen)
