"""New values for many rows at once, each by its id."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update


class RowUpdate:
    """One statement that gives rows of a table new values of these columns."""

    def __init__(self, table: Table, *columns: str) -> None:
        self._columns = columns
        self._statement = (
            update(table)
            .where(table.c.id == bindparam("row_id"))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows as they will be; what they have beside those columns is left alone."""
        if rows:
            connection.execute(
                self._statement,
                [
                    {"row_id": row["id"], **{f"new_{name}": row[name] for name in self._columns}}
                    for row in rows
                ],
            )
