"""The languages that the site speaks, and those it accepts in listings."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Language:
    """A language. `code` is BCP 47, `gettext` the name of its catalogue folder."""

    code: str
    own_name: str
    script: str
    gettext: str
    separated: bool
    """Whether words are written with spaces between them."""


SITE_LANGUAGES: Final[tuple[Language, ...]] = (
    Language("zh-Hans", "简体中文", "Hans", "zh_Hans", separated=False),
    Language("en", "English", "Latn", "en", separated=True),
    Language("vi", "Tiếng Việt", "Latn", "vi", separated=True),
    Language("th", "ไทย", "Thai", "th", separated=False),
    Language("id", "Bahasa Indonesia", "Latn", "id", separated=True),
    Language("ms", "Bahasa Melayu", "Latn", "ms", separated=True),
    Language("lo", "ລາວ", "Laoo", "lo", separated=False),
    Language("km", "ខ្មែរ", "Khmr", "km", separated=False),
    Language("my", "မြန်မာ", "Mymr", "my", separated=False),
    Language("fil", "Filipino", "Latn", "fil", separated=True),
    Language("pt", "Português", "Latn", "pt", separated=True),
    Language("ta", "தமிழ்", "Taml", "ta", separated=True),
)
TEXT_ONLY_LANGUAGES: Final[tuple[Language, ...]] = (
    Language("tet", "Tetun", "Latn", "tet", separated=True),
    Language("zh-Hant", "繁體中文", "Hant", "zh_Hant", separated=False),
)

LOCALES: Final[tuple[str, ...]] = tuple(language.code for language in SITE_LANGUAGES)
BRIDGE: Final = "en"
"""The language that every text falls back to."""

TEXT_LANGUAGES: Final[dict[str, Language]] = {
    language.code: language for language in SITE_LANGUAGES + TEXT_ONLY_LANGUAGES
}
"""Every language in which a listing may be written."""

ALIASES: Final[dict[str, str]] = {
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-hans": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "zh-hant": "zh-Hant",
    "tl": "fil",
    "in": "id",
}

READABLE_AS: Final[dict[str, str]] = {"zh-Hant": "zh-Hans"}
"""A reader of the value also reads the key."""


def canonical(tag: str) -> str | None:
    """Return the supported code that a BCP 47 tag means, or None.

    `tl` means `fil`, `zh-CN` means `zh-Hans`; a region is dropped (`en-SG` means `en`).
    """
    lowered = tag.strip().replace("_", "-").lower()
    parts = lowered.split("-")
    for length in range(len(parts), 0, -1):
        candidate = "-".join(parts[:length])
        if candidate in ALIASES:
            return ALIASES[candidate]
        if candidate in TEXT_LANGUAGES:
            return candidate
    return None


def reads(languages: frozenset[str], language: str) -> bool:
    """Tell whether somebody who reads `languages` reads a text in `language`."""
    return language in languages or READABLE_AS.get(language) in languages


def choose(available: list[str], wanted: str, original: str) -> str:
    """Choose the language to show: the reader's own, else English, else the original.

    `available` is not empty and holds `original`.
    """
    for language in (wanted, *(k for k, v in READABLE_AS.items() if v == wanted), BRIDGE):
        if language in available:
            return language
    return original if original in available else available[0]
