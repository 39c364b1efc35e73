"""Times in words, read in somebody's zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from letmepost.cli.client.stop import Stop
from letmepost.cli.client.times import moment_of, past_moment_of, spelled, wire

BERLIN = ZoneInfo("Europe/Berlin")
# Three in the afternoon in Berlin, on the last day of a month.
NOW = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)

READ = {
    "tomorrow 9:00": "2026-12-01T08:00:00.000Z",
    "tomorrow at 9": "2026-12-01T08:00:00.000Z",
    "9:00": "2026-12-01T08:00:00.000Z",
    "17:00": "2026-11-30T16:00:00.000Z",
    "noon": "2026-12-01T11:00:00.000Z",
    "5pm CET": "2026-11-30T16:00:00.000Z",
    "tomorrow 9:00 EST": "2026-12-01T14:00:00.000Z",
    "monday at 9": "2026-12-07T08:00:00.000Z",
    "next friday 14:30": "2026-12-04T13:30:00.000Z",
    "15 december at 9": "2026-12-15T08:00:00.000Z",
    "in 2 hours": "2026-11-30T16:00:00.000Z",
    "in 3 days 8:30": "2026-12-03T07:30:00.000Z",
    "2027-07-01T09:00": "2027-07-01T07:00:00.000Z",
    "2027-07-01 09:00:00Z": "2027-07-01T09:00:00.000Z",
    "2027-07-01T09:00+05:30": "2027-07-01T03:30:00.000Z",
}


@pytest.mark.parametrize("words", READ)
def test_words_are_a_moment(words: str) -> None:
    assert wire(moment_of(words, NOW, BERLIN)) == READ[words]


@pytest.mark.parametrize(
    "words",
    ["", "soon", "9", "2027", "december", "2027-01-31", "20270131", "tomorrow 9", "25:00", "9:75"],
)
def test_what_says_no_moment_is_refused_with_examples(words: str) -> None:
    with pytest.raises(Stop) as refused:
        moment_of(words, NOW, BERLIN)
    assert refused.value.sentence == f'"{words}" is not a time that can be read.'
    assert "tomorrow 9:00" in refused.value.details[0]


@pytest.mark.parametrize("words", ["yesterday", "now", "2026-11-30T14:00Z", "2 hours ago"])
def test_the_past_is_refused(words: str) -> None:
    with pytest.raises(Stop, match="which has passed"):
        moment_of(words, NOW, BERLIN)


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(Stop, match=r"does not exist in Europe/Berlin"):
        moment_of("2027-03-28 02:30", NOW, BERLIN)


def test_a_moment_is_spelled_with_its_zone() -> None:
    summer = moment_of("2027-07-01 9:00", NOW, BERLIN)
    assert spelled(summer) == "Thursday 1 July 2027, 09:00 Europe/Berlin (UTC+02:00)"
    assert spelled(moment_of("tomorrow 9:00", NOW, ZoneInfo("UTC"))).endswith("09:00 UTC")
    assert spelled(moment_of("tomorrow 9:00 UTC", NOW, BERLIN)).endswith("09:00 UTC")


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("2 hours ago", "2026-11-30T12:00:00.000Z"),
        ("9:00", "2026-11-30T08:00:00.000Z"),
        ("17:00", "2026-11-29T16:00:00.000Z"),
        ("yesterday 9:00", "2026-11-29T08:00:00.000Z"),
    ],
)
def test_words_of_the_past_are_read_where_the_past_is_asked_for(words: str, at: str) -> None:
    assert wire(past_moment_of(words, NOW, BERLIN)) == at
    with pytest.raises(Stop, match="still to come"):
        past_moment_of("tomorrow", NOW, BERLIN)
