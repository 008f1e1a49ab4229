"""CSV that people open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_text(lines: Iterable[Sequence[str]]) -> bytes:
    """Return lines in UTF-8 with the mark that spreadsheets look for; no text is computed."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_guarded(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _guarded(text: str) -> str:
    """Keep a spreadsheet from computing a text; no number that we write is below zero."""
    return f"'{text}" if text.startswith(_FORMULA) else text
