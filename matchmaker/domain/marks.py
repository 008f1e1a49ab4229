"""Combining marks: no more in a row than people write."""

import re
import unicodedata
from typing import Final

MOST_MARKS: Final = 30
"""Marks in a row that are kept, as in Unicode's stream-safe form: normalisation sorts them in a
time that grows with the square of their number, and no word has so many."""

_SIGNS: Final = re.compile(rf"[^\w\s]{{{MOST_MARKS + 1},}}")


def without_heaps(text: str) -> str:
    """Return a text with at most MOST_MARKS marks in a row, ready to be normalised."""
    return _SIGNS.sub(_few_marks, text)


def _few_marks(signs: re.Match[str]) -> str:
    kept, marks = [], 0
    for sign in signs[0]:
        marks = marks + 1 if unicodedata.category(sign).startswith("M") else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)
