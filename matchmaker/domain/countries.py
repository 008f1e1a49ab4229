"""China, the eleven ASEAN members, and the provinces of China. Names come from Babel."""

from typing import Final

CHINA: Final = "CN"
ASEAN: Final[tuple[str, ...]] = (
    "BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "TL", "VN",
)  # fmt: skip
MEMBERS: Final[tuple[str, ...]] = (CHINA, *ASEAN)
"""The countries of the network, in a fixed order; pages sort them by name."""

PROVINCES: Final[dict[str, tuple[str, ...]]] = {
    CHINA: (
        "CN-AH", "CN-BJ", "CN-CQ", "CN-FJ", "CN-GD", "CN-GS", "CN-GX", "CN-GZ", "CN-HA", "CN-HB",
        "CN-HE", "CN-HI", "CN-HK", "CN-HL", "CN-HN", "CN-JL", "CN-JS", "CN-JX", "CN-LN", "CN-MO",
        "CN-NM", "CN-NX", "CN-QH", "CN-SC", "CN-SD", "CN-SH", "CN-SN", "CN-SX", "CN-TJ", "CN-TW",
        "CN-XJ", "CN-XZ", "CN-YN", "CN-ZJ",
    ),
}  # fmt: skip
"""ISO 3166-2 codes of the provinces that a centre may cover."""

LANGUAGE_OF: Final[dict[str, str]] = {
    "CN": "zh-Hans", "BN": "ms", "KH": "km", "ID": "id", "LA": "lo", "MY": "ms", "MM": "my",
    "PH": "fil", "SG": "en", "TH": "th", "TL": "pt", "VN": "vi",
}  # fmt: skip
"""The language to offer first to somebody of a country."""
