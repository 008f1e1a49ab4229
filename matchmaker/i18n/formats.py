"""Dates, numbers and amounts as the reader writes them, always by Babel, never by the browser."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.numbers import get_currency_name
from babel.units import format_unit
from flask_babel import (
    format_currency,
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
)
from flask_babel import gettext as _

from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.i18n.locales import GETTEXT_NAME, current_locale

_MEGABYTE = 1_000_000


def long_date(value: date | datetime | None) -> str:
    """Format a date; an instant is first brought to the reader's time zone. None gives ''."""
    if value is None:
        return ""
    return str(format_date(value, "long", rebase=isinstance(value, datetime)))


def long_datetime(value: datetime | None) -> str:
    """Format an aware instant with date, time and zone of the reader. None gives ''."""
    if value is None:
        return ""
    both = str(_reader().datetime_formats["medium"]).replace("'", "")
    return both.format(format_datetime(value, "HH:mm ZZZZ"), long_date(value))


def time_of_day(value: datetime) -> str:
    """Format the time of an aware instant in the reader's time zone: 14:30."""
    return str(format_datetime(value, "HH:mm"))


def number(value: float | Decimal | None) -> str:
    """Format a number with the reader's separators. None gives ''."""
    return "" if value is None else format_decimal(value)


def percent(value: float) -> str:
    """Format a share of one (0.42) as a whole percentage."""
    return str(format_percent(value, "#,##0%"))


def file_size(size: int) -> str:
    """Format a number of bytes: `1 kB` at least, from a million bytes on `2.3 MB`."""
    if size < _MEGABYTE:
        kilobytes = max(1, round(size / 1000))
        return format_unit(kilobytes, "digital-kilobyte", "short", locale=_reader())
    return format_unit(round(size / _MEGABYTE, 1), "digital-megabyte", "short", locale=_reader())


def money(hundredths: int | None, currency: str | None) -> str:
    """Format an amount in hundredths: `CNY 1,234.50`; whole amounts without decimals."""
    if hundredths is None or currency is None:
        return ""
    amount = Decimal(hundredths) / 100
    pattern = "¤¤ #,##0" if hundredths % 100 == 0 else "¤¤ #,##0.00"
    return str(format_currency(amount, currency, pattern, currency_digits=False))


def listed(texts: Iterable[object]) -> str:
    """Put texts in a row, with what the reader's language writes between them."""
    # Translators: between the items of a list.
    return str(_(", ")).join(str(text) for text in texts)


def currency_label(code: str) -> str:
    """Return a currency's code with its name: `LAK – Laotian kip`."""
    locale = _reader()
    return f"{code} – {get_currency_name(code, locale=locale)}"


def language_name(code: str) -> str:
    """Return a language's name in the reader's language, else its own name, else the code."""
    locale = _reader()
    known = TEXT_LANGUAGES.get(code)
    name = locale.languages.get(code.replace("-", "_"))
    if name is not None:
        return str(name)
    return known.own_name if known is not None else code


def _reader() -> Locale:
    return Locale.parse(GETTEXT_NAME[current_locale()])
