"""Times of meetings as people write them: a day, a time of day and a zone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from matchmaker.domain.errors import DomainError, ErrorCode

NETWORK_ZONES: Final = (
    "Asia/Shanghai", "Asia/Brunei", "Asia/Phnom_Penh", "Asia/Jakarta", "Asia/Makassar",
    "Asia/Jayapura", "Asia/Vientiane", "Asia/Kuala_Lumpur", "Asia/Yangon", "Asia/Manila",
    "Asia/Singapore", "Asia/Bangkok", "Asia/Dili", "Asia/Ho_Chi_Minh", "UTC",
)  # fmt: skip
"""Where the network's people are: China, the eleven members of ASEAN, and UTC."""
FARTHEST: Final = timedelta(days=366)
MOST_TIMES: Final = 3


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name. Raises DomainError TIME_ZONE_UNKNOWN."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise DomainError(ErrorCode.TIME_ZONE_UNKNOWN, field="time_zone") from None


def instant(day: date, clock: time, zone: str) -> datetime:
    """Return the instant in UTC of a day and a time of day in a zone; of two such the first.

    Raises DomainError: TIME_ZONE_UNKNOWN, DATE_INVALID (before or after all that can be reckoned
    with), TIME_SKIPPED (the clocks go forward over it).
    """
    local = datetime.combine(day, clock, tzinfo=zone_of(zone))
    try:
        there = local.astimezone(UTC)
    except OverflowError:
        raise DomainError(ErrorCode.DATE_INVALID) from None
    if there.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise DomainError(ErrorCode.TIME_SKIPPED)
    return there


def checked_times(times: Sequence[datetime], *, now: datetime) -> list[datetime]:
    """Return the proposed times in order, each once.

    Raises DomainError: TIME_MISSING, UNKNOWN_CODE (more than three), TIME_PAST, TIME_TOO_FAR.
    """
    if not times:
        raise DomainError(ErrorCode.TIME_MISSING)
    if len(times) > MOST_TIMES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, value=len(times))
    for each in times:
        if each <= now:
            raise DomainError(ErrorCode.TIME_PAST)
        if each > now + FARTHEST:
            raise DomainError(ErrorCode.TIME_TOO_FAR)
    return sorted(set(times))
