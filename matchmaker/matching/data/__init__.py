"""Language resources: word lists, one word a line, written for this project."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent


@cache
def words(name: str) -> frozenset[str]:
    """The words of a list such as "stopwords/th"; empty where there is none."""
    path = _FOLDER / f"{name}.txt"
    if not path.exists():
        return frozenset()
    lines = path.read_text(encoding="utf-8").split()
    return frozenset(lines)
