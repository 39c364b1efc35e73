"""The runner: what wakes it, what it runs side by side, and how it stops."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from letmepost.jobs import claiming, crowding, run
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import CHANNEL, finish
from letmepost.jobs.run import Held, Runner
from letmepost.kit import postgresql
from letmepost.kit.clock import SystemClock
from letmepost.kit.database import Database
from tests.counting import counted
from tests.jobs.queueing import KIND, Worker, add, rows, seconds_ahead

CLOCK = SystemClock()
LISTENERS = text(
    "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
)
END_LISTENERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE query LIKE 'LISTEN%' AND datname = current_database()"
)


class Chores:
    """What was run, in order, and a wait for more of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.begun: list[str] = []
        self.changed = asyncio.Condition()
        self.go_on = asyncio.Event()
        self.go_on.set()
        # How many more may end; None for as many as there are.
        self.may_end: asyncio.Semaphore | None = None
        self.ended = 0

    async def handle(self, held: Held) -> None:
        async with self.changed:
            self.begun.append(held.claim.key)
            self.changed.notify_all()
        await self.go_on.wait()
        if self.may_end is not None:
            await self.may_end.acquire()
        await self._database.write(lambda connection: finish(connection, [held.claim]))
        async with self.changed:
            self.ended += 1
            self.changed.notify_all()

    async def until(self, met: Callable[[list[str]], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: met(self.begun))

    async def until_ended(self, count: int, seconds: float = 10) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: self.ended >= count)


@asynccontextmanager
async def working(
    database_url: str, *, listening: bool = True, lease: Lease | None = None
) -> AsyncIterator[tuple[Runner, Chores]]:
    """A runner with a database of its own, as another process has one."""
    database = Database(database_url)
    chores = Chores(database)
    runner = Runner(database, CLOCK, {KIND: chores.handle}, lease=lease or Lease())
    runner.start(claiming=True)
    try:
        if listening:
            async with database.listening(CHANNEL, runner.wake):
                await _heard(database)
                yield runner, chores
        else:
            yield runner, chores
    finally:
        chores.go_on.set()
        await runner.stop()
        await database.close()


async def _heard(database: Database) -> None:
    if database.is_sqlite:
        return
    async with asyncio.timeout(10):
        # Only the database knows who listens.
        while not await database.read(  # noqa: ASYNC110 - nobody here could set an event
            lambda connection: connection.execute(LISTENERS).all()
        ):
            await asyncio.sleep(0.01)


@pytest.fixture
def never_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker find nothing by looking: what it finds, it was told of."""
    monkeypatch.setattr(run, "POLL_SECONDS", 3600.0)


@pytest.mark.usefixtures("never_polling")
async def test_a_due_job_wakes_the_workers_of_other_processes_at_once(database: Database) -> None:
    async with working(database.url) as (runner, chores):
        await asyncio.sleep(0.1)
        await add(database, CLOCK, [("a", "x", 0)])
        if database.is_sqlite:
            # There is no word between processes: whoever enqueues wakes the runner beside it.
            runner.wake()
        await chores.until(lambda begun: begun == ["a"], seconds=5)


# Nothing is listened to on SQLite.
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.usefixtures("never_polling")
async def test_a_worker_whose_listening_connection_dies_listens_again(
    database: Database,
) -> None:
    async with working(database.url) as (_, chores):
        await database.write(lambda connection: connection.execute(END_LISTENERS).all())
        await add(database, CLOCK, [("a", "x", 0)])
        await chores.until(lambda begun: begun == ["a"])
        await add(database, CLOCK, [("b", "x", 0)])
        await chores.until(lambda begun: begun == ["a", "b"], seconds=5)


async def test_without_a_listening_connection_a_worker_still_looks_by_itself(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "RECONNECT_SECONDS", 3600.0)
    async with working(database.url) as (_, chores):
        if not database.is_sqlite:
            await database.write(lambda connection: connection.execute(END_LISTENERS).all())
        await add(database, CLOCK, [("a", "x", 0)])
        await chores.until(lambda begun: begun == ["a"], seconds=5)


async def test_a_job_of_the_near_future_is_run_when_its_time_comes(database: Database) -> None:
    async with working(database.url) as (_, chores):
        await add(database, CLOCK, [("a", "x", 0.4)])
        [row] = await rows(database)
        await chores.until(lambda begun: begun == ["a"], seconds=5)
        late = -await seconds_ahead(database, CLOCK, row["due_at"])
        assert 0 <= late < 2


async def test_a_lane_full_of_slow_jobs_leaves_room_for_others(database: Database) -> None:
    async with working(database.url) as (_, chores):
        chores.go_on.clear()
        crowd = [(f"crowd{number:03}", "crowd", -60.0) for number in range(200)]
        await add(database, CLOCK, [*crowd, ("alone", "quiet", -1)])
        await chores.until(lambda begun: "alone" in begun, seconds=5)
        assert len(chores.begun) == 1 + run.LANE_CONCURRENCY


async def test_a_backlog_is_not_read_anew_for_each_job_that_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "GROUP_CONCURRENCY", 3)
    monkeypatch.setattr(crowding, "WHOLE_LOOK_EVERY_SECONDS", 3600.0)
    looks: list[claiming._Look] = []

    def look(*arguments: Any) -> claiming._Look:
        looks.append(claiming_look(*arguments))
        return looks[-1]

    claiming_look = claiming._look
    monkeypatch.setattr(claiming, "_look", look)
    async with working(database.url) as (runner, chores):
        chores.may_end = asyncio.Semaphore(0)
        crowd = [(f"crowd{number:03}", f"busy:{number}", -60.0) for number in range(150)]
        await add(database, CLOCK, crowd)
        runner.wake()
        # The first look takes all that a look may, and the next one nothing: the platform is full.
        await chores.until(lambda begun: len(begun) == run.BATCH)
        for ended in range(1, 30):
            chores.may_end.release()
            await chores.until_ended(ended)
        in_vain = [each for each in looks if not each.found]
        assert len(in_vain) > 2
        assert sum(each.began_at is None for each in in_vain) <= 2
        # What is enqueued meanwhile is taken all the same, and the platform's own once it has room.
        await add(database, CLOCK, [("alone", "calm:1", -1)])
        runner.wake()
        await chores.until(lambda begun: "alone" in begun, seconds=5)
        for _ in range(run.BATCH):
            chores.may_end.release()
        await chores.until(lambda begun: len(begun) > run.BATCH + 1, seconds=5)


async def test_a_worker_says_when_it_last_looked(database: Database) -> None:
    began = CLOCK.now().timestamp()
    async with working(database.url) as (runner, chores):
        await add(database, CLOCK, [("a", "x", 0)])
        runner.wake()
        await chores.until(lambda begun: begun == ["a"])
    assert counted("letmepost_worker_last_look_timestamp_seconds") >= began


async def test_a_long_job_keeps_its_lease(database: Database) -> None:
    async with working(database.url, lease=Lease(0.6)) as (runner, chores):
        chores.go_on.clear()
        await add(database, CLOCK, [("long", "x", -1)])
        await chores.until(lambda begun: begun == ["long"])
        other = Worker(database, CLOCK, "other")
        for _ in range(6):
            await asyncio.sleep(0.25)
            assert await other.claim() == []
        assert runner.leases_lost == 0


async def test_a_stopping_worker_takes_nothing_more_and_ends_what_it_holds(
    database: Database,
) -> None:
    async with working(database.url) as (runner, chores):
        chores.go_on.clear()
        await add(database, CLOCK, [("held", "x", -1)])
        await chores.until(lambda begun: begun == ["held"])
        stopping = asyncio.create_task(runner.stop())
        await asyncio.sleep(0)
        await add(database, CLOCK, [("more", "y", -1)])
        runner.wake()
        chores.go_on.set()
        await stopping
    assert [(row["key"], row["owner"]) for row in await rows(database)] == [("more", None)]
    assert chores.begun == ["held"]


async def test_a_worker_stops_though_a_job_ends_at_that_moment(database: Database) -> None:
    async with working(database.url) as (runner, _):
        claiming_loop = runner._loops[1]
        # It looks, finds nothing and waits to be woken.
        for _ in range(20):
            await asyncio.sleep(0.01)
        runner.wake()
        claiming_loop.cancel()
        await asyncio.wait([claiming_loop], timeout=5)
        assert claiming_loop.cancelled()


async def test_what_a_stopping_worker_cannot_end_is_free_within_the_lease(
    database: Database,
) -> None:
    async with working(database.url, lease=Lease(1.5)) as (runner, chores):
        chores.go_on.clear()
        await add(database, CLOCK, [("endless", "x", -1)])
        await chores.until(lambda begun: begun == ["endless"])
        await runner.stop()
    [row] = await rows(database)
    assert await seconds_ahead(database, CLOCK, row["due_at"]) <= 1.5


async def test_a_handler_that_breaks_gives_its_job_back_for_later(database: Database) -> None:
    opened = Database(database.url)
    broken = asyncio.Event()

    async def handle(_held: Held) -> None:
        broken.set()
        raise ValueError("a fault of our own")

    runner = Runner(opened, CLOCK, {KIND: handle}, lease=Lease())
    runner.start(claiming=True)
    await add(database, CLOCK, [("a", "x", -1)])
    runner.wake()
    async with asyncio.timeout(10):
        await broken.wait()
    await runner.stop()
    await opened.close()
    [row] = await rows(database)
    assert row["owner"] is None
    assert await seconds_ahead(database, CLOCK, row["due_at"]) == pytest.approx(30, abs=10)
