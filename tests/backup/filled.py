"""Rows in every table of a database, with what is hard to carry over."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    String,
    Table,
    insert,
)

from letmepost.kit.database import Database
from letmepost.kit.table_rows import tables_of

ROWS = 3
# Beyond 32 bits, and before 1970.
NUMBERS = (1_796_000_000_123_456, -1, 0)
TEXTS = ("Grüße, 日本語 👨‍👩‍👧‍👦", "quotes \" ' \\ and\nlines\t", "")
DOCUMENTS: tuple[Any, ...] = (
    {"z": [1, 1.5, 10.0, 1e20, -0.0, None, True], "a": {"ü": "\u2028", "b": []}},
    [],
    "text alone",
)


def _choices(column: Column[Any]) -> tuple[Any, ...]:
    names = column.foreign_keys or column.primary_key or getattr(column.type, "length", None)
    match column.type:
        case JSON():
            return DOCUMENTS
        case Boolean():
            return (True, False, True)
        case BigInteger():
            return NUMBERS
        case Integer():
            return (0, 1, 2)
        case Float():
            return (0.1, 12.0, 1e20)
        case String():
            # The same in every table, so that each row finds what it refers to; and in another
            # order for a reader of a language than for a machine.
            return ("b", "B", "é") if names else TEXTS
        case _:
            raise AssertionError(column)


def _value(column: Column[Any], row: int) -> Any:
    if row == ROWS - 1 and column.nullable and not column.foreign_keys:
        return None
    return _choices(column)[row]


def _fill(connection: Connection) -> list[Table]:
    tables = tables_of(connection)
    for table in tables:
        rows = [
            {column.name: _value(column, row) for column in table.columns} for row in range(ROWS)
        ]
        connection.execute(insert(table), rows)
    return tables


async def fill(database: Database) -> None:
    """Put three rows into every table."""
    tables = await database.write(_fill)
    assert len(tables) > 20


async def content(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as the driver gives it."""

    def read(connection: Connection) -> dict[str, list[dict[str, Any]]]:
        return {
            table.name: sorted(
                (dict(row._mapping) for row in connection.execute(table.select())),
                key=lambda row: str([row[key.name] for key in table.primary_key]),
            )
            for table in tables_of(connection)
        }

    return await database.read(read)
