"""Units of work and column types, on both databases."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from letmepost.kit import postgresql
from letmepost.kit.database import Database, DatabaseAwayError, Id, Json, Timestamp
from letmepost.kit.ids import new_id

things = Table(
    "things_of_this_test",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", Timestamp, nullable=True),
    Column("facts", Json, nullable=True),
)

sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
postgresql_only = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
async def with_things(database: Database) -> Database:
    await database.write(things.metadata.create_all)
    return database


def add(thing_id: str, **values: object) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(insert(things).values(id=thing_id, count=0, **values))

    return work


def all_ids(connection: Connection) -> list[str]:
    return list(connection.scalars(select(things.c.id).order_by(things.c.id)))


def count_of(connection: Connection) -> int:
    return int(connection.scalars(select(things.c.count)).one())


async def test_a_write_is_there_for_other_connections_once_it_returns(
    with_things: Database,
) -> None:
    await with_things.write(add("a"))
    other = Database(with_things.url)
    assert await other.read(all_ids) == ["a"]
    await other.close()


async def test_a_write_that_fails_leaves_nothing_behind(with_things: Database) -> None:
    def half(connection: Connection) -> None:
        add("a")(connection)
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        await with_things.write(half)
    assert await with_things.read(all_ids) == []


async def test_a_write_answers_with_what_its_work_returns(with_things: Database) -> None:
    def work(connection: Connection) -> str:
        add("a")(connection)
        return "done"

    assert await with_things.write(work) == "done"


async def test_a_write_whose_caller_goes_away_still_commits(with_things: Database) -> None:
    begun = asyncio.create_task(with_things.write(add("a")))
    await asyncio.sleep(0)
    begun.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begun
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    assert await with_things.read(all_ids) == ["a"]


@sqlite_only
async def test_a_read_cannot_write_on_sqlite(with_things: Database) -> None:
    with pytest.raises(OperationalError, match="readonly"):
        await with_things.read(add("a"))
    assert await with_things.read(all_ids) == []


async def test_a_read_does_not_wait_for_a_write_that_is_under_way(with_things: Database) -> None:
    other = Database(with_things.url)
    seen: list[list[str]] = []

    def work(connection: Connection) -> None:
        add("a")(connection)
        seen.append(asyncio.run_coroutine_threadsafe(other.read(all_ids), loop).result(5))

    async def write_on_a_loop_of_its_own() -> None:
        writer = Database(with_things.url)
        await writer.write(work)
        await writer.close()

    loop = asyncio.get_running_loop()
    # `work` blocks its thread while it waits for the read, so it must not be this loop's thread.
    await asyncio.to_thread(asyncio.run, write_on_a_loop_of_its_own())
    await other.close()
    assert seen == [[]]


async def test_concurrent_writers_lose_no_update_and_meet_no_lock_error(
    with_things: Database,
) -> None:
    await with_things.write(add("a"))

    def add_one(connection: Connection) -> None:
        # Read, then write: with a deferred BEGIN, SQLite refuses the second of two such.
        before = connection.scalars(select(things.c.count).with_for_update()).one()
        connection.execute(update(things).values(count=before + 1))

    # Each `Database` stands for a process of its own.
    processes = [Database(with_things.url) for _ in range(3)]
    await asyncio.gather(*(each.write(add_one) for each in processes for _ in range(20)))
    for each in processes:
        await each.close()
    assert await with_things.read(count_of) == 60


@pytest.mark.parametrize(
    "at",
    [
        NOON,
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        NOON.astimezone(timezone(timedelta(hours=5, minutes=45))),
    ],
)
async def test_a_time_comes_back_to_the_microsecond_and_in_utc(
    with_things: Database, at: datetime
) -> None:
    await with_things.write(add("a", at=at))
    stored = await with_things.read(lambda c: c.scalars(select(things.c.at)).one())
    assert stored == at
    assert stored.tzinfo is UTC


async def test_a_naive_time_is_refused(with_things: Database) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        await with_things.write(add("a", at=NOON.replace(tzinfo=None)))
    assert await with_things.read(all_ids) == []


async def test_times_compare_in_sql_as_they_do_in_python(with_things: Database) -> None:
    await with_things.write(add("early", at=NOON))
    await with_things.write(add("late", at=NOON + timedelta(microseconds=1)))
    due = select(things.c.id).where(things.c.at <= NOON)
    assert await with_things.read(lambda c: list(c.scalars(due))) == ["early"]


async def test_ids_sort_in_the_database_as_in_python(with_things: Database) -> None:
    tricky = ["post_Z", "post_a", "post_A", "post_z", "post_0", "post_9", "post__", "Post_a"]
    ids = tricky + [new_id("post") for _ in range(50)]
    for each in ids:
        await with_things.write(add(each))
    assert await with_things.read(all_ids) == sorted(ids)


async def test_json_comes_back_as_it_went(with_things: Database) -> None:
    facts = {"text": "häagen 🍦", "list": [1, 2.5, None, True], "nested": {"a": {}}}
    await with_things.write(add("a", facts=facts))
    assert await with_things.read(lambda c: c.scalars(select(things.c.facts)).one()) == facts


async def test_foreign_keys_hold(database: Database) -> None:
    orphan = text(
        "INSERT INTO profiles (id, organization_id, name, slug, created_at, updated_at) "
        "VALUES ('prof_1', 'org_none', 'x', 'x', 0, 0)"
    )
    with pytest.raises(IntegrityError):
        await database.write(lambda connection: connection.execute(orphan))


@sqlite_only
async def test_sqlite_keeps_what_was_committed_through_a_power_cut(database: Database) -> None:
    def settings(connection: Connection) -> tuple[str, int]:
        return (
            connection.scalar(text("PRAGMA journal_mode")) or "",
            connection.scalar(text("PRAGMA synchronous")) or 0,
        )

    full = 2
    assert await database.write(settings) == ("wal", full)


async def test_ping_raises_where_nothing_answers(database: Database) -> None:
    await database.ping()
    nowhere = Database("postgresql://postgres@127.0.0.1:9/none")
    with pytest.raises(DatabaseAwayError, match="Connect"):
        await nowhere.ping()
    await nowhere.close()


def stand_still(_connection: Connection) -> None:
    # The whole process: nothing of its event loop runs either.
    time.sleep(1)


def prepare_and_stand_still(connection: Connection) -> None:
    """What the driver does with a statement that is new to it: first parse, then run."""
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.run_async(lambda driver: driver.prepare("SELECT 1"))
    time.sleep(1)


@postgresql_only
@pytest.mark.parametrize(
    ("limit", "freeze"),
    [
        ("IDLE_IN_TRANSACTION_SECONDS", stand_still),
        ("STATEMENT_SECONDS", prepare_and_stand_still),
    ],
    ids=["between statements", "inside a statement"],
)
async def test_a_process_frozen_inside_a_transaction_loses_its_row_locks(
    with_things: Database,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    freeze: Callable[[Connection], None],
) -> None:
    await with_things.write(add("a"))
    monkeypatch.setattr(postgresql, limit, 0.3)
    frozen = Database(with_things.url)

    def hold(connection: Connection) -> None:
        connection.execute(select(things).with_for_update())
        freeze(connection)
        connection.execute(update(things).values(count=things.c.count + 1))

    with pytest.raises(DatabaseAwayError):
        await frozen.write(hold)
    free = select(things.c.id).with_for_update(skip_locked=True)
    assert await with_things.write(lambda connection: connection.scalars(free).all()) == ["a"]
    # What it did is undone, and it goes on with another connection.
    await frozen.write(lambda connection: connection.execute(update(things).values(count=7)))
    assert await with_things.read(count_of) == 7
    await frozen.close()
