"""Every row of a database, written as lines and read back: the same on SQLite and PostgreSQL.

Tables are taken as they stand in the database, not as the code declares them, so that a newer
version reads what an older one wrote.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import islice
from typing import IO, Any, Final

from pydantic import BaseModel
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKeyConstraint,
    MetaData,
    String,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.exc import DBAPIError

from letmepost.kit.database import Json

BATCH: Final = 500
# Where alembic notes the step; a database that was migrated has it already.
STEP_TABLE: Final = "alembic_version"

# Called with the number of rows that were dealt with since the last time.
Progress = Callable[[int], None]
Opened = Callable[[str], AbstractContextManager[IO[bytes]]]


class RowsRefusedError(Exception):
    """A database does not take the rows of a table, or gives other ones back."""

    def __init__(self, table: str, reason: str) -> None:
        self.table = table
        self.reason = reason
        super().__init__(f"{table}: {reason}")


class Rows(BaseModel):
    """How many rows of a table were written, and the SHA-256 of their lines."""

    count: int
    sha256: str


def tables_of(connection: Connection) -> list[Table]:
    """Every table as it stands in the database, each after those that it refers to."""
    # What rows need and no more: SQLAlchemy's own reflection warns of indexes of expressions.
    found, inspector = MetaData(), inspect(connection)
    for name in inspector.get_table_names():
        keys = inspector.get_pk_constraint(name)["constrained_columns"]
        columns = [
            Column(
                each["name"],
                # None is to be NULL, and not JSON's null.
                Json if isinstance(each["type"], JSON) else each["type"],
                primary_key=each["name"] in keys,
                nullable=each["nullable"],
            )
            for each in inspector.get_columns(name)
        ]
        references = [
            ForeignKeyConstraint(
                each["constrained_columns"],
                [f"{each['referred_table']}.{column}" for column in each["referred_columns"]],
            )
            for each in inspector.get_foreign_keys(name)
        ]
        Table(name, found, *columns, *references)
    return [table for table in found.sorted_tables if table.name != STEP_TABLE]


def count_rows(connection: Connection, tables: Iterable[Table]) -> int:
    """How many rows there are in all of them."""
    return sum(
        connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
    )


def write_rows(
    connection: Connection, tables: Iterable[Table], opened: Opened, progress: Progress
) -> dict[str, Rows]:
    """Write the rows of each table into what `opened` gives for its name, the columns' names first.

    One JSON array a line, in the order of the primary key, which is the same on both databases.
    """
    written = {}
    for table in tables:
        with opened(table.name) as file:
            file.write(_line([each.name for each in _columns(table)]))
            digest, count = hashlib.sha256(), 0
            for line in _lines(connection, table):
                file.write(line)
                digest.update(line)
                count += 1
                if count % BATCH == 0:
                    progress(BATCH)
            progress(count % BATCH)
        written[table.name] = Rows(count=count, sha256=digest.hexdigest())
    return written


def read_rows(
    connection: Connection, expected: Mapping[str, Rows], opened: Opened, progress: Progress
) -> None:
    """Put every row into its table, in the caller's transaction, and compare what now stands there.

    Between two batches a file is read, and an index on millions of rows takes its time, so this
    is for `Database.write_at_length`.
    Raises `RowsRefusedError` where a table or column is missing, a row is refused, or what the
    database gives back is not what was written.
    """
    tables = {table.name: table for table in tables_of(connection)}
    if missing := sorted(expected.keys() - tables.keys()):
        raise RowsRefusedError(missing[0], "the database has no such table")
    for name, table in tables.items():
        if name in expected:
            with opened(name) as file:
                _insert(connection, table, file, progress)
            _count_on(connection, table)
    for name, rows in expected.items():
        digest, count = hashlib.sha256(), 0
        for line in _lines(connection, tables[name]):
            digest.update(line)
            count += 1
        if (count, digest.hexdigest()) != (rows.count, rows.sha256):
            reason = f"{rows.count} rows were written, and the {count} read back are not the same"
            raise RowsRefusedError(name, reason)


def _insert(connection: Connection, table: Table, file: IO[bytes], progress: Progress) -> None:
    names = json.loads(file.readline())
    if unknown := sorted(set(names) - set(table.columns.keys())):
        raise RowsRefusedError(table.name, f"the database has no column {unknown[0]}")
    while batch := [
        dict(zip(names, json.loads(line), strict=True)) for line in islice(file, BATCH)
    ]:
        try:
            connection.execute(insert(table), batch)
        except DBAPIError as error:
            raise RowsRefusedError(table.name, str(error.orig)) from error
        progress(len(batch))


def _count_on(connection: Connection, table: Table) -> None:
    """Have a key that counts by itself go on after the last row; on SQLite it does so anyway."""
    if connection.dialect.name != "postgresql":
        return
    for key in table.primary_key:
        named = select(func.pg_get_serial_sequence(table.name, key.name))
        sequence = connection.execute(named).scalar_one()
        if sequence is not None:
            last = select(func.max(key)).scalar_subquery()
            connection.execute(select(func.setval(cast(cast(sequence, Text), REGCLASS), last)))


def _columns(table: Table) -> list[Column[Any]]:
    # A table that was made anew for a later step has its columns in another order.
    return sorted(table.columns, key=lambda column: column.name)


def _lines(connection: Connection, table: Table) -> Iterator[bytes]:
    columns = _columns(table)
    found = connection.execute(
        select(*columns).order_by(*(_in_byte_order(connection, key) for key in table.primary_key)),
        execution_options={"yield_per": BATCH},
    )
    is_json = [isinstance(column.type, JSON) for column in columns]
    for row in found:
        yield _line(
            [
                _plain(value) if of_json else value
                for value, of_json in zip(row, is_json, strict=True)
            ]
        )


def _in_byte_order(connection: Connection, key: Column[Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's
    """SQLite compares bytes; PostgreSQL would sort as its language does."""
    is_text = isinstance(key.type, String)
    return key.collate("C") if is_text and connection.dialect.name == "postgresql" else key


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """JSON with one way to write a number: PostgreSQL gives 1e20 back as an integer."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":")).encode() + b"\n"
