"""The end of a platform's version is told once, ahead of it and when it has come."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from letmepost.platform_kit.platform import PlatformVersion
from letmepost.platforms import platforms
from letmepost.versions.notices import due_notices, give_notices
from letmepost.webhooks.tables import events
from tests.platforms.every_platform import Play, playing

SUNSET = date(2027, 3, 1)
ONE = PlatformVersion(
    current="v1",
    released_at=None,
    sunset_at=SUNSET,
    changelog_url="https://app.example/",
    next="v2",
)


@pytest.fixture
async def play(database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing("linkedin", database_url, tmp_path / "data") as opened:
        yield opened


async def told(play: Play) -> list[Any]:
    found = await play.server.rows(events)
    return [row["data"] for row in found if row["type"] == "version.deprecated"]


async def give(play: Play, days_before: int) -> int:
    state = play.server.service.state
    at = state.clock.now().replace(year=2027, month=3, day=1) - timedelta(days=days_before)
    return await state.database.write(
        lambda connection: give_notices(connection, {"linkedin": ONE, "threads": ONE}, at)
    )


@pytest.mark.parametrize(
    ("days_before", "due"),
    [
        (91, []),
        (90, ["90"]),
        (31, ["90"]),
        (30, ["30", "90"]),
        (7, ["7", "30", "90"]),
        (0, ["gone", "7", "30", "90"]),
        (-400, ["gone", "7", "30", "90"]),
    ],
)
def test_a_notice_is_due_from_its_day_on(days_before: int, due: list[str]) -> None:
    assert due_notices(ONE, SUNSET - timedelta(days=days_before)) == due
    assert due_notices(replace(ONE, sunset_at=None), SUNSET) == []


async def test_each_notice_is_given_once_to_who_has_an_account_there(play: Play) -> None:
    given = [await give(play, days) for days in (91, 90, 89, 30, 30, 8, 7, 1, 0, -1)]
    assert given == [0, 1, 0, 1, 0, 0, 1, 0, 1, 0]
    assert {each["platform"] for each in await told(play)} == {"linkedin"}
    assert (await told(play))[0] == {
        "platform": "linkedin",
        "currentPin": "v1",
        "nextPin": "v2",
        "sunsetAt": "2027-03-01T00:00:00.000Z",
        "announcedAt": None,
        "migrationStatus": "pending",
        "noticeUrl": "https://app.example/",
    }


async def test_after_a_long_sleep_the_latest_notice_is_given_and_not_all(play: Play) -> None:
    assert [await give(play, days) for days in (5, 5)] == [1, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_version_that_the_platform_itself_calls_gone_is_told_at_once_and_once(
    play: Play,
) -> None:
    await play.backstage.fault(fault="status", route="/rest/posts", status=426, times=3)
    for number in range(3):
        await play.post(f"Number {number}")
    [data] = await told(play)
    assert data["currentPin"] == platforms()["linkedin"].version.current


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_error_names_the_version_that_was_spoken(
    database_url: str, tmp_path: Path
) -> None:
    older = {"LETMEPOST_LINKEDIN_VERSION": "202606"}
    async with playing("linkedin", database_url, tmp_path / "data", **older) as play:
        await play.backstage.fault(fault="status", route="/rest/posts", status=403)
        result = await play.post()
        shown = await play.server.read({"postId": result["postId"]})
        assert shown["error"]["platformVersion"] == "202606"
