"""Many rows by one statement, kept as SQLAlchemy itself would keep them, on both databases."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    insert,
    literal_column,
    select,
)
from sqlalchemy.exc import IntegrityError, StatementError

from letmepost.kit.database import Database, Id, Json, Timestamp
from letmepost.kit.row_writes import inserting, updating

kept = Table(
    "rows_of_this_test",
    MetaData(),
    Column("id", Id, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", Timestamp, nullable=True),
    Column("facts", Json, nullable=True),
    Column("is_so", Boolean, nullable=True),
    Column("share", Float, nullable=True),
    Column("name", String(8), nullable=True),
    # A name that needs quoting in one language of SQL or another.
    Column("position", Text, nullable=True),
)
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
ROWS: list[dict[str, Any]] = [
    {
        "id": "a",
        "count": 1,
        "at": NOON,
        "facts": {"text": "naïve 🦋", "list": [1, None]},
        "is_so": True,
        "share": 0.5,
        "name": "%s ? :x",
        "position": "$1",
    },
    {
        "id": "b",
        "count": 2,
        "at": None,
        "facts": None,
        "is_so": None,
        "share": None,
        "name": None,
        "position": None,
    },
    {
        "id": "c",
        "count": 3,
        "at": None,
        "facts": [],
        "is_so": False,
        "share": 0.0,
        "name": "",
        "position": "",
    },
]
new_rows = inserting(kept)


@pytest.fixture
async def there(database: Database) -> Database:
    await database.write(kept.metadata.create_all)
    return database


async def read(database: Database) -> list[dict[str, Any]]:
    found = await database.read(
        lambda connection: connection.execute(select(kept).order_by(kept.c.id)).all()
    )
    return [dict(row._mapping) for row in found]


async def test_rows_are_kept_as_sqlalchemy_keeps_them(there: Database) -> None:
    def by_sqlalchemy(connection: Connection) -> None:
        connection.execute(insert(kept), [{**row, "id": f"{row['id']}2"} for row in ROWS])

    await there.write(lambda connection: new_rows.write(connection, ROWS))
    await there.write(by_sqlalchemy)
    found = await read(there)
    assert found[0::2] == ROWS
    assert [{**row, "id": row["id"][:1]} for row in found[1::2]] == ROWS
    # SQL's NULL, and not JSON's null.
    nulls = select(func.count()).where(kept.c.facts.is_(None))
    assert await there.read(lambda connection: connection.execute(nulls).scalar_one()) == 2


async def test_what_a_row_lacks_is_null_and_what_it_has_beside_is_left_out(
    there: Database,
) -> None:
    rows = [{"id": "a", "count": 1, "else": "where"}, {"id": "b", "count": 2, "name": "b"}]
    await there.write(lambda connection: new_rows.write(connection, rows))
    assert [(row["count"], row["name"], row["at"]) for row in await read(there)] == [
        (1, None, None),
        (2, "b", None),
    ]


async def test_rows_get_new_values_each_by_its_id(there: Database) -> None:
    names = updating(kept, "name", "facts")
    await there.write(lambda connection: new_rows.write(connection, ROWS))
    changed = [{**ROWS[0], "name": "new", "count": 9}, {"id": "c", "name": "c", "facts": {"c": 1}}]
    await there.write(lambda connection: names.write(connection, changed))
    assert await read(there) == [
        {**ROWS[0], "name": "new"},
        ROWS[1],
        {**ROWS[2], "name": "c", "facts": {"c": 1}},
    ]


async def test_a_row_that_lacks_a_new_value_keeps_what_it_had(there: Database) -> None:
    names = updating(kept, "name", "facts")
    await there.write(lambda connection: new_rows.write(connection, ROWS))
    with pytest.raises(KeyError):
        await there.write(lambda connection: names.write(connection, [{"id": "a", "name": "new"}]))
    assert await read(there) == ROWS


async def test_the_database_finds_a_value_for_each_row(there: Database) -> None:
    counted = inserting(kept, count=literal_column("1 + 2"))
    await there.write(lambda connection: counted.write(connection, [{"id": "a"}, {"id": "b"}]))
    assert [row["count"] for row in await read(there)] == [3, 3]


async def test_no_rows_are_no_statement(there: Database) -> None:
    await there.write(lambda connection: new_rows.write(connection, []))
    assert await read(there) == []


async def test_a_group_with_a_wrong_row_leaves_nothing_behind(there: Database) -> None:
    for wrong, refused in (
        ({"id": "a", "count": 1}, IntegrityError),
        ({"id": "d"}, IntegrityError),
        ({"id": "d", "count": 1, "at": NOON.replace(tzinfo=None)}, (StatementError, ValueError)),
    ):
        rows = [*ROWS, wrong]
        with pytest.raises(refused):
            await there.write(partial(_written, rows=rows))
        assert await read(there) == []


def _written(connection: Connection, rows: list[dict[str, Any]]) -> None:
    new_rows.write(connection, rows)
