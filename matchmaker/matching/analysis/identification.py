"""Which language a text is in, and how sure that is.

Scripts of their own decide by themselves (Khmer, Lao, Burmese, Thai, Tamil, Han). Latin text is
judged by py3langid, restricted to our languages, corrected by telling words where it is weak:
Indonesian and Malay, Filipino full of English, and Tetum, which it does not know.
"""

from __future__ import annotations

import math
import re
import threading
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

from matchmaker.matching.analysis.scripts import script_of, traditional_characters
from matchmaker.matching.data import words

MIXED = "mixed"
UNDETERMINED = "und"

_BY_SCRIPT = {
    "Khmr": "km",
    "Laoo": "lo",
    "Mymr": "my",
    "Thai": "th",
    "Taml": "ta",
    "Hani": "zh-Hans",
}
_LATIN = ("en", "vi", "id", "ms", "pt", "fil", "tet")
# A Han character says as much as a short word, other letters of these scripts as two of Latin.
_WEIGHT = {"Hani": 3.0, "Latn": 1.0}
_MIXED_FROM = 0.3
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_LATIN_LETTERS = "A-Za-z\u00c0-\u024f\u1e00-\u1eff"
# Runs of one script: Chinese is written around Latin names without a blank.
_RUNS = re.compile(rf"[{_LATIN_LETTERS}]+|[^\W\d_{_LATIN_LETTERS}]+")
_TELLING_WORD_WEIGHT = 6.0
_CLOSE = {"id", "ms"}
_CLOSE_DOUBT = 4.0
"""The model is as sure of Indonesian against Malay as of any other two, and often wrong."""
_MAX_CHARACTERS = 3_000
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Identification:
    """A language code, "mixed" or "und", and how sure that is, from 0 to 1."""

    language: str
    confidence: float


def identify(text: str) -> Identification:
    """Say which of our languages the text is in.

    "mixed" when two languages in different scripts both hold a large part; "und" when there are no
    letters. Acronyms, formulas and other short Latin words in a non-Latin text do not count.
    """
    text = unicodedata.normalize("NFC", text[:_MAX_CHARACTERS])
    weights = _script_weights(text)
    total = sum(weights.values())
    if not total:
        return Identification(UNDETERMINED, 0.0)
    ranked = sorted(weights.items(), key=lambda each: (-each[1], each[0]))
    script, weight = ranked[0]
    share = weight / total
    if len(ranked) > 1 and ranked[1][1] / total >= _MIXED_FROM:
        return Identification(MIXED, round(min(1.0, 2 * ranked[1][1] / total), 3))
    if script == "Latn":
        return _identify_latin(text, share)
    language = _BY_SCRIPT.get(script)
    if language is None:
        return Identification(UNDETERMINED, 0.0)
    if language == "zh-Hans" and _is_traditional(text):
        language = "zh-Hant"
    # One or two characters may be a name or a slip.
    enough = min(1.0, weight / 8)
    return Identification(language, round(share * (0.5 + 0.5 * enough), 3))


def _script_weights(text: str) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    short = 0.0
    for match in _RUNS.finditer(text):
        run = match[0]
        for character in run:
            script = script_of(character)
            weights[script] += _WEIGHT.get(script, 2.0)
        if script_of(run[0]) == "Latn" and (len(run) < 3 or sum(map(str.isupper, run)) > 1):
            short += len(run)
    # In a text of another script, acronyms, formulas and units belong to no language.
    if any(weights[s] > weights["Latn"] - short for s in _BY_SCRIPT) and weights["Latn"]:
        weights["Latn"] = max(0.0, weights["Latn"] - short)
    return {script: weight for script, weight in weights.items() if weight > 0}


def _is_traditional(text: str) -> bool:
    traditional, simplified = traditional_characters()
    old = sum(character in traditional for character in text)
    new = sum(character in simplified for character in text)
    return old > new


def _identify_latin(text: str, share: float) -> Identification:
    found = [match[0].lower() for match in _LETTERS.finditer(text)]
    found = [word for word in found if script_of(word[0]) == "Latn"]
    model = _model_scores(" ".join(found))
    marked = {
        language: _TELLING_WORD_WEIGHT * sum(word in marks for word in found)
        for language in _LATIN
        for marks in (words(f"telling_words/{language}"),)
    }
    best, second = sorted(_LATIN, key=lambda code: -model[code] - marked[code])[:2]
    margin = model[best] - model[second]
    if {best, second} == _CLOSE:
        margin /= _CLOSE_DOUBT
    margin += marked[best] - marked[second]
    sure = 1 / (1 + math.exp(-margin / 4))
    enough = min(1.0, sum(map(len, found)) / 20)
    return Identification(best, round(share * sure * (0.5 + 0.5 * enough), 3))


def _model_scores(text: str) -> dict[str, float]:
    with _lock:
        ranked: list[tuple[str, float]] = _model().rank(text)
    scores = {{"tl": "fil"}.get(str(code), str(code)): float(score) for code, score in ranked}
    # Unknown to the model: it stands where the best stands, less what plain text costs it.
    scores["tet"] = max(scores.values()) - 12.0
    return scores


@cache
def _model() -> Any:
    from py3langid import langid  # noqa: PLC0415  (loads its model: a third of a second)

    langid.set_languages(["en", "vi", "id", "ms", "pt", "tl"])
    return langid
