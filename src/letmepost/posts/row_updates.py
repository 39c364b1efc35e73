"""New values for many rows at once, each by its id."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, Update, bindparam, update


def rows_of(table: Table, columns: Sequence[str]) -> Update:
    """The statement that gives rows new values of these columns."""
    return (
        update(table)
        .where(table.c.id == bindparam("row_id"))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )


def write_rows(
    connection: Connection,
    statement: Update,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Run it for all rows; they have more than those columns, as they were read."""
    if rows:
        connection.execute(
            statement,
            [
                {"row_id": row["id"], **{f"new_{name}": row[name] for name in columns}}
                for row in rows
            ],
        )
