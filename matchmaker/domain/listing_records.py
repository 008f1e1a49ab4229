"""One listing as a file or a table gives it: names and texts turned into codes, dates, amounts."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import partial
from typing import Any, Final, TypeVar

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import canonical
from matchmaker.domain.listing_content import Details, clean_text
from matchmaker.domain.vocabulary import (
    CodeField,
    ControlClass,
    IprStatus,
    ListingKind,
    PriceType,
    StageOfDevelopment,
    TextField,
)

LISTS: Final[Mapping[str, CodeField]] = {
    "sectors": CodeField.SECTOR,
    "keywords": CodeField.KEYWORD,
    "ipc_codes": CodeField.IPC_CODE,
    "partnership_types": CodeField.PARTNERSHIP_TYPE,
    "transfer_modes": CodeField.TRANSFER_MODE,
    "ip_types": CodeField.IP_TYPE,
    "target_countries": CodeField.TARGET_COUNTRY,
    "technology_areas": CodeField.TECHNOLOGY_AREA,
}
"""Fields of a record that hold several values: a list, or texts between semicolons."""
AMOUNTS: Final = ("price_min", "price_max", "budget_min", "budget_max")
TEXTS: Final[tuple[str, ...]] = tuple(field.value for field in TextField)
FIELDS: Final[tuple[str, ...]] = (
    "own_number", "kind", "language", *TEXTS, *LISTS, "stage_of_development", "trl", "ipr_status",
    "price_type", *AMOUNTS, "currency", "needed_by", "site",
)  # fmt: skip
"""Everything a record may hold, in the order of the template's columns."""
ALIASES: Final[Mapping[str, str]] = {
    "id": "own_number",
    "lang": "language",
    "text": "description",
    "wanted_stage_from": "stage_of_development",
}
"""Other names by which files of other origin call the same."""
_OTHER_FIELDS: Final = frozenset(
    {"control_class", "anonymous", "key", "organisation", "reference", "valid_until"}
)
"""What files hold besides: some of it is read, none of it is an error."""
_TITLE_FROM_TEXT: Final = 100
"""Characters of the description that stand in for a missing title."""
_LONGEST_AMOUNT: Final = 30
"""Characters: more, or an exponent, is no amount, and would be slow to compute."""

Record = Mapping[str, object]
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class ListingRecord:
    """A record whose names are known; its values are read, and refused, one by one."""

    fields: Record

    @classmethod
    def read(cls, record: Record) -> "ListingRecord":
        """Take a record with our names or their aliases. Raises DomainError for unknown names."""
        return cls(_known_fields(record))

    @property
    def own_number(self) -> str | None:
        return clean_text(_text(self.fields, "own_number") or "") or None

    @property
    def kind(self) -> ListingKind:
        return _member(self.fields, "kind", ListingKind)

    @property
    def language(self) -> str:
        """The supported code that the record's language means."""
        value = _text(self.fields, "language") or ""
        code = canonical(value)
        if code is None:
            raise _refused("language", value)
        return code

    @property
    def control_class(self) -> ControlClass:
        if "control_class" not in self.fields:
            return ControlClass.NOT_CHECKED
        return _member(self.fields, "control_class", ControlClass)

    def texts(self) -> dict[TextField, str]:
        """Return the texts that the record holds; a missing title is taken from the description."""
        texts = {
            field: value
            for field in TextField
            if (value := _text(self.fields, field.value)) is not None
        }
        if TextField.TITLE not in texts:
            words = texts.get(TextField.DESCRIPTION, "").strip().split("\n", 1)[0]
            if not words:
                raise DomainError(ErrorCode.TEXT_EMPTY, field=TextField.TITLE)
            texts[TextField.TITLE] = words[:_TITLE_FROM_TEXT].strip()
        return texts

    def details(self, saved: Details) -> Details:
        """Return the saved details with those that the record names."""
        codes = {code: _values(self.fields[name]) for name, code in self._lists()}
        named: dict[str, Any] = {
            name: read(self.fields, name) for name, read in _DETAILS.items() if name in self.fields
        }
        return replace(saved, **named).with_codes(codes)

    def problems(self) -> list[DomainError]:
        """Return everything that cannot be read, instead of stopping at the first."""
        found: list[DomainError] = []
        readers: list[Callable[[], object]] = [
            lambda: self.own_number,
            lambda: self.kind,
            lambda: self.language,
            lambda: self.control_class,
            self.texts,
            *(
                partial(read, self.fields, name)
                for name, read in _DETAILS.items()
                if name in self.fields
            ),
        ]
        for read in readers:
            try:
                read()
            except DomainError as error:
                found.append(error)
        return found

    def _lists(self) -> Iterator[tuple[str, CodeField]]:
        return ((name, code) for name, code in LISTS.items() if name in self.fields)


def _known_fields(record: Record) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, value in record.items():
        field = ALIASES.get(name, name)
        if field not in FIELDS and field not in _OTHER_FIELDS:
            raise DomainError(ErrorCode.SPREADSHEET_COLUMN_UNKNOWN, value=str(name)[:80])
        if value not in (None, "", []):
            fields[field] = value
    return fields


def _refused(name: str, value: str) -> DomainError:
    if not value.strip():
        return DomainError(ErrorCode.TEXT_EMPTY, field=name)
    return DomainError(ErrorCode.UNKNOWN_CODE, field=name, value=value[:40])


def _text(fields: Record, name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str | int | float):
        raise _refused(name, type(value).__name__)
    return str(value).strip()


def _values(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        parts: Collection[object] = value.replace("；", ";").split(";")
    else:
        parts = value if isinstance(value, list | tuple) else (value,)
    return tuple(text for part in parts if (text := str(part).strip()))


def _amount(fields: Record, name: str) -> int:
    """An amount is given in whole units with decimals, and kept in hundredths."""
    text = _text(fields, name) or ""
    plain = len(text) <= _LONGEST_AMOUNT and "e" not in text.lower()
    try:
        hundredths = Decimal(text if plain else "NaN") * 100
    except InvalidOperation:
        raise DomainError(ErrorCode.AMOUNT_INVALID, field=name) from None
    if not hundredths.is_finite() or hundredths != int(hundredths):
        raise DomainError(ErrorCode.AMOUNT_INVALID, field=name)
    return int(hundredths)


def _whole_number(fields: Record, name: str) -> int:
    text = _text(fields, name) or ""
    if not text.isdecimal() or len(text) > 9:
        raise _refused(name, text)
    return int(text)


def _date(fields: Record, name: str) -> date:
    text = _text(fields, name) or ""
    try:
        return date.fromisoformat(text[:10] if text[10:11] in ("T", " ") else text)
    except ValueError:
        raise DomainError(ErrorCode.DATE_INVALID, field=name) from None


def _member(fields: Record, name: str, enum: type[E]) -> E:
    value = _text(fields, name) or ""
    if value not in set(enum):
        raise _refused(name, value)
    return enum(value)


def _currency(fields: Record, name: str) -> str:
    return (_text(fields, name) or "").upper()


def _yes(fields: Record, name: str) -> bool:
    return fields[name] is True


_DETAILS: Final[Mapping[str, Callable[[Record, str], object]]] = {
    **dict.fromkeys(AMOUNTS, _amount),
    "trl": _whole_number,
    "needed_by": _date,
    "stage_of_development": partial(_member, enum=StageOfDevelopment),
    "ipr_status": partial(_member, enum=IprStatus),
    "price_type": partial(_member, enum=PriceType),
    "currency": _currency,
    "site": _text,
    "anonymous": _yes,
}
"""How the details that hold one value are read."""
