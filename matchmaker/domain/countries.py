"""China, the eleven ASEAN members, and the provinces of China. Names come from Babel."""

from typing import Final

CHINA: Final = "CN"
ASEAN: Final[tuple[str, ...]] = (
    "BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "TL", "VN",
)  # fmt: skip
MEMBERS: Final[tuple[str, ...]] = (CHINA, *ASEAN)
"""The countries of the network, in a fixed order; pages sort them by name."""

PROVINCES: Final[dict[str, tuple[str, ...]]] = {
    CHINA: tuple(
        f"CN-{code}"
        for code in (
            "AH BJ CQ FJ GD GS GX GZ HA HB HE HI HK HL HN JL JS JX LN MO NM NX QH SC SD SH SN SX "
            "TJ TW XJ XZ YN ZJ"
        ).split()
    )
}
"""ISO 3166-2 codes of the provinces that a centre may cover."""

LANGUAGE_OF: Final[dict[str, str]] = {
    "CN": "zh-Hans", "BN": "ms", "KH": "km", "ID": "id", "LA": "lo", "MY": "ms", "MM": "my",
    "PH": "fil", "SG": "en", "TH": "th", "TL": "pt", "VN": "vi",
}  # fmt: skip
"""The language to offer first to somebody of a country."""
