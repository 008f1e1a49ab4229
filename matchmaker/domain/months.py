"""Months as statistics count them: from midnight to midnight of a time zone."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_EARLIEST = 1970
_LATEST = 9998


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of the calendar. `str()` and `parse` write and read it as `2026-11`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    @classmethod
    def parse(cls, text: str) -> "Month | None":
        """Return the month that `text` names, None where it names none."""
        try:
            day = date.fromisoformat(f"{text}-01")
        except ValueError:
            return None
        return cls.of(day) if len(text) == 7 and _EARLIEST <= day.year <= _LATEST else None

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month of a date."""
        return cls(day.year, day.month)

    @classmethod
    def at(cls, instant: datetime, zone: str) -> "Month":
        """Return the month that an aware instant falls into in a time zone."""
        return cls.of(instant.astimezone(ZoneInfo(zone)).date())

    def plus(self, months: int) -> "Month":
        """Return the month so many months later, or earlier."""
        year, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, number + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    def starts_at(self, zone: str) -> datetime:
        """Return the instant at which the month begins in a time zone, in UTC."""
        return datetime(self.year, self.number, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months of a time zone, the first and the last included; the other way round they are
    swapped."""

    first: Month
    last: Month
    zone: str
    starts_at: datetime = field(init=False)
    ends_at: datetime = field(init=False)
    """The first instant after it."""

    def __post_init__(self) -> None:
        first, last = sorted((self.first, self.last))
        for name, value in (
            ("first", first),
            ("last", last),
            ("starts_at", first.starts_at(self.zone)),
            ("ends_at", last.plus(1).starts_at(self.zone)),
        ):
            object.__setattr__(self, name, value)

    @property
    def months(self) -> tuple[Month, ...]:
        count = (self.last.year - self.first.year) * 12 + self.last.number - self.first.number
        return tuple(self.first.plus(step) for step in range(count + 1))

    def holds(self, instant: datetime | None) -> bool:
        """Tell whether an aware instant lies in it; None does not."""
        return instant is not None and self.starts_at <= instant < self.ends_at

    def holds_day(self, day: date) -> bool:
        """Tell whether a date lies in it."""
        return self.first <= Month.of(day) <= self.last
