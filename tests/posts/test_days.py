"""The days of a time zone follow each other without a gap, whatever its clocks do."""

from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from letmepost.posts.calendar import days_of


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("UTC", date(2026, 3, 29), 24),
        ("Europe/Vienna", date(2026, 3, 29), 23),
        ("Europe/Vienna", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 11, 1), 25),
        # Clocks there move by half an hour.
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        # Midnight itself is skipped: the day begins at one o'clock.
        ("Africa/Cairo", date(2026, 4, 24), 23),
        # A whole day was skipped.
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_a_day_has_the_hours_that_clocks_show(zone: str, day: date, hours: float) -> None:
    (found,) = days_of(day, 1, ZoneInfo(zone))
    assert (found.end - found.start).total_seconds() == hours * 3600


@pytest.mark.parametrize("zone", ["Europe/Vienna", "Africa/Cairo", "Pacific/Apia", "UTC"])
def test_each_day_ends_where_the_next_one_begins(zone: str) -> None:
    days = days_of(date(2026, 3, 23), 42, ZoneInfo(zone))
    for before, after in pairwise(days):
        assert before.end == after.start
        assert after.date - before.date == timedelta(days=1)
