"""Cutting text into terms: what the word block counts, and the words that people can read.

- Chinese: character 1- to 3-grams (better than words on real needs and results)
- Thai, Lao, Khmer, Burmese: words of ICU's dictionaries, and pairs of neighbours
- Vietnamese: syllables and pairs of neighbours, tone marks kept
- other languages: words, stemmed where they have affixes
- in every language: formulas, acronyms, model and standard numbers, Greek letters, which belong to
  no language
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from icu4py.breakers import WordBreaker

from matchmaker.matching.analysis.normalisation import Aligned, align
from matchmaker.matching.analysis.scripts import script_of
from matchmaker.matching.data import words as word_list

TokenKind = Literal["word", "gram", "shared"]

_UNSPACED = {"Thai": "th", "Laoo": "lo", "Khmr": "km", "Mymr": "my"}
_GREEK_LETTERS = r"\u0370\u0371\u0373\u0376\u0377\u037b-\u037d\u0386\u0388-\u03ff"
_LETTERS = rf"A-Za-z0-9\u00c0-\u024f\u1e00-\u1eff{_GREEK_LETTERS}"
_RUN = re.compile(
    rf"[{_LETTERS}]+(?:[-./+'’][{_LETTERS}]+)*"
    r"|[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]+"
    r"|[\u0e00-\u0e7f]+|[\u0e80-\u0eff]+|[\u1780-\u17ff]+|[\u0b80-\u0bff]+"
    r"|[\u1000-\u103f\u104c-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f]+"
)
_HAS_DIGIT = re.compile(r"\d")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_HAS_GREEK = re.compile(rf"[{_GREEK_LETTERS}]")
_PARTS = re.compile(r"[^-./+'’]+")
_JOINTS = re.compile(r"[-./+'’]")
_STEMMED = 2_000
"""Different words of a text that are stemmed, some of which take milliseconds each; no text that
anybody wrote has more."""
_stem_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Token:
    """A term and where it stands in the text that was given."""

    term: str
    start: int
    end: int
    kind: TokenKind


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is read, in the normalised text; `weak` when it says nothing by itself."""

    text: str
    start: int
    end: int
    script: str
    weak: bool
    shared: bool = False


def tokens(text: str, language: str) -> list[Token]:
    """The terms of a text with their places in it, in the text's order."""
    aligned = align(text, language)
    return [
        Token(term, *aligned.span(start, end), kind)
        for term, start, end, kind in aligned_terms(aligned.text, language)
    ]


def aligned_terms(text: str, language: str) -> Iterator[tuple[str, int, int, TokenKind]]:
    """The terms of a normalised text, with places in the normalised text."""
    previous: tuple[Word, str] | None = None
    stems: dict[str, str] = {}
    for word in read_words(text, language, chinese_words=False):
        if word.script == "Hani":
            previous = None
            yield from _grams(word, text)
            continue
        term = word.text if word.shared else _stemmed(word, language, stems)
        if not word.weak:
            yield term, word.start, word.end, "shared" if word.shared else "word"
        if word.script in _UNSPACED or language == "vi":
            if previous is not None and _adjacent(text, previous[0], word):
                both_weak = previous[0].weak and word.weak
                if not both_weak:
                    yield f"{previous[1]} {term}", previous[0].start, word.end, "gram"
            previous = (word, term)


def read_words(text: str, language: str, *, chinese_words: bool = True) -> Iterator[Word]:
    """The words of a normalised text; Chinese runs whole unless `chinese_words`."""
    stops = word_list(f"stopwords/{'zh-Hans' if language == 'zh-Hant' else language}")
    shouting = _mostly_capitals(text)
    for match in _RUN.finditer(text):
        run, start = match[0], match.start()
        script = script_of(run[0])
        if script == "Hani" and chinese_words:
            yield from _dictionary_words(run, start, script, _chinese_cut)
        elif script == "Hani":
            yield Word(run, start, match.end(), script, weak=False)
        elif script in _UNSPACED:
            yield from _dictionary_words(run, start, script, _icu_cut(_UNSPACED[script]))
        elif script == "Taml":
            yield Word(run, start, match.end(), script, weak=run in stops or len(run) < 2)
        else:
            yield from _latin_words(run, start, stops, shouting=shouting)


def stem(word: str, language: str) -> str:
    """The word without its affixes, where the language has them and a stemmer is at hand."""
    if language in {"id", "ms"}:
        return _stem_malay(word)
    if language in {"en", "pt", "ta"}:
        return _stem_snowball(word, language)
    return word


def _stemmed(word: Word, language: str, known: dict[str, str]) -> str:
    """A word's stem, looked up in those of its text; the word itself where they are too many."""
    if word.text not in known:
        if len(known) >= _STEMMED:
            return word.text
        known[word.text] = stem(word.text, _stem_language(word, language))
    return known[word.text]


def _grams(word: Word, text: str) -> Iterator[tuple[str, int, int, TokenKind]]:
    stops = word_list("stopwords/zh-Hans")
    for size in (1, 2, 3):
        for start in range(word.start, word.end - size + 1):
            gram = text[start : start + size]
            if gram not in stops:
                yield gram, start, start + size, "gram"


def _adjacent(text: str, first: Word, second: Word) -> bool:
    between = text[first.end : second.start]
    return not between or between.isspace()


def _latin_words(run: str, start: int, stops: frozenset[str], *, shouting: bool) -> Iterator[Word]:
    if _is_shared(run, shouting=shouting):
        if _HAS_LETTER.search(run) or len(run) >= 3:
            term = _JOINTS.sub("", run).casefold()
            yield Word(term, start, start + len(run), "Latn", weak=len(term) < 2, shared=True)
        return
    for part in _PARTS.finditer(run):
        word = part[0].casefold()
        greek = _HAS_GREEK.search(word) is not None
        weak = not greek and (len(word) < 2 or word in stops or word.isdigit())
        first, last = start + part.start(), start + part.end()
        yield Word(word, first, last, "Latn", weak=weak, shared=greek)


def _is_shared(run: str, *, shouting: bool) -> bool:
    """Whether a run is a formula, acronym or number: the same in every language."""
    if _HAS_DIGIT.search(run):
        return True
    if shouting or len(run) > 12:
        return False
    capitals = sum(character.isupper() for character in run)
    return capitals >= 2 or (capitals == 1 and not run[0].isupper() and run.isalpha())


def _mostly_capitals(text: str) -> bool:
    """Whether the text is written in capitals throughout, so that they tell no acronym."""
    long_words: list[str] = re.findall(r"[A-Za-z]{4,}", text[:400])
    loud = sum(word.isupper() for word in long_words)
    return loud >= 3 and 2 * loud > len(long_words)


_Cut = Callable[[str], list[tuple[int, int]]]


def _dictionary_words(run: str, start: int, script: str, cut: _Cut) -> Iterator[Word]:
    language = _UNSPACED.get(script, "zh-Hans")
    stops = word_list(f"stopwords/{language}")
    for first, last in cut(run):
        word = run[first:last]
        if _HAS_LETTER.search(word):
            weak = word in stops or len(word) < 2
            yield Word(word, start + first, start + last, script, weak=weak)


def _icu_cut(language: str) -> _Cut:
    return lambda run: list(WordBreaker(run, language).segments())


def _chinese_cut(run: str) -> list[tuple[int, int]]:
    import rjieba  # noqa: PLC0415  (loads its dictionary)

    return [(first, last) for _, first, last in rjieba.tokenize(run, "default", True)]


def _stem_language(word: Word, language: str) -> str:
    # English words stand in texts of every other script.
    if word.script == "Latn" and language in {"zh-Hans", "zh-Hant", "th", "lo", "km", "my", "ta"}:
        return "en"
    return language if word.script in {"Latn", "Taml"} else ""


@lru_cache(maxsize=100_000)
def _stem_snowball(word: str, language: str) -> str:
    # A stemmer keeps the word it works on: one at a time.
    with _stem_lock:
        return str(_snowball(language).stemWord(word))


@lru_cache(maxsize=100_000)
def _stem_malay(word: str) -> str:
    with _stem_lock:
        return str(_sastrawi().stem(word)) or word


@cache
def _snowball(language: str) -> Any:
    import snowballstemmer  # noqa: PLC0415

    return snowballstemmer.stemmer({"en": "english", "pt": "portuguese", "ta": "tamil"}[language])


@cache
def _sastrawi() -> Any:
    from Sastrawi.Stemmer.StemmerFactory import StemmerFactory  # noqa: PLC0415

    return StemmerFactory().create_stemmer()


__all__ = ["Aligned", "Token", "Word", "aligned_terms", "read_words", "stem", "tokens"]
