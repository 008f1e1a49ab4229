"""What a listing says: its coded details and their rules, what is needed to submit, who reads what.

Rules return DomainErrors instead of raising them where a caller wants all of them at once.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from enum import IntEnum, StrEnum
from typing import Final
from urllib.parse import urlsplit

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.marks import without_heaps
from matchmaker.domain.money import CURRENCIES, MAX_HUNDREDTHS
from matchmaker.domain.vocabulary import (
    MAX_SECTORS,
    TEXT_LIMITS,
    CodeField,
    ConfidentialAfter,
    IprStatus,
    IpType,
    ListingKind,
    OrganisationSize,
    OrganisationType,
    PartnershipType,
    PriceType,
    StageOfDevelopment,
    TechnologyArea,
    TextField,
    TransferMode,
)

VALID_DAYS: Final = 365
MAX_SITE: Final = 300
MAX_URL: Final = 500
MAX_OWN_NUMBER: Final = 64
MAX_KEYWORD: Final = 120
MAX_CODES: Final = 30
"""The most values of one coded field."""
SDGS: Final[tuple[str, ...]] = tuple(str(number) for number in range(1, 18))
"""The United Nations' Sustainable Development Goals, by number."""
TRLS: Final[tuple[int, ...]] = tuple(range(1, 10))

_IPC: Final = re.compile(r"[A-H]\d{2}([A-Z](\d{1,4}/\d{2,6})?)?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
CODE_KINDS: Final[dict[CodeField, type[StrEnum]]] = {
    CodeField.PARTNERSHIP_TYPE: PartnershipType,
    CodeField.TRANSFER_MODE: TransferMode,
    CodeField.PARTNER_TYPE: OrganisationType,
    CodeField.PARTNER_SIZE: OrganisationSize,
    CodeField.IP_TYPE: IpType,
    CodeField.TECHNOLOGY_AREA: TechnologyArea,
}
"""The coded fields whose values are the members of an enumeration."""
_OFFER_ONLY: Final = frozenset(
    {"trl", "ipr_status", "price_type", "price_min", "price_max", CodeField.IP_TYPE}
)
_NEED_ONLY: Final = frozenset({"budget_min", "budget_max", "needed_by"})
_SCENARIO_ONLY: Final = frozenset({"site", CodeField.TECHNOLOGY_AREA})


class Tier(IntEnum):
    """Who reads what: each tier holds the ones below it."""

    PUBLIC = 1
    MEMBER = 2
    CASE = 3


PUBLIC_TEXT: Final[frozenset[TextField]] = frozenset({TextField.TITLE, TextField.SUMMARY})
CASE_TEXT: Final[frozenset[TextField]] = frozenset({TextField.CONFIDENTIAL_DETAIL})


def text_fields(tier: Tier) -> tuple[TextField, ...]:
    """Return the text fields that a reader of `tier` sees, in the order of the page."""
    if tier is Tier.PUBLIC:
        return tuple(name for name in TextField if name in PUBLIC_TEXT)
    return tuple(name for name in TextField if tier is Tier.CASE or name not in CASE_TEXT)


@dataclass(frozen=True)
class Details:
    """All of a revision that is not text: amounts in hundredths, codes in the order given."""

    stage_of_development: StageOfDevelopment | None = None
    trl: int | None = None
    ipr_status: IprStatus | None = None
    price_type: PriceType | None = None
    price_min: int | None = None
    price_max: int | None = None
    budget_min: int | None = None
    budget_max: int | None = None
    currency: str | None = None
    needed_by: date | None = None
    site: str | None = None
    video_url: str | None = None
    anonymous: bool = False
    confidential_after: ConfidentialAfter = ConfidentialAfter.INTRODUCTION
    wished_valid_until: date | None = None
    codes: Mapping[CodeField, tuple[str, ...]] = field(default_factory=dict)

    def values(self, name: CodeField) -> tuple[str, ...]:
        """Return the values of a coded field."""
        return tuple(self.codes.get(name, ()))

    def with_codes(self, codes: Mapping[CodeField, tuple[str, ...]]) -> "Details":
        """Return a copy in which the coded fields of `codes` have these values."""
        return replace(self, codes={**self.codes, **codes})


COLUMNS: Final[tuple[str, ...]] = tuple(
    item.name for item in fields(Details) if item.name != "codes"
)
"""The details that are columns of a revision, by their names."""


def belongs(name: str, kind: ListingKind) -> bool:
    """Tell whether a detail (a column or a coded field) is asked of a listing of `kind`."""
    if name in _OFFER_ONLY:
        return kind is ListingKind.OFFER
    if name in _NEED_ONLY:
        return kind.is_need
    return name not in _SCENARIO_ONLY or kind is ListingKind.SCENARIO


def for_kind(kind: ListingKind, details: Details) -> Details:
    """Return the details without those that a listing of `kind` does not have, values cleaned."""
    empty = {name: None for name in COLUMNS if not belongs(name, kind)}
    codes = {
        name: tuple(dict.fromkeys(value.strip() for value in values if value.strip()))
        for name, values in details.codes.items()
        if belongs(name, kind)
    }
    classes = tuple(
        dict.fromkeys(
            re.sub(r"\s+", "", code).upper() for code in codes.get(CodeField.IPC_CODE, ())
        )
    )
    cleaned = {**codes, CodeField.IPC_CODE: classes} if classes else codes
    return replace(
        details,
        codes={name: values for name, values in cleaned.items() if values},
        site=None if "site" in empty else (details.site or "").strip() or None,
        video_url=(details.video_url or "").strip() or None,
        **{name: value for name, value in empty.items() if name != "site"},  # type: ignore[arg-type]
    )


def detail_problems(
    details: Details, *, sectors: Collection[str], today: date
) -> Iterator[DomainError]:
    """Yield everything that is wrong with the details; `error.field` names the detail.

    `sectors` are the known sector codes; `today` is the date at the organisation's centre.
    """
    yield from _amount_problems(details)
    if details.trl is not None and details.trl not in TRLS:
        yield DomainError(ErrorCode.UNKNOWN_CODE, field="trl", value=details.trl)
    for name in ("needed_by", "wished_valid_until"):
        day: date | None = getattr(details, name)
        if day is not None and day < today:
            yield DomainError(ErrorCode.DATE_PAST, field=name)
    for name, limit in (("site", MAX_SITE), ("video_url", MAX_URL)):
        text: str = getattr(details, name) or ""
        if len(text) > limit:
            yield _too_long(name, text, limit)
    if details.video_url and not _is_web_address(details.video_url):
        yield DomainError(ErrorCode.UNKNOWN_CODE, field="video_url", value=details.video_url)
    for code_field, values in details.codes.items():
        yield from _code_problems(code_field, values, sectors)


def _amount_problems(details: Details) -> Iterator[DomainError]:
    for name in ("price", "budget"):
        least: int | None = getattr(details, f"{name}_min")
        most: int | None = getattr(details, f"{name}_max")
        for end, amount in (("min", least), ("max", most)):
            if amount is not None and not 0 <= amount <= MAX_HUNDREDTHS:
                yield DomainError(ErrorCode.AMOUNT_INVALID, field=f"{name}_{end}")
        if least is not None and most is not None and least > most:
            yield DomainError(ErrorCode.RANGE_REVERSED, field=f"{name}_min")
        if (least is not None or most is not None) and not details.currency:
            yield DomainError(ErrorCode.CURRENCY_MISSING, field="currency")
    if details.currency and details.currency not in CURRENCIES:
        yield DomainError(ErrorCode.UNKNOWN_CODE, field="currency", value=details.currency)


def _code_problems(
    name: CodeField, values: tuple[str, ...], sectors: Collection[str]
) -> Iterator[DomainError]:
    if name is CodeField.SECTOR and len(values) > MAX_SECTORS:
        yield DomainError(ErrorCode.TOO_MANY_SECTORS, field=name)
    elif len(values) > MAX_CODES:
        yield _too_long(name, values, MAX_CODES)
    for value in values:
        if len(value) > MAX_KEYWORD:
            yield _too_long(name, value, MAX_KEYWORD)
        elif not is_known(name, value, sectors):
            yield DomainError(ErrorCode.UNKNOWN_CODE, field=name, value=value)


def is_known(name: CodeField, value: str, sectors: Collection[str]) -> bool:
    """Tell whether `value` is one that the coded field may hold."""
    if name is CodeField.SECTOR:
        return value in sectors
    if name is CodeField.SDG:
        return value in SDGS
    if name is CodeField.IPC_CODE:
        return _IPC.fullmatch(value) is not None
    if name is CodeField.TARGET_COUNTRY:
        return _COUNTRY.fullmatch(value) is not None
    codes = CODE_KINDS.get(name)
    return codes is None or value in set(codes)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in host and not re.search(r"\s", text)


def _too_long(name: str, content: Collection[object], limit: int) -> DomainError:
    return DomainError(ErrorCode.TEXT_TOO_LONG, field=name, limit=limit, length=len(content))


def clean_text(text: str) -> str:
    """Return what somebody typed in composed Unicode, with plain line ends, without control
    characters, heaps of marks and surrounding white space."""
    text = without_heaps(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = unicodedata.normalize("NFC", text)
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc").strip()


def text_problems(texts: Mapping[TextField, str]) -> Iterator[DomainError]:
    """Yield what is wrong with cleaned texts: too long, or not readable as Unicode."""
    for name, text in texts.items():
        if len(text) > TEXT_LIMITS[name]:
            yield _too_long(name, text, TEXT_LIMITS[name])
        if "\ufffd" in text or any("\ud800" <= char <= "\udfff" for char in text):
            yield DomainError(ErrorCode.TEXT_UNREADABLE_ENCODING, field=name)


def missing_for_submission(
    *, title: str, description: str, sectors: Collection[str], title_alone: bool
) -> tuple[str, ...]:
    """Return the names of what is still needed; `title_alone`: staff and imports need no more."""
    wanted = {"title": title.strip()}
    if not title_alone:
        wanted |= {"description": description.strip(), CodeField.SECTOR: " ".join(sectors)}
    return tuple(str(name) for name, value in wanted.items() if not value)


def fingerprint(kind: ListingKind, title: str, description: str) -> str:
    """Return a hash that two listings share when they say the same, whatever case, width and
    spaces they use."""
    parts = (kind.value, *("".join(_fold(text).split()) for text in (title, description)))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def valid_until(today: date) -> date:
    """Return the last day of a listing that is published or renewed today."""
    return today + timedelta(days=VALID_DAYS)
