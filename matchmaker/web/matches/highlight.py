"""Marking in a text the phrases that made a score."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from markupsafe import Markup, escape

_SHORTEST = 2
"""A single letter marks nothing; a single Han character is a word."""


class Phrase(NamedTuple):
    """What to mark, and the number of its reason, if it has one, which stands behind it."""

    words: str
    number: int | None = None


class _Stretch(NamedTuple):
    start: int
    end: int
    numbers: tuple[int, ...]


def highlight(text: str, phrases: Iterable[Phrase]) -> Markup:
    """Return `text`, escaped, with each occurrence of a phrase in <mark>; case does not matter.

    Overlapping phrases are marked as one stretch. The reasons' numbers are in an attribute, which
    the style sheet shows: they are no part of the text when it is copied.
    """
    parts: list[Markup] = []
    place = 0
    for start, end, numbers in _stretches(text, phrases):
        parts.append(escape(text[place:start]))
        shown = Markup(' data-reasons="{}"').format(" ".join(map(str, numbers))) if numbers else ""
        parts.append(Markup("<mark{}>{}</mark>").format(shown, text[start:end]))
        place = end
    parts.append(escape(text[place:]))
    return Markup("").join(parts)


def _stretches(text: str, phrases: Iterable[Phrase]) -> list[_Stretch]:
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow in lower case: then only equal case is found
        lowered = text
    found = []
    for words, number in phrases:
        numbers = () if number is None else (number,)
        wanted = words.strip().lower()
        if len(wanted) < _SHORTEST and wanted.isascii():
            continue
        start = lowered.find(wanted)
        while start >= 0:
            if _begins_word(lowered, start):
                found.append(_Stretch(start, start + len(wanted), numbers))
            start = lowered.find(wanted, start + len(wanted))
    return _merged(found)


def _begins_word(text: str, start: int) -> bool:
    """Tell whether a Latin word is not cut out of the middle of a longer one."""
    before = text[start - 1] if start else " "
    return not (before.isascii() and before.isalnum() and text[start].isascii())


def _merged(stretches: list[_Stretch]) -> list[_Stretch]:
    merged: list[_Stretch] = []
    for each in sorted(stretches):
        last = merged[-1] if merged else None
        if last is not None and each.start < last.end:
            numbers = tuple(sorted({*last.numbers, *each.numbers}))
            merged[-1] = _Stretch(last.start, max(last.end, each.end), numbers)
        else:
            merged.append(each)
    return merged
