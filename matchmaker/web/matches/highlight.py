"""Marking in a text the phrases that made a score."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

_SHORTEST = 2
"""A single letter marks nothing; a single Han character is a word."""


def highlight(text: str, phrases: Iterable[str]) -> Markup:
    """Return `text`, escaped, with each occurrence of a phrase in <mark>; case does not matter.

    Overlapping phrases are marked as one stretch.
    """
    parts: list[Markup] = []
    place = 0
    for start, end in _stretches(text, phrases):
        parts.append(escape(text[place:start]))
        parts.append(Markup("<mark>{}</mark>").format(text[start:end]))
        place = end
    parts.append(escape(text[place:]))
    return Markup("").join(parts)


def _stretches(text: str, phrases: Iterable[str]) -> list[tuple[int, int]]:
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters grow in lower case: then only equal case is found
        lowered = text
    spans = []
    for phrase in phrases:
        wanted = phrase.strip().lower()
        if len(wanted) < _SHORTEST and wanted.isascii():
            continue
        start = lowered.find(wanted)
        while start >= 0:
            if _begins_word(lowered, start):
                spans.append((start, start + len(wanted)))
            start = lowered.find(wanted, start + len(wanted))
    return _merged(spans)


def _begins_word(text: str, start: int) -> bool:
    """Tell whether a Latin word is not cut out of the middle of a longer one."""
    before = text[start - 1] if start else " "
    return not (before.isascii() and before.isalnum() and text[start].isascii())


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
