"""`GET /v1/platform-versions`: what is spoken with each platform, known to everybody, cached."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from letmepost.platforms import platforms
from tests.api.server import ON_ONE_DATABASE, Server, running_server
from tests.clock import FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = "/v1/platform-versions"


@ON_ONE_DATABASE
async def test_a_stranger_is_told_the_version_of_every_platform(server: Server) -> None:
    answer = await server.stranger.get(PATH)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    listed = {each["platform"]: each for each in answer.body["data"]}
    assert list(answer.body) == ["data"]
    assert list(listed) == list(platforms())
    for name, platform in platforms().items():
        declared = platform.version
        released, sunset = declared.released_at, declared.sunset_at
        status = listed[name].pop("status")
        assert status in ("supported", "sunset_soon", "gone")
        assert listed[name] == {
            "platform": name,
            "currentVersion": declared.current,
            "releasedAt": released and f"{released}T00:00:00.000Z",
            "sunsetAt": sunset and f"{sunset}T00:00:00.000Z",
            "changelogUrl": declared.changelog_url,
            "nextVersion": declared.next,
        }


@ON_ONE_DATABASE
async def test_a_key_that_is_no_good_does_not_matter(server: Server) -> None:
    answer = await server.stranger.get(PATH, headers={"Authorization": "Bearer nothing"})
    assert answer.status == 200


@ON_ONE_DATABASE
async def test_who_knows_the_list_gets_no_second_copy(server: Server) -> None:
    etag = (await server.stranger.get(PATH)).headers["ETag"]
    again = await server.stranger.get(PATH, headers={"If-None-Match": etag})
    assert (again.status, again.raw, again.headers["ETag"]) == (304, b"", etag)
    assert (await server.stranger.get(PATH, headers={"If-None-Match": '"x"'})).status == 200


async def test_the_operators_version_is_shown_and_its_status_changes_with_the_day(
    tmp_path: Path, sqlite_copy: str
) -> None:
    clock = FakeClock(datetime(2026, 10, 16, 23, 59, tzinfo=UTC))
    settings = {"LETMEPOST_LINKEDIN_VERSION": "202601"}
    async with running_server(tmp_path, sqlite_copy, settings=settings, clock=clock) as server:
        seen, etags = [], set()
        # 91 days before its sunset on 15 January 2027, 90 days, the last day, the day itself.
        for days in (0, 1, 89, 1):
            clock.advance(days * 86_400)
            answer = await server.stranger.get(PATH)
            etags.add(answer.headers["ETag"])
            (shown,) = [each for each in answer.body["data"] if each["platform"] == "linkedin"]
            assert (shown["currentVersion"], shown["sunsetAt"]) == (
                "202601",
                "2027-01-15T00:00:00.000Z",
            )
            seen.append(shown["status"])
    assert seen == ["supported", "sunset_soon", "sunset_soon", "gone"]
    assert len(etags) == 3
