"""What people write into the columns that take codes: codes, or names in any language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from babel import Locale
from babel.numbers import get_currency_name
from flask_babel import force_locale
from sqlalchemy.orm import Session

from matchmaker.domain.countries import MEMBERS
from matchmaker.domain.languages import LOCALES, TEXT_LANGUAGES
from matchmaker.domain.listing_records import LISTS
from matchmaker.domain.money import CURRENCIES
from matchmaker.domain.vocabulary import (
    IprStatus,
    IpType,
    ListingKind,
    PartnershipType,
    PriceType,
    StageOfDevelopment,
    TechnologyArea,
    TransferMode,
)
from matchmaker.i18n.countries import country_choices, place_name
from matchmaker.i18n.formats import currency_label, language_name
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import GETTEXT_NAME, current_locale
from matchmaker.queries.imports import sector_codes
from matchmaker.queries.sectors import sector_choices

ENUMS: Final[Mapping[str, type[StrEnum]]] = {
    "kind": ListingKind,
    "stage_of_development": StageOfDevelopment,
    "ipr_status": IprStatus,
    "price_type": PriceType,
    "partnership_types": PartnershipType,
    "transfer_modes": TransferMode,
    "ip_types": IpType,
    "technology_areas": TechnologyArea,
}
_SEMICOLONS: Final = re.compile(r"[;；\n]")
_COMMAS: Final = re.compile(r"[,，、]")
_LEVEL: Final = re.compile(r"(?:trl)?[\s\-–]*([1-9])", re.IGNORECASE)


def value_key(text: str) -> str:
    """Return a value without differences of case, width and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Vocabulary:
    """The codes of each field by everything that means them."""

    codes: Mapping[str, Mapping[str, str]]

    def record(self, row: Mapping[str, str]) -> dict[str, object]:
        """Return a row with codes where its words are known; other words stay as they are."""
        return {field: self._value(field, text) for field, text in row.items()}

    def _value(self, field: str, text: str) -> object:
        known = self.codes.get(field)
        if field in LISTS:
            return list(_parts(text, known))
        if field == "trl":
            level = _LEVEL.fullmatch(unicodedata.normalize("NFKC", text))
            return level[1] if level else text
        return known.get(value_key(text), text) if known else text


def _parts(text: str, known: Mapping[str, str] | None) -> Iterator[str]:
    """Values between semicolons; between commas too where that makes sense."""
    parts = [part.strip() for part in _SEMICOLONS.split(text) if part.strip()]
    if known is None:
        yield from ([part.strip() for part in _COMMAS.split(text)] if len(parts) == 1 else parts)
        return
    for part in parts:
        pieces = [part] if value_key(part) in known else _COMMAS.split(part)
        codes = [known.get(value_key(piece)) for piece in pieces if piece.strip()]
        yield from ([code for code in codes if code] if all(codes) else [part])


def vocabulary(session: Session) -> Vocabulary:
    """Collect the names of all codes in all languages; the reader's own go first."""
    own = current_locale()
    sectors = sector_codes(session)
    codes: dict[str, dict[str, str]] = {}
    for locale in (own, *LOCALES):
        with force_locale(GETTEXT_NAME[locale]):
            for field, name, code in _names(sectors.get(locale, {})):
                codes.setdefault(field, {}).setdefault(value_key(name), code)
    for field, name, code in _codes():
        codes[field][value_key(name)] = code
    for name, code in ((name, code) for code, name in country_choices()):
        codes["target_countries"].setdefault(value_key(name), code)
        codes["target_countries"][value_key(code)] = code
    return Vocabulary(codes)


def _names(sectors: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(field, name, code) in the language of this moment."""
    for field, enum in ENUMS.items():
        yield from ((field, str(label(member)), member.value) for member in enum)
    yield from (("language", language_name(code), code) for code in TEXT_LANGUAGES)
    yield from (("target_countries", place_name(code), code) for code in MEMBERS)
    yield from (("sectors", name, code) for name, code in sectors.items())
    locale = Locale.parse(GETTEXT_NAME[current_locale()])
    for currency in CURRENCIES:
        yield "currency", get_currency_name(currency, locale=locale), currency
        yield "currency", currency_label(currency), currency


def _codes() -> Iterator[tuple[str, str, str]]:
    """(field, name, code) of what is the same in all languages."""
    for field, enum in ENUMS.items():
        yield from ((field, member.value, member.value) for member in enum)
    for code, language in TEXT_LANGUAGES.items():
        yield "language", language.own_name, code
        yield "language", code, code
    yield from (("currency", code, code) for code in CURRENCIES)


def allowed(session: Session, field: str) -> list[tuple[str, str]]:
    """Return (name, code) of the values of a column, in the reader's language; empty for a column
    that takes other things."""
    if field in ENUMS:
        return [(str(label(member)), member.value) for member in ENUMS[field]]
    if field == "sectors":
        found = sector_choices(session, current_locale())
        return [(sector.name, sector.code) for sector in found]
    if field == "language":
        return [(language_name(code), code) for code in TEXT_LANGUAGES]
    if field == "currency":
        return [(currency_label(code), code) for code in CURRENCIES]
    if field == "target_countries":
        return [(place_name(code), code) for code in MEMBERS]
    return [(str(level), str(level)) for level in range(1, 10)] if field == "trl" else []
