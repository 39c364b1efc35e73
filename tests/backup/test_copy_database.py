"""An installation moves from SQLite to PostgreSQL and back with every row as it was."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, insert, make_url, text

from check_migrations import declare_every_table
from letmepost import migrations
from letmepost.backup.archive import RefusedError
from letmepost.backup.copy_database import copy_database
from letmepost.kit import table_rows
from letmepost.kit.database import Database, metadata, sqlite_url
from letmepost.kit.file_lock import SharedFileLock
from letmepost.kit.table_rows import tables_of
from tests.backup.conftest import counted_nowhere
from tests.backup.filled import content, fill


async def rows_of(url: str) -> dict[str, list[dict[str, Any]]]:
    database = Database(url)
    try:
        return await content(database)
    finally:
        await database.close()


async def filled(url: str) -> None:
    database = Database(url)
    await fill(database)
    await database.close()


async def step_to(url: str, step: str) -> None:
    database = Database(url)
    await database.write(
        lambda connection: connection.execute(
            text("UPDATE alembic_version SET version_num = :step"), {"step": step}
        )
    )
    await database.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_every_row_of_every_table_arrives_as_it_was(
    database_url: str, empty: Mapping[str, str], kind: str
) -> None:
    await filled(database_url)
    before = await rows_of(database_url)
    counted: dict[str, int] = {}

    def begun(what: str, total: int) -> Any:
        counted[f"{what} in all"] = total

        def progress(count: int) -> None:
            counted[what] = counted.get(what, 0) + count

        return progress

    target = empty[kind]
    declare_every_table()
    copied = await copy_database(database_url, target, begun)
    assert await rows_of(target) == before == await rows_of(database_url)
    assert set(copied) == set(metadata.tables) == set(before)
    assert {name: each.count for name, each in copied.items()} == dict.fromkeys(before, 3)
    total = 3 * len(before)
    assert counted == {
        "rows read": total,
        "rows read in all": total,
        "rows written": total,
        "rows written in all": total,
    }


async def test_a_table_that_counts_its_rows_goes_on_after_the_last_one(
    database_url: str, empty: Mapping[str, str]
) -> None:
    await filled(database_url)
    for target in empty.values():
        await copy_database(database_url, target, counted_nowhere)
        database = Database(target)
        logged = (await content(database))["request_log"]
        new = {name: value for name, value in logged[0].items() if name != "id"}

        def add(connection: Connection, new: dict[str, Any] = new) -> int:
            (table,) = [each for each in tables_of(connection) if each.name == "request_log"]
            added = connection.execute(insert(table).values(new).returning(table.c.id))
            return int(added.scalar_one())

        assert await database.write(add) == max(each["id"] for each in logged) + 1
        await database.close()


async def test_no_other_table_counts(database: Database) -> None:
    """Or the test above would have to look at it too."""

    def counting(connection: Connection) -> list[str]:
        named = "SELECT sequencename FROM pg_sequences"
        if connection.dialect.name == "sqlite":
            named = "SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'"
        return list(connection.execute(text(named)).scalars())

    allowed = {"sqlite": [], "postgresql": ["request_log_id_seq"]}
    assert (
        await database.read(counting) == allowed["sqlite" if database.is_sqlite else "postgresql"]
    )


async def test_more_rows_than_a_batch_arrive_in_order(
    database_url: str, empty: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(database_url)
    monkeypatch.setattr(table_rows, "BATCH", 2)
    target = empty["sqlite"]
    await copy_database(database_url, target, counted_nowhere)
    assert await rows_of(target) == await rows_of(database_url)


async def test_a_database_with_a_row_is_left_alone(
    database_url: str, empty: Mapping[str, str]
) -> None:
    await filled(database_url)
    target = empty["postgresql"]
    await copy_database(database_url, target, counted_nowhere)
    before = await rows_of(target)
    with pytest.raises(RefusedError, match=r"is not empty: [a-z_]+ has rows"):
        await copy_database(database_url, target, counted_nowhere)
    assert await rows_of(target) == before


async def test_databases_at_different_steps_are_refused(
    database_url: str, empty: Mapping[str, str]
) -> None:
    target = empty["postgresql"]
    await step_to(target, "0001")
    with pytest.raises(RefusedError, match="stands at step 0001, and the other at"):
        await copy_database(database_url, target, counted_nowhere)
    await step_to(database_url, "0001")
    with pytest.raises(RefusedError, match="at step 0001, and this version is made for "):
        await copy_database(database_url, target, counted_nowhere)


async def test_a_database_without_tables_is_nothing_to_copy(
    empty: Mapping[str, str], tmp_path: Any
) -> None:
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(RefusedError, match="is empty"):
        await copy_database(sqlite_url(tmp_path / "empty.sqlite"), empty["sqlite"], counted_nowhere)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_server_at_work_on_the_file_must_be_stopped_first(
    database_url: str, empty: Mapping[str, str]
) -> None:
    lock = SharedFileLock(make_url(database_url).database + ".lock")  # type: ignore[operator,arg-type]
    assert lock.take()
    lock.share()
    target = empty["sqlite"]
    with pytest.raises(RefusedError, match="is at work on"):
        await copy_database(database_url, target, counted_nowhere)
    lock.release()
    await copy_database(database_url, target, counted_nowhere)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_whoever_is_connected_to_the_source_must_leave_first(
    database_url: str, database: Database, empty: Mapping[str, str]
) -> None:
    await database.ping()
    with pytest.raises(RefusedError, match="1 others are connected"):
        await copy_database(database_url, empty["sqlite"], counted_nowhere)


async def test_what_a_database_alters_is_noticed_and_nothing_stays(
    database_url: str, empty: Mapping[str, str]
) -> None:
    await filled(database_url)
    target = empty["sqlite"]
    altering = Database(target)
    await altering.write(migrations.upgrade)
    await altering.write(
        lambda connection: connection.execute(
            text(
                "CREATE TRIGGER altering AFTER INSERT ON profiles BEGIN "
                "UPDATE profiles SET name = 'altered' WHERE id = NEW.id; END"
            )
        )
    )
    with pytest.raises(RefusedError, match="rows of profiles were refused: 3 rows were written"):
        await copy_database(database_url, target, counted_nowhere)
    found = await content(altering)
    await altering.close()
    assert set(map(len, found.values())) == {0}


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("mysql://host/name", "sqlite:///to", "Name databases as"),
        ("sqlite:////nowhere/at-all", "sqlite:///to", "There is no file /nowhere/at-all"),
        ("postgresql://host/a", "postgresql://host/a", "the same database"),
        ("postgresql://host/a", "sqlite:////nowhere/to", "There is no folder /nowhere"),
    ],
)
async def test_addresses_that_cannot_be_meant_are_refused(
    source: str, target: str, said: str
) -> None:
    with pytest.raises(RefusedError, match=said):
        await copy_database(source, target, counted_nowhere)
