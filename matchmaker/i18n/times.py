"""Instants in a time zone that is named beside them, for people in different ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_gmt, get_timezone_location

from matchmaker.i18n.locales import GETTEXT_NAME, current_locale


def zone_name(zone: str, at: datetime) -> str:
    """Return the place of a time zone with its distance from UTC: `Bangkok (GMT+07:00)`."""
    locale = _reader()
    info = _zone(zone)
    distance = get_timezone_gmt(at.astimezone(info), locale=locale)
    if info.key == "UTC":
        return "UTC"
    return f"{get_timezone_location(info, locale=locale, return_city=True)} ({distance})"


def moment(at: datetime, zone: str) -> str:
    """Return weekday, date and time of an instant in a zone, without the zone's name."""
    locale, info = _reader(), _zone(zone)
    both = str(locale.datetime_formats["medium"]).replace("'", "")
    return both.format(
        format_time(at, "HH:mm", tzinfo=info, locale=locale),
        format_date(at.astimezone(info).date(), "full", locale=locale),
    )


def moments(at: datetime, zones: Sequence[str]) -> Mapping[str, str]:
    """Return the day and time of an instant by the name of each zone, each offset once."""
    found: dict[str, str] = {}
    offsets = set()
    for zone in zones:
        offset = at.astimezone(_zone(zone)).utcoffset()
        if offset not in offsets:
            offsets.add(offset)
            found[zone_name(zone, at)] = moment(at, zone)
    return found


def _zone(name: str) -> ZoneInfo:
    """An account's zone may be one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _reader() -> Locale:
    return Locale.parse(GETTEXT_NAME[current_locale()])
