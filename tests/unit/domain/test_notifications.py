from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from matchmaker.domain.notifications import (
    ALWAYS,
    CHOOSABLE,
    CODES,
    Frequency,
    NotificationKind,
    digest_day,
    next_digest,
    usual_frequency,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "zone", "leaves"),
    [
        ("2026-11-23T04:00", "Asia/Shanghai", "2026-11-24T00:00"),
        ("2026-11-23T23:59:59", "Asia/Shanghai", "2026-11-24T00:00"),
        ("2026-11-24T00:00", "Asia/Shanghai", "2026-11-25T00:00"),  # that one has left
        ("2026-11-23T00:00", "Asia/Yangon", "2026-11-23T01:30"),  # +06:30
        ("2026-11-23T01:30", "Asia/Yangon", "2026-11-24T01:30"),
        ("2026-11-22T22:00", "Asia/Dili", "2026-11-22T23:00"),  # already Monday there
        ("2026-11-23T00:00", "Asia/Kathmandu", "2026-11-23T02:15"),
        ("2026-11-23T00:00", "Nowhere/Atlantis", "2026-11-23T08:00"),
        # The clocks of Berlin go back on 25 October 2026 and forward on 29 March 2026.
        ("2026-10-24T12:00", "Europe/Berlin", "2026-10-25T07:00"),
        ("2026-10-24T05:00", "Europe/Berlin", "2026-10-24T06:00"),
        ("2026-03-28T12:00", "Europe/Berlin", "2026-03-29T06:00"),
        ("2026-03-28T06:00", "Europe/Berlin", "2026-03-28T07:00"),
    ],
)
def test_a_digest_leaves_at_eight_where_its_reader_is(after: str, zone: str, leaves: str) -> None:
    assert next_digest(at(after), zone, Frequency.DAILY) == at(leaves)


@pytest.mark.parametrize(
    ("after", "zone", "leaves"),
    [
        ("2026-11-23T04:00", "Asia/Shanghai", "2026-11-30T00:00"),
        ("2026-11-22T23:59", "Asia/Shanghai", "2026-11-23T00:00"),
        ("2026-11-22T22:00", "Asia/Dili", "2026-11-22T23:00"),
        ("2026-10-24T12:00", "Europe/Berlin", "2026-10-26T07:00"),
    ],
)
def test_the_weekly_one_leaves_on_monday(after: str, zone: str, leaves: str) -> None:
    assert next_digest(at(after), zone, Frequency.WEEKLY) == at(leaves)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Yangon", "Pacific/Apia", "America/Havana"])
def test_every_local_day_of_a_year_has_one_digest(zone: str) -> None:
    moment, days = at("2026-01-01T00:00"), []
    for _each in range(366):
        moment = next_digest(moment, zone, Frequency.DAILY)
        assert moment.astimezone(ZoneInfo(zone)).hour == 8
        days.append(digest_day(moment, zone))
    first = datetime.fromisoformat(days[0])
    assert days == [(first + timedelta(days=n)).date().isoformat() for n in range(366)]


def test_every_kind_is_told_by_some_code_and_is_chosen_or_always_goes() -> None:
    assert set(CODES.values()) == set(NotificationKind)
    chosen_elsewhere = {NotificationKind.SAVED_SEARCH}
    assert set(CHOOSABLE) | ALWAYS | chosen_elsewhere == set(NotificationKind)
    assert {usual_frequency(kind) for kind in ALWAYS} == {Frequency.IMMEDIATE}
