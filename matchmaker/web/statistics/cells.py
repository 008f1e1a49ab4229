"""What tables of figures are made of, and how a reader sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final, NamedTuple

from babel.dates import format_skeleton
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from matchmaker.domain.months import Month
from matchmaker.domain.vocabulary import MatchState as S
from matchmaker.i18n import formats
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import GETTEXT_NAME, current_locale


class Kind(StrEnum):
    """What a column holds."""

    TEXT = auto()
    NUMBER = auto()
    SHARE = auto()
    """Of one: 0.42."""
    DAYS = auto()
    MONEY = auto()


class Amount(NamedTuple):
    """Hundredths of a currency. A plain pair: a sum may be larger than any amount that is typed."""

    hundredths: int
    currency: str


Cell = str | int | float | Amount | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `full` is the whole name where the heading is an abbreviation."""

    heading: str
    kind: Kind = Kind.NUMBER
    full: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table. The first column names the row; `total` says that the last row is a sum."""

    code: str
    title: str
    explanation: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Names in the reader's language: centres by id, sectors by code."""

    centres: Mapping[int, str]
    sectors: Mapping[str, str]


STAGE_NAMES: Final[dict[S, LazyString]] = {
    S.SUGGESTED: _l("Matches begun"),
    S.NDA: _l("NDA or negotiation"),
}


def stage_name(stage: S) -> str:
    """Return what the funnel calls a stage."""
    return str(STAGE_NAMES.get(stage) or label(stage))


def month_name(month: Month) -> str:
    """Return a month as the reader writes it, short."""
    return str(format_skeleton("yMMM", month.first_day, locale=GETTEXT_NAME[current_locale()]))


def shown(value: Cell, kind: Kind) -> str:
    """Return a cell as the page shows it."""
    if value is None:
        return "–"
    if isinstance(value, Amount):
        return formats.money(*value)
    if isinstance(value, str):
        return value
    if kind is Kind.SHARE:
        return formats.percent(value)
    return formats.number(round(value, 1) if kind is Kind.DAYS else value)
