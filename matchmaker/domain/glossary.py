"""The glossary's rules: codes of concepts, languages and texts of labels."""

import re
import unicodedata
from typing import Final

from matchmaker.domain.languages import READABLE_AS, TEXT_LANGUAGES, canonical
from matchmaker.domain.marks import without_heaps

MAX_CODE: Final = 64
MAX_LABEL: Final = 200
MAX_DEFINITION: Final = 2000
LABEL_LANGUAGES: Final[tuple[str, ...]] = tuple(
    code for code in TEXT_LANGUAGES if code not in READABLE_AS
)
"""The languages of labels. Traditional Chinese is none: a label in it is found as Simplified."""

_CODE: Final = re.compile(rf"[a-z][a-z0-9_]{{0,{MAX_CODE - 1}}}")
_OTHERS: Final = re.compile(r"[^a-z0-9]+")


def is_code(text: str) -> bool:
    """Tell whether a concept may have this code: lower case, digits and _, a letter first."""
    return _CODE.fullmatch(text) is not None


def code_from(text: str) -> str:
    """Return the nearest code to a name or identifier; empty where it has no Latin letter or digit.

    `Bagasse (dry)` gives `bagasse_dry`, `c_12332` stays, `12332` gives `c_12332`.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    code = _OTHERS.sub("_", plain).strip("_")
    if code[:1].isdigit():
        code = f"c_{code}"
    return code[:MAX_CODE].rstrip("_")


def label_language(tag: str) -> str | None:
    """Return the language of a label with this BCP 47 tag, or None where we have none."""
    code = canonical(tag)
    return READABLE_AS.get(code, code) if code else None


def clean_text(text: str) -> str:
    """Return a label or definition in one line, with composed and no control characters."""
    printable = (
        character if unicodedata.category(character) not in {"Cc", "Cs"} else " "
        for character in text
    )
    return unicodedata.normalize("NFC", without_heaps(" ".join("".join(printable).split())))
