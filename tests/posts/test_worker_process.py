"""Workers as processes: asked to end, frozen past their lease, killed, and two on one file."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, make_url, select

from letmepost.kit.clock import wire_time
from letmepost.kit.database import Database
from letmepost.kit.postgresql import STATEMENT_SECONDS
from letmepost.posts.tables import publications
from tests.chaos.fleet import Fleet, simulating
from tests.chaos.scene import Plan, Scene, add_fault, set_up, settings_for
from tests.chaos.verdict import CREATE, Report, judge, read_ledger
from tests.server_process import ServerProcess, call, wait_until

LEASE_SECONDS = 3.0
QUIET = Plan(
    publications=1,
    kills=0,
    seed=0,
    workers=1,
    accounts=1,
    hidden_every=0,
    cut_every=0,
    latency_seconds=0.0,
    lease_seconds=LEASE_SECONDS,
)


@dataclass
class Stage:
    """A simulator, a migrated database, and workers to come."""

    url: str
    simulation: Mapping[str, Any]
    database: Database
    folder: Path

    def plan(self, **changed: Any) -> Plan:
        return Plan(**{**vars(QUIET), **changed})

    def settings(self, plan: Plan) -> dict[str, str]:
        return {
            **settings_for(plan, self.simulation, self.database.url, self.folder),
            "LETMEPOST_LOG_LEVEL": "info",
        }

    async def schedule(self, plan: Plan) -> Scene:
        return await set_up(plan, self.simulation, self.settings(plan))

    @contextmanager
    def fleet(self, plan: Plan, name: str) -> Iterator[Fleet]:
        workers = Fleet(plan.workers, self.settings(plan), self.log(name))
        workers.start()
        try:
            yield workers
        finally:
            for worker in workers.workers:
                worker.kill()
                worker.wait()

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    async def until(self, state: str, count: int = 1, seconds: float = 40) -> None:
        """Wait until so many publications are in a state."""

        def there(connection: Connection) -> int:
            query = select(func.count()).select_from(publications)
            return int(connection.execute(query.where(publications.c.state == state)).scalar_one())

        async with asyncio.timeout(seconds):
            # The workers are processes; only the ledger tells how far they are.
            while await self.database.read(there) < count:  # noqa: ASYNC110 - nobody sets an event
                await asyncio.sleep(0.02)

    async def freeze(self, process_id: int) -> None:
        """Stop a process where it holds no lock of a SQLite file, which would stop everybody."""
        while True:
            os.kill(process_id, signal.SIGSTOP)
            if not self.database.is_sqlite or _may_write(self.database.url):
                return
            os.kill(process_id, signal.SIGCONT)
            await asyncio.sleep(0.005)

    async def problems(self, plan: Plan, scene: Scene) -> list[str]:
        report = Report("", plan.publications)
        judge(report, await self.database.read(read_ledger), scene, self.url)
        return report.problems

    def creates(self) -> int:
        """How many calls that create a post have arrived."""
        seen = call(f"{self.url}/_simulator/requests").body
        return sum(CREATE in each["path"] for each in seen)


def _may_write(url: str) -> bool:
    connection = sqlite3.connect(str(make_url(url).database), timeout=0.05, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
    return True


@pytest.fixture
async def stage(database: Database, tmp_path: Path) -> AsyncIterator[Stage]:
    with simulating(0.0, tmp_path / "simulator.log") as simulation:
        yield Stage(simulation["url"], simulation, database, tmp_path)


async def test_a_worker_that_is_asked_to_end_finishes_what_it_holds(stage: Stage) -> None:
    plan = stage.plan(lease_seconds=9.0)
    scene = await stage.schedule(plan)
    add_fault(stage.url, "slow", route=CREATE, seconds=1.5)
    with stage.fleet(plan, "worker") as fleet:
        await stage.until("sending")
        [worker] = fleet.workers
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(worker.wait, 20) == 0
    await stage.until("published", seconds=0.5)
    assert await stage.problems(plan, scene) == []
    assert stage.creates() == 1


async def test_what_a_worker_cannot_finish_in_time_is_taken_up_by_the_next(stage: Stage) -> None:
    plan = stage.plan()
    scene = await stage.schedule(plan)
    # Longer than the worker waits at its end, and shorter than the call may last.
    add_fault(stage.url, "slow", route=CREATE, seconds=1.9)
    with stage.fleet(plan, "first") as fleet:
        await stage.until("sending")
        [worker] = fleet.workers
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(worker.wait, LEASE_SECONDS + 10) == 0
    with stage.fleet(plan, "second"):
        await stage.until("published")
    assert await stage.problems(plan, scene) == []


async def test_a_frozen_workers_word_is_refused_and_the_post_is_there_once(stage: Stage) -> None:
    plan = stage.plan()
    scene = await stage.schedule(plan)
    add_fault(stage.url, "slow", route=CREATE, seconds=0.5)
    with stage.fleet(plan, "frozen") as frozen:
        await stage.until("sending")
        [worker] = frozen.workers
        await stage.freeze(worker.pid)
        with stage.fleet(plan, "second"):
            await stage.until("published")
        assert await stage.problems(plan, scene) == []
        os.kill(worker.pid, signal.SIGCONT)
        log = stage.log("frozen")
        await asyncio.to_thread(
            wait_until, lambda: "job.lease_lost" in log.read_text(), "a refusal of the fence"
        )
    assert await stage.problems(plan, scene) == []
    assert stage.creates() == 1


async def test_a_worker_frozen_before_it_sends_does_not_send_after_another_did(
    stage: Stage,
) -> None:
    """Its lease is over when it wakes, and the ledger refuses the commit before the call."""
    plan = stage.plan(publications=60, accounts=15, ending=" @nobody.bsky.test")
    scene = await stage.schedule(plan)
    add_fault(stage.url, "slow", seconds=0.2, times=1000)
    with stage.fleet(plan, "frozen") as frozen:
        await stage.until("claimed")
        [worker] = frozen.workers
        await stage.freeze(worker.pid)
        with stage.fleet(plan, "second"):
            # Frozen inside a statement, it keeps its row locks until the database ends that.
            await stage.until("published", count=60, seconds=40 + STATEMENT_SECONDS)
            os.kill(worker.pid, signal.SIGCONT)
            await asyncio.sleep(1)
    assert await stage.problems(plan, scene) == []


@pytest.fixture
def simulation(tmp_path: Path) -> Iterator[Mapping[str, Any]]:
    with simulating(0.0, tmp_path / "simulator.log") as running:
        yield running


def _settings(simulation: Mapping[str, Any], lease_seconds: float) -> dict[str, str]:
    return {**simulation["settings"], "LETMEPOST_LEASE_SECONDS": str(lease_seconds)}


def _connect(server: ServerProcess, simulation: Mapping[str, Any]) -> None:
    account = simulation["accounts"]["bluesky"]
    answer = server.connect_bluesky(account["identifier"], account["appPassword"])
    assert answer.status == 201, answer.text


def _texts(simulation: Mapping[str, Any]) -> list[str]:
    return sorted(each["text"] for each in call(f"{simulation['url']}/_simulator/timeline").body)


def test_two_servers_on_one_sqlite_file_publish_everything_once(
    simulation: Mapping[str, Any], tmp_path: Path
) -> None:
    settings = _settings(simulation, 30)
    with ServerProcess(tmp_path, settings) as one, ServerProcess(tmp_path, settings) as two:
        _connect(one, simulation)
        wanted = [f"Post {number:02}" for number in range(40)]
        add_fault(simulation["url"], "slow", seconds=0.1, times=1000)
        ids = []
        for number, text in enumerate(wanted):
            server = (one, two)[number % 2]
            # Half of them go out at once, the others soon, on whichever server takes them first.
            soon = {"scheduledAt": wire_time(datetime.now(UTC) + timedelta(seconds=2))}
            more = soon if number % 4 > 1 else {}
            headers = {"Prefer": "respond-async"}
            [result] = server.post(text, headers=headers, **more)["results"]
            ids.append(result["postId"])
        shown = [one.settled_post(each) for each in ids]
    assert {each["status"] for each in shown} == {"published"}
    assert _texts(simulation) == wanted
    requests = call(f"{simulation['url']}/_simulator/requests").body
    assert sum(CREATE in each["path"] for each in requests) == len(wanted)


def test_a_second_server_does_not_take_what_the_first_has_in_hand(
    simulation: Mapping[str, Any], tmp_path: Path
) -> None:
    settings = _settings(simulation, 30)
    with ServerProcess(tmp_path, settings) as one:
        _connect(one, simulation)
        add_fault(simulation["url"], "slow", route=CREATE, seconds=4)
        [result] = one.post("Held", headers={"Prefer": "respond-async"})["results"]
        with ServerProcess(tmp_path, settings) as two:
            assert one.read_post(result["postId"])["status"] == "publishing"
            shown = two.settled_post(result["postId"])
    assert [each["purpose"] for each in shown["attempts"]] == ["publish"]
    assert _texts(simulation) == ["Held"]


def test_a_server_that_starts_alone_takes_up_at_once_what_a_dead_one_held(
    simulation: Mapping[str, Any], tmp_path: Path
) -> None:
    settings = _settings(simulation, 600)
    with ServerProcess(tmp_path, settings) as server:
        _connect(server, simulation)
        add_fault(simulation["url"], "slow", route=CREATE, seconds=30)
        [result] = server.post("Left", headers={"Prefer": "respond-async"})["results"]
        wait_until(
            lambda: any(
                CREATE in each["path"]
                for each in call(f"{simulation['url']}/_simulator/requests").body
            ),
            "the call",
        )
        server.kill()
        server.start()
        shown = server.settled_post(result["postId"])
    assert shown["status"] == "published"
    assert _texts(simulation) == ["Left"]
