"""Names of countries, regions and provinces, in the reader's language.

They come from Babel (CLDR) and, for provinces, from a table of ours. An operator replaces any of
them with a CSV file of the columns code, locale, name: see MATCHMAKER_COUNTRY_NAMES.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from babel import Locale
from flask import current_app, has_app_context

from matchmaker.domain.countries import MEMBERS, PROVINCES
from matchmaker.domain.languages import BRIDGE
from matchmaker.i18n.locales import GETTEXT_NAME, current_locale

_PROVINCE_FILE = Path(__file__).parent / "data" / "provinces.csv"
Names = dict[tuple[str, str], str]


@cache
def read_names(path: Path) -> Names:
    """Read a file of names: (code, locale) -> name. A missing file has none.

    Raises KeyError when a column is missing.
    """
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {(row["code"], row["locale"]): row["name"] for row in csv.DictReader(file)}


def place_name(code: str, locale: str | None = None) -> str:
    """Return the name of a country (`LA`) or province (`CN-GX`), the code itself if unknown."""
    wanted = locale or current_locale()
    files: list[Names] = [read_names(_PROVINCE_FILE)]
    if has_app_context():
        files.insert(0, read_names(Path(current_app.config["COUNTRY_NAMES_FILE"])))
    for language in (wanted, BRIDGE):
        for names in files:
            if (code, language) in names:
                return names[code, language]
        territory = Locale.parse(GETTEXT_NAME[language]).territories.get(code)
        if territory is not None:
            return str(territory)
    return code


def country_choices(*, others: bool = True) -> list[tuple[str, str]]:
    """Return (code, name): the network's members by name, then the rest of the world by name."""
    members = sorted(((code, place_name(code)) for code in MEMBERS), key=_by_name)
    if not others:
        return members
    rest = sorted(
        ((code, place_name(code)) for code in _countries() if code not in MEMBERS), key=_by_name
    )
    return members + rest


def province_choices(country: str) -> list[tuple[str, str]]:
    """Return (code, name) of the provinces that we know of a country, by name."""
    return sorted(((code, place_name(code)) for code in PROVINCES.get(country, ())), key=_by_name)


def _by_name(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


@cache
def _countries() -> tuple[str, ...]:
    """ISO 3166-1 codes: CLDR's territories without groups (digits) and its private codes."""
    private = {"EU", "EZ", "UN", "QO", "XA", "XB", "XK", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC",
               "TA", "HK", "MO", "TW"}  # fmt: skip
    codes = [str(code) for code in Locale.parse("en").territories]
    return tuple(code for code in codes if len(code) == 2 and code not in private)
