"""Months and periods of statistics."""

from datetime import UTC, date, datetime

import pytest

from matchmaker.domain.months import Month, Period


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "2026-1", "26-01", "2026-01-01", "9999-12",
                                  "1969-12", "²026-01", "-026-01", "2026-W1"])  # fmt: skip
def test_what_names_no_month(text: str) -> None:
    assert Month.parse(text) is None


def test_a_month_is_written_as_it_is_read() -> None:
    assert Month.parse("2026-03") == Month(2026, 3)
    assert str(Month(2026, 3)) == "2026-03"
    assert Month.of(date(2026, 3, 31)) == Month(2026, 3)


def test_months_are_counted_over_the_end_of_a_year() -> None:
    assert Month(2025, 11).plus(3) == Month(2026, 2)
    assert Month(2026, 2).plus(-3) == Month(2025, 11)
    assert Month(2026, 12).plus(-12) == Month(2025, 12)


def test_an_instant_is_in_another_month_elsewhere() -> None:
    instant = datetime(2026, 10, 31, 16, 30, tzinfo=UTC)
    assert Month.at(instant, "Asia/Shanghai") == Month(2026, 11)
    assert Month.at(instant, "Asia/Bangkok") == Month(2026, 10)


def test_a_period_ends_where_the_next_month_begins() -> None:
    period = Period(Month(2025, 12), Month(2026, 2), "Asia/Shanghai")
    assert period.starts_at == datetime(2025, 11, 30, 16, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert [str(month) for month in period.months] == ["2025-12", "2026-01", "2026-02"]
    assert period.holds(period.starts_at)
    assert not period.holds(period.ends_at)
    assert not period.holds(None)
    assert period.holds_day(date(2026, 2, 28))
    assert not period.holds_day(date(2026, 3, 1))


def test_the_wrong_way_round_is_swapped() -> None:
    period = Period(Month(2026, 2), Month(2025, 12), "UTC")
    assert (period.first, period.last) == (Month(2025, 12), Month(2026, 2))
