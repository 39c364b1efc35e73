"""The rate limit says truly what is left, refuses with a wait, and may be shared or off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.client import Client
from tests.api.server import running_server
from tests.counting import counted

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(params=["memory", "redis"])
def storage(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of one storage; the ids of keys are new, so nothing is emptied."""
    if request.param == "memory":
        yield {}
    else:
        yield {"LETMEPOST_REDIS_URL": request.getfixturevalue("redis_url")}


async def test_the_headers_count_down_and_the_next_request_is_refused(
    storage: dict[str, str], sqlite_copy: str, tmp_path: Path
) -> None:
    settings = {"LETMEPOST_RATE_LIMIT": "5/hour", **storage}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        organization = await server.new_organization()
        client = await organization.client()
        for left in (4, 3, 2, 1, 0):
            answer = await client.get("/v1/posts")
            assert answer.status == 200
            assert answer.headers["RateLimit-Limit"] == "5"
            assert answer.headers["RateLimit-Remaining"] == str(left)
            assert 0 < int(answer.headers["RateLimit-Reset"]) <= 3600
        before = counted("letmepost_rate_limit_refusals_total", whose="key")
        refused = await client.publish({"targets": [{"platform": "bluesky"}], "text": "x"}, key="k")
        refused.refused(429, "rate_limited")
        assert counted("letmepost_rate_limit_refusals_total", whose="key") == before + 1
        assert refused.headers["RateLimit-Remaining"] == "0"
        wait = int(refused.headers["Retry-After"])
        assert abs(wait - int(refused.headers["RateLimit-Reset"])) <= 1
        assert refused.error["retryAfterSeconds"] == wait
        assert refused.error["retryable"] is True
        other = await organization.client()
        assert (await other.get("/v1/posts")).headers["RateLimit-Remaining"] == "4"
        assert (await server.stranger.get("/health")).status == 200


async def test_refused_requests_count_too_and_say_what_is_left(
    storage: dict[str, str], sqlite_copy: str, tmp_path: Path
) -> None:
    settings = {"LETMEPOST_RATE_LIMIT": "10/hour", **storage}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        client = await (await server.new_organization()).client()
        for left, answer in (
            (9, await client.publish({})),
            (8, await client.get("/v1/posts/x")),
            (7, await client.upload(b"")),
        ):
            assert answer.status >= 400
            assert answer.headers["RateLimit-Remaining"] == str(left)


async def test_a_limit_is_shared_between_processes_through_redis(
    redis_url: str, sqlite_copy: str, tmp_path: Path
) -> None:
    settings = {"LETMEPOST_RATE_LIMIT": "5/hour", "LETMEPOST_REDIS_URL": redis_url}
    key: str | None = None
    for left in (4, 3):
        # The second one starts where the first has ended: what it counts from is not in memory.
        async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
            key = key or (await (await server.new_organization()).client()).key
            answer = await Client(server.http, server.url, key).get("/v1/posts")
            assert answer.headers["RateLimit-Remaining"] == str(left)


async def test_without_its_redis_a_process_counts_for_itself(
    sqlite_copy: str, tmp_path: Path, unused_tcp_port: int
) -> None:
    settings = {
        "LETMEPOST_RATE_LIMIT": "2/hour",
        "LETMEPOST_REDIS_URL": f"redis://127.0.0.1:{unused_tcp_port}/0",
    }
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        client = await (await server.new_organization()).client()
        assert (await client.get("/v1/posts")).headers["RateLimit-Remaining"] == "1"
        assert (await client.get("/v1/posts")).status == 200
        (await client.get("/v1/posts")).refused(429, "rate_limited")


async def test_the_limit_may_be_off(sqlite_copy: str, tmp_path: Path) -> None:
    settings = {"LETMEPOST_RATE_LIMIT": "off"}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        client = await (await server.new_organization()).client()
        for _ in range(20):
            answer = await client.get("/v1/posts")
            assert answer.status == 200
            assert not [each for each in answer.headers if each.lower().startswith("ratelimit")]
