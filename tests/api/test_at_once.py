"""How many requests a server works on at once: who is refused, who is not, and what counts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from letmepost.jobs.run import Held
from letmepost.posts.ledger import JOB_KIND
from tests.api.client import Client
from tests.api.server import Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

MOST = 3
SETTINGS = {"LETMEPOST_REQUESTS_AT_ONCE": str(MOST)}


@dataclass
class SlowDatabase:
    """A database whose reads wait; `reading` counts those that do."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    reading: int = 0


@asynccontextmanager
async def _slow_reads(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[SlowDatabase]:
    slow, database = SlowDatabase(), server.service.state.database
    read = database.read

    async def read_slowly(work: Any) -> Any:
        slow.reading += 1
        await slow.go_on.wait()
        return await read(work)

    with monkeypatch.context() as patched:
        patched.setattr(database, "read", read_slowly)
        yield slow
        slow.go_on.set()


async def _until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not met():  # noqa: ASYNC110 - no event to wait for
            await asyncio.sleep(0)


async def _known(server: Server) -> Client:
    """A client whose key is in memory, so that it is not looked up."""
    client = await (await server.new_organization()).client()
    assert (await client.get("/v1/posts")).status == 200
    return client


async def test_one_request_too_many_is_refused_at_once_and_the_next_is_taken(
    sqlite_copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_server(tmp_path, sqlite_copy, settings=SETTINGS) as server:
        client = await _known(server)
        async with _slow_reads(server, monkeypatch) as slow:
            running = [asyncio.create_task(client.get("/v1/posts")) for _ in range(MOST)]
            await _until(lambda: slow.reading == MOST)
            for somebody in (client, server.stranger):
                refused = await somebody.post("/v1/posts", {"text": "One too many."})
                refused.refused(503, "rate_limited")
                assert refused.headers["Retry-After"] == "1"
                assert refused.error["retryable"] is True
                assert refused.error["retryAfterSeconds"] == 1
                assert refused.headers["X-Request-Id"] == refused.error["requestId"]
            assert slow.reading == MOST
            slow.go_on.set()
            assert [each.status for each in await asyncio.gather(*running)] == [200] * MOST
        assert (await client.get("/v1/posts")).status == 200


async def test_a_server_that_has_too_much_to_do_still_says_that_it_lives(
    sqlite_copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_server(tmp_path, sqlite_copy, settings=SETTINGS) as server:
        client = await _known(server)
        async with _slow_reads(server, monkeypatch) as slow:
            running = [asyncio.create_task(client.get("/v1/posts")) for _ in range(MOST)]
            await _until(lambda: slow.reading == MOST)
            assert (await server.stranger.get("/health")).status == 200
            asked = asyncio.create_task(server.stranger.get("/metrics"))
            await _until(lambda: slow.reading == MOST + 1)
            slow.go_on.set()
            assert (await asked).status == 200
            await asyncio.gather(*running)


async def test_a_client_that_sends_slowly_locks_nobody_out(
    sqlite_copy: str, tmp_path: Path
) -> None:
    async with running_server(tmp_path, sqlite_copy, settings=SETTINGS) as server:
        client = await _known(server)
        go_on, begun = asyncio.Event(), 0

        async def slow_body() -> AsyncIterator[bytes]:
            nonlocal begun
            yield b'{"text": '
            begun += 1
            await go_on.wait()
            yield b'"Slowly said."}'

        def begin() -> asyncio.Task[Any]:
            headers = {"Content-Type": "application/json"}
            return asyncio.create_task(
                client.call("POST", "/v1/posts/validate", data=slow_body(), headers=headers)
            )

        running = [begin() for _ in range(MOST + 2)]
        await _until(lambda: begun == MOST + 2)
        assert (await client.get("/v1/posts")).status == 200
        go_on.set()
        assert {each.status for each in await asyncio.gather(*running)} == {400}
        assert server.service.state.requests_at_once._running == 0


async def test_a_slow_platform_locks_nobody_out(
    sqlite_copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_server(tmp_path, sqlite_copy, settings=SETTINGS) as server:
        organization = await server.new_organization()
        client = await organization.client()
        account = await organization.connect(client)
        state = server.service.state
        publish, go_on, begun = state.runner._handlers[JOB_KIND], asyncio.Event(), 0

        async def publish_slowly(held: Held) -> None:
            nonlocal begun
            begun += 1
            await go_on.wait()
            await publish(held)

        monkeypatch.setattr(state.runner, "_handlers", {JOB_KIND: publish_slowly})
        posts = [
            {"targets": [{"accountId": account["id"]}], "text": f"Slow {each}."}
            for each in range(MOST + 2)
        ]
        running = []
        for number, post in enumerate(posts, 1):
            running.append(asyncio.create_task(client.post("/v1/posts", post)))
            while begun < number:  # noqa: ASYNC110 - no event to wait for
                await asyncio.sleep(0)
        assert (await client.get("/v1/posts")).status == 200
        go_on.set()
        assert {each.status for each in await asyncio.gather(*running)} == {200}
        assert state.requests_at_once._running == 0
