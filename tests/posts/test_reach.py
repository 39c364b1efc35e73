"""A platform that fetches files is not sent what it cannot fetch, and that is said at once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.every_platform import Play, playing
from tests.platforms.threads import cases

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PICTURE = next(kind for kind in cases.KINDS if kind.name == "image").files[0]
REAL = {
    "LETMEPOST_THREADS_API_URL": "https://graph.threads.net",
    "LETMEPOST_INSTAGRAM_API_URL": "https://graph.instagram.com",
}


@pytest.fixture
async def play(database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing("bluesky", database_url, tmp_path / "data", **REAL) as opened:
        yield opened


async def violations(play: Play, platform: str) -> list[Any]:
    media = [await play.server.upload(PICTURE)]
    body = {"targets": [{"platform": platform}], "text": "Hello", "media": media}
    reply = await play.server.call("POST", "/v1/posts/validate", body)
    assert reply.status == 200, reply.text
    found: list[Any] = reply.body["targets"][0]["violations"]
    return found


@pytest.mark.parametrize("platform", ["threads", "instagram"])
async def test_a_private_server_is_told_what_to_set(play: Play, platform: str) -> None:
    [found] = await violations(play, platform)
    assert found["rule"] == f"{platform}.media.reachable"
    assert found["field"] == "media[0]"
    assert "the internet does not reach 127.0.0.1" in found["message"]
    assert "LETMEPOST_PUBLIC_URL" in found["remediation"]


async def test_a_platform_that_takes_bytes_needs_no_address(play: Play) -> None:
    assert await violations(play, "bluesky") == []


@pytest.mark.parametrize("platform", ["threads", "instagram"])
async def test_a_server_that_the_world_reaches_is_told_nothing(
    database_url: str, tmp_path: Path, platform: str
) -> None:
    public = {**REAL, "LETMEPOST_PUBLIC_URL": "https://letmepost.example"}
    async with playing("bluesky", database_url, tmp_path / "data", **public) as play:
        assert await violations(play, platform) == []


async def test_a_simulator_fetches_from_where_it_is(database_url: str, tmp_path: Path) -> None:
    async with playing("bluesky", database_url, tmp_path / "data") as play:
        assert await violations(play, "threads") == []
