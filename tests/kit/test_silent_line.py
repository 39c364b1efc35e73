"""A line to PostgreSQL that swallows everything: who waits is told, and another line is taken."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import count

import pytest
from sqlalchemy import Connection, make_url, text

from letmepost.kit import postgresql
from letmepost.kit.database import Database, DatabaseAwayError
from tests.chaos.cable import Cable, cable
from tests.databases import PostgresqlServer

# Of a busy machine too; each limit below is a fraction of it.
TOLD_SECONDS = 20.0


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the real ones stand to each other."""
    for name, seconds in {
        "CONNECT_SECONDS": 2.0,
        "PROBE_SECONDS": 0.5,
        "PROBE_AFTER_SECONDS": 0.0,
        "POOL_SECONDS": 2.0,
        "LISTENING_PROBE_EVERY_SECONDS": 0.5,
        "RECONNECT_SECONDS": 0.1,
        "STATEMENT_SECONDS": 1.0,
        "COMMAND_SECONDS": 1.5,
    }.items():
        monkeypatch.setattr(postgresql, name, seconds)


@pytest.fixture
def server_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    with postgresql_server.fresh_database() as url:
        yield url


@dataclass
class Line:
    """A database at the end of a cable."""

    database: Database
    cable: Cable


@pytest.fixture
async def line(server_url: str) -> AsyncIterator[Line]:
    url = make_url(server_url)
    async with cable(url.port or 5432) as led:
        through = url.set(port=led.port).render_as_string(hide_password=False)
        database = Database(through)
        yield Line(database, led)
        await database.close()


def _one(connection: Connection) -> int:
    return int(connection.execute(text("SELECT 1")).scalar_one())


def _sleep(seconds: float) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(text(f"SELECT pg_sleep({seconds})")).all()


async def test_who_asks_over_a_silent_line_is_told_and_the_next_line_is_taken(line: Line) -> None:
    assert await line.database.read(_one) == 1
    line.cable.go_dead()
    began = time.monotonic()
    for ask in (line.database.read, line.database.write, line.database.read):
        with pytest.raises(DatabaseAwayError):
            await ask(_one)
    assert time.monotonic() - began < TOLD_SECONDS
    line.cable.mend()
    assert await line.database.write(_one) == 1


@pytest.mark.parametrize("kind", ["read", "write"])
async def test_a_line_that_goes_silent_in_the_middle_is_left(line: Line, kind: str) -> None:
    asking = asyncio.create_task(getattr(line.database, kind)(_sleep(0.6)))
    await asyncio.sleep(0.3)
    line.cable.go_dead()
    began = time.monotonic()
    with pytest.raises(DatabaseAwayError):
        await asking
    assert time.monotonic() - began < TOLD_SECONDS
    line.cable.mend()
    assert await line.database.read(_one) == 1


async def test_who_finds_every_connection_taken_does_not_wait_for_ever(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "CONNECTIONS", 1)
    monkeypatch.setattr(postgresql, "POOL_SECONDS", 0.1)
    narrow = Database(line.database.url)
    first = asyncio.create_task(narrow.read(_sleep(0.7)))
    await asyncio.sleep(0.3)
    with pytest.raises(DatabaseAwayError, match="QueuePool"):
        await narrow.read(_one)
    await first
    assert await narrow.read(_one) == 1
    await narrow.close()


async def test_a_line_that_is_too_slow_for_a_probe_is_worked_over_all_the_same(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in {
        "CONNECT_SECONDS": 30.0,
        "PROBE_SECONDS": 0.1,
        "PROBE_AFTER_SECONDS": 0.5,
        "STATEMENT_SECONDS": 20.0,
        "COMMAND_SECONDS": 20.0,
    }.items():
        monkeypatch.setattr(postgresql, name, seconds)
    patient = Database(line.database.url)
    assert await patient.read(_one) == 1
    line.cable.delay_seconds = 0.2
    await asyncio.sleep(0.6)
    # The probe gives the connection up; the one that is made in its place is as slow, and lives.
    assert await patient.read(_one) == 1
    await patient.close()


async def test_only_long_work_may_take_longer_than_a_statement(line: Line) -> None:
    with pytest.raises(DatabaseAwayError, match="statement timeout"):
        await line.database.write(_sleep(3))
    await line.database.write_at_length(_sleep(3))
    await line.database.snapshot(_sleep(3))


async def test_who_listens_notices_a_silent_line_and_hears_again(line: Line) -> None:
    times, heard = count(1), asyncio.Event()
    last = 0

    def hear() -> None:
        nonlocal last
        last = next(times)
        heard.set()

    async def hears() -> None:
        async with asyncio.timeout(TOLD_SECONDS):
            await heard.wait()
        heard.clear()

    async with line.database.listening("of_this_test", hear):
        await hears()
        line.cable.go_dead()
        async with asyncio.timeout(TOLD_SECONDS):
            await line.cable.next_connection()
        line.cable.mend()
        await hears()
        before = last
        await line.database.write(lambda c: c.execute(text("NOTIFY of_this_test")))
        await hears()
        assert last > before
