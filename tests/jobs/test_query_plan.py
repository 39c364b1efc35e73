"""How databases find due jobs: by the index of times, whatever else the table holds."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from letmepost.jobs.claiming import _look
from letmepost.jobs.crowding import Crowding
from letmepost.jobs.queue import NewJob, enqueue, seconds_until_due
from letmepost.kit.clock import SystemClock
from letmepost.kit.database import Database
from tests.jobs.queueing import KIND

CLOCK = SystemClock()
FUTURE_JOBS = 50_000
DUE_JOBS = 200
# Of other kinds too: a planner must not prefer an index of kinds.
KINDS = (KIND, "another", "a third")
INDEX = "ix_jobs_due"
LANES = frozenset(f"other:acc_{number}" for number in range(40))

Statement = Callable[[Connection, datetime], object]


def look(connection: Connection, at: datetime) -> object:
    return _look(connection, [KIND], at, 32, frozenset(), Crowding())


def look_past_full_lanes(connection: Connection, at: datetime) -> object:
    return _look(connection, [KIND], at, 32, LANES | {"bluesky:"}, Crowding())


def look_past_a_backlog(connection: Connection, at: datetime) -> object:
    crowding = Crowding()
    crowding.note(LANES, None, at, [])
    return _look(connection, [KIND], at, 32, LANES, crowding)


def wait(connection: Connection, at: datetime) -> object:
    return seconds_until_due(connection, [KIND], at)


STATEMENTS = {
    "a claim": look,
    "a claim past full lanes": look_past_full_lanes,
    "a claim past a backlog that was read": look_past_a_backlog,
    "how long to wait": wait,
}


@pytest.fixture
async def crowded(database: Database) -> Database:
    """A database with a few due jobs and very many of another day."""
    now = CLOCK.now()
    added = [
        NewJob(
            KINDS[number % len(KINDS)],
            f"key{number}",
            f"bluesky:acc_{number % 50}",
            now + timedelta(seconds=number - DUE_JOBS),
        )
        for number in range(DUE_JOBS)
    ]
    added += [
        NewJob(
            KINDS[number % len(KINDS)],
            f"later{number}",
            f"bluesky:acc_{number % 50}",
            now + timedelta(days=1, seconds=number),
        )
        for number in range(FUTURE_JOBS)
    ]

    await database.write(lambda connection: enqueue(connection, added, now))
    if not database.is_sqlite:
        await database.write(lambda connection: connection.execute(text("ANALYZE jobs")))
    return database


@contextmanager
def explained(connection: Connection) -> Iterator[list[str]]:
    """The steps of the plans of all that is asked of the table meanwhile."""
    steps: list[str] = []

    def explain(
        asked: Connection, _cursor: Any, statement: str, parameters: Any, *_: object
    ) -> None:
        if statement.startswith("SELECT") and "FROM jobs" in statement:
            steps.extend(_steps(asked, statement, parameters))

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield steps
    finally:
        event.remove(connection, "before_cursor_execute", explain)


def _steps(connection: Connection, statement: str, parameters: Any) -> list[str]:
    if connection.dialect.name == "sqlite":
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row.detail for row in plan]
    found = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
    plan = found.scalar_one()
    return _nodes(json.loads(plan) if isinstance(plan, str) else plan)


def _nodes(plan: Any) -> list[str]:
    """A line for each step of a plan of PostgreSQL's: what it does and by which index."""
    steps = [plan[0]["Plan"]]
    lines = []
    while steps:
        step = steps.pop()
        lines.append(f"{step['Node Type']} {step.get('Index Name', '')}".strip())
        steps += step.get("Plans", [])
    return lines


async def test_due_jobs_are_found_by_their_time_among_many_of_another_day(
    crowded: Database,
) -> None:
    def plan_of(connection: Connection, statement: Statement) -> list[str]:
        with explained(connection) as steps:
            statement(connection, CLOCK.now())
        return steps

    for name, statement in STATEMENTS.items():
        steps = await crowded.write(partial(plan_of, statement=statement))
        used = [step for step in steps if INDEX in step]
        assert len(used) == 1, (name, steps)
        if crowded.is_sqlite:
            # A search and no scan; a sort would be a step of its own, with a temporary B-tree.
            assert steps == used, name
            assert steps[0].startswith("SEARCH"), (name, steps)
        else:
            wrong = [step for step in steps if step.startswith(("Seq", "Bitmap", "Sort"))]
            assert not wrong, (name, steps)
