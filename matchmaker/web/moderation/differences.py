"""What a new version of a text changes, word by word, marked with <ins> and <del>."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from markupsafe import Markup, escape

from matchmaker.matching.analysis.normalisation import align
from matchmaker.matching.analysis.terms import read_words

_BETWEEN: Final = re.compile(r"\w+|\s+|.")


def marked(old: str, new: str, language: str) -> Markup:
    """Return the new text with what was added in <ins> and what was removed in <del>.

    Words of languages without spaces are found by their dictionaries, so that no letter is torn
    from its vowel signs.
    """
    before, after = list(pieces(old, language)), list(pieces(new, language))
    parts: list[Markup] = []
    for step, start, end, new_start, new_end in SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        removed, added = "".join(before[start:end]), "".join(after[new_start:new_end])
        if step == "equal":
            parts.append(escape(added))
            continue
        if removed:
            parts.append(Markup("<del>{}</del>").format(removed))
        if added:
            parts.append(Markup("<ins>{}</ins>").format(added))
    return Markup("").join(parts)


def marked_values(old: Sequence[str], new: Sequence[str]) -> Markup:
    """Return a list of values, separated by commas, with those that came and went marked."""
    parts = [
        escape(value) if value in new else Markup("<del>{}</del>").format(value) for value in old
    ]
    parts += [Markup("<ins>{}</ins>").format(value) for value in new if value not in old]
    return Markup(", ").join(parts)


def pieces(text: str, language: str) -> Iterator[str]:
    """Yield a text in words and in what stands between them; joined, they give the text."""
    aligned = align(text, language)
    place = 0
    for word in read_words(aligned.text, language):
        start, end = aligned.span(word.start, word.end)
        if start < place:
            continue
        yield from _BETWEEN.findall(text[place:start])
        yield text[start:end]
        place = end
    yield from _BETWEEN.findall(text[place:])
