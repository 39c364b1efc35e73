"""The database or a platform goes away and comes back: clear errors, nothing lost or doubled."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url

from letmepost.kit import postgresql
from tests.chaos.cable import Cable, cable
from tests.chaos.standing import POSTS, Standing, is_clear, standing, through
from tests.databases import migrate_database
from tests.postgresql_wheel import KEEPS_COMMITS, WheelServer, wheel_server


@asynccontextmanager
async def on_postgresql(url: str, folder: Path) -> AsyncIterator[tuple[Standing, Cable]]:
    """A server that reaches PostgreSQL by a cable."""
    async with cable(make_url(url).port or 5432) as led:
        settings = {"LETMEPOST_DATABASE_URL": through(url, led)}
        async with standing(folder, settings) as stands:
            yield stands, led


@pytest.fixture
def own_postgresql() -> Iterator[WheelServer]:
    """A server that may be ended and started again, with a migrated database."""
    with wheel_server(KEEPS_COMMITS) as server:
        migrate_database(server.url.render_as_string(hide_password=False))
        yield server


async def test_a_restart_of_postgresql_loses_and_doubles_nothing(
    own_postgresql: WheelServer, tmp_path: Path
) -> None:
    server = own_postgresql
    url = server.url.render_as_string(hide_password=False)
    async with standing(tmp_path, {"LETMEPOST_DATABASE_URL": url}) as stands:
        wanted = [f"Restart {number}." for number in range(POSTS)]
        for text in wanted[: POSTS // 2]:
            assert (await stands.post(text)).status == 202
        await asyncio.to_thread(server.stop)
        for text in wanted[POSTS // 2 :]:
            assert is_clear(await stands.post(text), "database")
        assert (await stands.client.call("GET", "/health")).status == 200
        assert (await stands.client.call("GET", "/ready")).status == 503
        await asyncio.to_thread(server.start)
        await stands.recovers(wanted)
        assert (await stands.client.call("GET", "/ready")).status == 200


async def test_a_line_to_postgresql_that_is_cut_loses_and_doubles_nothing(
    postgresql_url: str, tmp_path: Path
) -> None:
    async with on_postgresql(postgresql_url, tmp_path) as (stands, led):
        wanted = [f"Cut {number}." for number in range(POSTS)]
        assert (await stands.post(wanted[0])).status == 202
        led.pull_out()
        for text in wanted[1:]:
            assert is_clear(await stands.post(text), "database")
        led.mend()
        await stands.recovers(wanted)


@pytest.fixture
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notice a silent line to PostgreSQL within seconds. The statement's own limit stays below."""
    for name, seconds in {
        "CONNECT_SECONDS": 2.0,
        "PROBE_SECONDS": 1.0,
        "POOL_SECONDS": 2.0,
        "LISTENING_PROBE_EVERY_SECONDS": 1.0,
        "STATEMENT_SECONDS": 2.0,
        "COMMAND_SECONDS": 3.0,
    }.items():
        monkeypatch.setattr(postgresql, name, seconds)


@pytest.mark.usefixtures("short_limits")
async def test_a_silent_line_to_postgresql_loses_and_doubles_nothing(
    postgresql_url: str, tmp_path: Path
) -> None:
    async with on_postgresql(postgresql_url, tmp_path) as (stands, led):
        wanted = [f"Silent {number}." for number in range(POSTS)]
        assert (await stands.post(wanted[0])).status == 202
        # Some of these are in the middle of a statement, or of a COMMIT, when it happens.
        asked = [asyncio.create_task(stands.post(text)) for text in wanted[1:4]]
        await asyncio.sleep(0.02)
        led.go_dead()
        for reply in await asyncio.gather(*asked):
            assert reply.status == 202 or is_clear(reply, "database")
        for text in wanted[4:]:
            assert is_clear(await stands.post(text), "database")
        assert (await stands.client.call("GET", "/health")).status == 200
        assert (await stands.client.call("GET", "/ready")).status == 503
        led.mend()
        await stands.recovers(wanted)
        assert (await stands.client.call("GET", "/ready")).status == 200


async def test_latency_to_postgresql_only_takes_longer(postgresql_url: str, tmp_path: Path) -> None:
    async with on_postgresql(postgresql_url, tmp_path) as (stands, led):
        # A fifth of a second there and back; with a whole one it takes 40 seconds.
        led.delay_seconds = 0.1
        reply = await stands.post("Late.")
        assert reply.status == 202, reply.text
        led.delay_seconds = 0.0
        await stands.recovers(["Late."])


async def test_a_line_to_a_platform_that_is_cut_or_slow_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    async with cable(0) as led, standing(tmp_path, {}, led) as stands:
        wanted = [f"Upstream {number}." for number in range(POSTS)]
        led.pull_out()
        for text in wanted[:2]:
            assert (await stands.post(text)).status == 202
        led.mend()
        led.delay_seconds = 0.5
        for text in wanted[2:4]:
            assert (await stands.post(text)).status == 202
        led.go_dead()
        for text in wanted[4:]:
            assert (await stands.post(text)).status == 202
        led.mend()
        led.delay_seconds = 0.0
        await stands.recovers(wanted)
