"""Zawgyi: Burmese text in an old font's own order and code points, told apart and converted.

Zawgyi stores what is seen: the vowel ေ and the medial ြ come before their consonant, and several
code points stand for shapes. Unicode stores what is said. The tables follow the published chart of
the Zawgyi-One font.
"""

from __future__ import annotations

import re
from typing import Literal

BurmeseEncoding = Literal["unicode", "zawgyi", "unclear"]

_CONSONANT = "\u1000-\u1021"
_PREFIX_RA = "\ue000"
_KINZI_MARK = "\ue001"
_KINZI = "\u1004\u103a\u1039"

# A stacked consonant is written as virama and consonant.
_STACKED = {
    0x1060: 0x1000, 0x1061: 0x1001, 0x1062: 0x1002, 0x1063: 0x1003, 0x1065: 0x1005,
    0x1066: 0x1006, 0x1067: 0x1006, 0x1068: 0x1007, 0x1069: 0x1008, 0x106C: 0x100B,
    0x106D: 0x100C, 0x1070: 0x100F, 0x1071: 0x1010, 0x1072: 0x1010, 0x1073: 0x1011,
    0x1074: 0x1011, 0x1075: 0x1012, 0x1076: 0x1013, 0x1077: 0x1014, 0x1078: 0x1015,
    0x1079: 0x1016, 0x107A: 0x1017, 0x107B: 0x1018, 0x1093: 0x1018, 0x107C: 0x1019,
    0x1085: 0x101C,
}  # fmt: skip

_SHAPES = {
    0x1033: "\u102f",
    0x1034: "\u1030",
    0x1039: "\u103a",
    0x103A: "\u103b",
    0x107D: "\u103b",
    0x103B: _PREFIX_RA,
    0x103C: "\u103d",
    0x103D: "\u103e",
    0x104E: "\u104e\u1004\u103a\u1038",
    0x105A: "\u102b\u103a",
    0x1064: _KINZI_MARK,
    0x106A: "\u1009",
    0x106B: "\u100a",
    0x106E: "\u100d\u1039\u100d",
    0x106F: "\u100d\u1039\u100e",
    0x1086: "\u103f",
    0x1087: "\u103e",
    0x1088: "\u103e\u102f",
    0x1089: "\u103e\u1030",
    0x108A: "\u103d\u103e",
    0x108B: _KINZI_MARK + "\u102d",
    0x108C: _KINZI_MARK + "\u102e",
    0x108D: _KINZI_MARK + "\u1036",
    0x108E: "\u102d\u1036",
    0x108F: "\u1014",
    0x1090: "\u101b",
    0x1091: "\u100f\u1039\u100d",
    0x1092: "\u100b\u1039\u100c",
    0x1094: "\u1037",
    0x1095: "\u1037",
    0x1096: "\u1039\u1010\u103d",
    0x1097: "\u100b\u1039\u100b",
}
_TABLE: dict[int, str] = (
    _SHAPES
    | dict.fromkeys(range(4222, 4229), _PREFIX_RA)
    | {code: "\u1039" + chr(base) for code, base in _STACKED.items()}
)

_SIGNS = "\u102b-\u1032\u1036-\u1038\u103a-\u103e" + _PREFIX_RA + _KINZI_MARK
# The digits zero and seven were typed for the letters wa and ra, which look the same.
_ZERO_AS_WA = re.compile(f"(?<=[\u1031{_PREFIX_RA}])\u1040|\u1040(?=[{_SIGNS}])")
_SEVEN_AS_RA = re.compile(f"(?<=[\u1031{_PREFIX_RA}])\u1047|\u1047(?=[{_SIGNS}])")
_SYLLABLE = re.compile(
    f"(?P<e>\u1031?)(?P<ra>{_PREFIX_RA}?)(?P<base>[{_CONSONANT}\u103f\u1025\u1029])"
    f"(?P<tail>(?:[\u102b-\u1030\u1032\u1036-\u1038\u103a-\u103e{_KINZI_MARK}]"
    f"|\u1039[{_CONSONANT}])*)"
)
_STACK = re.compile(f"\u1039[{_CONSONANT}]")
_ORDER = {
    mark: place
    for place, mark in enumerate(
        "\u103b\u103c\u103d\u103e\u1031\u102d\u102e\u1032\u102f\u1030\u102b\u102c\u103a\u1036\u1037\u1038"
    )
}

_ZAWGYI_SIGNS = re.compile(
    f"[\u1060-\u1097]|(?:^|(?<=[\\s\u104a\u104b(]))\u1031|\u1039(?![{_CONSONANT}])"
    "|(?<=\u1038)\u1031"
)
_UNICODE_SIGNS = re.compile(
    f"[\u103e\u103f]|(?<=[{_CONSONANT}])\u103a(?=[\u1037\u1038\\s\u104a\u104b]|$)"
    f"|[\u102c\u102b]\u103a"
)


def burmese_encoding(text: str) -> BurmeseEncoding | None:
    """How Burmese text is encoded; None when it holds no Burmese, "unclear" when both seem mixed.

    A form refuses what is unclear and asks for the text to be typed with a Unicode keyboard.
    """
    if not re.search("[\u1000-\u109f]", text):
        return None
    zawgyi = len(_ZAWGYI_SIGNS.findall(text))
    unicode_ = len(_UNICODE_SIGNS.findall(text))
    if zawgyi == 0:
        return "unicode"
    if zawgyi > 2 * unicode_:
        return "zawgyi"
    return "unicode" if unicode_ > 4 * zawgyi else "unclear"


def to_unicode(text: str) -> str:
    """Zawgyi text in Unicode's code points and order."""
    text = text.replace("\u200b", "").translate(_TABLE)
    text = _ZERO_AS_WA.sub("\u101d", text)
    text = _SEVEN_AS_RA.sub("\u101b", text)
    text = _SYLLABLE.sub(_reorder, text)
    text = text.replace("\u1025\u102e", "\u1026").replace("\u1025\u103a", "\u1009\u103a")
    return text.replace(_PREFIX_RA, "\u103c").replace(_KINZI_MARK, _KINZI)


def _reorder(match: re.Match[str]) -> str:
    tail = match["tail"]
    kinzi = _KINZI if _KINZI_MARK in tail else ""
    stack = "".join(_STACK.findall(tail))
    marks = _STACK.sub("", tail).replace(_KINZI_MARK, "")
    marks += "\u103c" if match["ra"] else ""
    marks += match["e"]
    ordered = "".join(sorted(marks, key=lambda mark: _ORDER.get(mark, len(_ORDER))))
    return kinzi + match["base"] + stack + ordered
