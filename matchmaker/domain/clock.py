"""The one place that reads the clock: boundaries call it and hand `now` to the services."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def local_date(instant: datetime, zone: str) -> date:
    """Return the date of an aware instant in a time zone (an IANA name)."""
    return instant.astimezone(ZoneInfo(zone)).date()
