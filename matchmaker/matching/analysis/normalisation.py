"""One spelling for one text: Unicode forms, invisible marks, Traditional Chinese, Zawgyi."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchmaker.domain.marks import without_heaps
from matchmaker.matching.analysis.scripts import traditional_characters
from matchmaker.matching.analysis.zawgyi import BurmeseEncoding, burmese_encoding, to_unicode

__all__ = ["Aligned", "BurmeseEncoding", "align", "burmese_encoding", "normalise"]

# Zero-width space, joiners and marks, word joiner, byte-order mark, soft hyphen.
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_MYANMAR = re.compile("[\u1000-\u109f]")
# What normalisation may put together stays together: a letter with its marks, the two halves of
# Thai and Lao "am", of Tamil and Burmese vowels.
_CLUSTER = re.compile(
    "(?s).(?:\u0e4d\u0e32|\u0ecd\u0eb2|[\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u0bbe\u0bd7\u102e\u1037\u103a])*"
)


@dataclass(frozen=True, slots=True)
class Aligned:
    """A normalised text that knows where each of its characters stood in the source."""

    text: str
    source: str
    starts: NDArray[np.int32] | None
    ends: NDArray[np.int32] | None

    def phrase(self, start: int, end: int) -> str:
        """The source's own words for the normalised text's characters from start to end."""
        first, last = self.span(start, end)
        return self.source[first:last]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from start to end stand in the source."""
        if self.starts is None or self.ends is None or start >= end:
            return start, end
        return int(self.starts[start]), int(self.ends[end - 1])


def normalise(text: str, language: str | None = None) -> str:
    """The text in NFKC with Thai and Lao am kept whole, no invisible marks, Simplified, Unicode.

    `language` spares Chinese conversion where Han characters are not Chinese; None converts all.
    """
    if burmese_encoding(text) == "zawgyi":
        text = to_unicode(text)
    return _simplify(_compose(_INVISIBLE.sub("", text)), language)


def align(text: str, language: str | None = None) -> Aligned:
    """As `normalise`, remembering places. Zawgyi is converted first and is then its own source."""
    if burmese_encoding(text) == "zawgyi":
        text = to_unicode(text)
    if _compose(text) == text and not _INVISIBLE.search(text):
        return Aligned(_simplify(text, language), text, None, None)
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CLUSTER.finditer(text):
        part = _compose(_INVISIBLE.sub("", match[0]))
        parts.append(part)
        starts.extend([match.start()] * len(part))
        ends.extend([match.end()] * len(part))
    return Aligned(
        _simplify("".join(parts), language),
        text,
        np.array(starts, dtype=np.int32),
        np.array(ends, dtype=np.int32),
    )


def _compose(text: str) -> str:
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", without_heaps(text))
    # NFKC takes Thai and Lao "am" apart, which no dictionary and no reader does.
    return text.replace("\u0e4d\u0e32", "\u0e33").replace("\u0ecd\u0eb2", "\u0eb3")


def _simplify(text: str, language: str | None) -> str:
    if language not in {None, "zh-Hans", "zh-Hant", "zh"} or not _HAN.search(text):
        return text
    if traditional_characters()[0].isdisjoint(text):
        return text
    simple = str(_converter().convert(text))
    if len(simple) == len(text):
        return simple
    # A phrase changed its length: places matter more than the phrase.
    single = (str(_converter().convert(character)) for character in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, single, strict=True))


@cache
def _converter() -> Any:
    import opencc  # noqa: PLC0415  (reads its dictionaries: half a second)

    return opencc.OpenCC("t2s")
