"""The scripts of our languages by code point, and the two kinds of Chinese characters."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from importlib.util import find_spec
from pathlib import Path

_RANGES: tuple[tuple[int, int, str], ...] = (
    (0x0041, 0x005A, "Latn"),
    (0x0061, 0x007A, "Latn"),
    (0x00AA, 0x00AA, "Latn"),
    (0x00BA, 0x00BA, "Latn"),
    (0x00C0, 0x024F, "Latn"),
    (0x0300, 0x036F, "Latn"),
    (0x0B80, 0x0BFF, "Taml"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Laoo"),
    (0x1000, 0x109F, "Mymr"),
    (0x1780, 0x17FF, "Khmr"),
    (0x1E00, 0x1EFF, "Latn"),
    (0x3005, 0x3007, "Hani"),
    (0x3040, 0x30FF, "Jpan"),
    (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"),
    (0xA9E0, 0xA9FF, "Mymr"),
    (0xAA60, 0xAA7F, "Mymr"),
    (0xAC00, 0xD7AF, "Kore"),
    (0xF900, 0xFAFF, "Hani"),
    (0x20000, 0x3134F, "Hani"),
)
_STARTS = [start for start, _, _ in _RANGES]


@cache
def script_of(character: str) -> str:
    """The ISO 15924 code of a character's script, or "Zyyy" for what is common or not ours."""
    code = ord(character)
    place = bisect_right(_STARTS, code) - 1
    if place >= 0 and code <= _RANGES[place][1]:
        return _RANGES[place][2]
    return "Zyyy"


@cache
def traditional_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Characters that are only Traditional, and those that are only Simplified (OpenCC's table)."""
    spec = find_spec("opencc")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("opencc-python-reimplemented is not installed")
    table = Path(spec.submodule_search_locations[0]) / "dictionary" / "TSCharacters.txt"
    old: set[str] = set()
    new: set[str] = set()
    for line in table.read_text(encoding="utf-8").splitlines():
        traditional, _, simplified = line.partition("\t")
        forms = simplified.split()
        if forms and traditional not in forms:
            old.add(traditional)
            new.update(forms)
    return frozenset(old), frozenset(new - old)
