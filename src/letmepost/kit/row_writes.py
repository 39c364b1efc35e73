"""Write many rows by one statement that is made ready for the driver once.

SQLAlchemy looks up each parameter of each row anew, which takes as long as the database does.
What it knows of the statement and of its types is asked here once for each engine.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, Dialect, Table, bindparam, insert, update

if TYPE_CHECKING:
    from sqlalchemy.sql.dml import ValuesBase

Ready = tuple[str, list[tuple[str, Callable[[Any], Any] | None]]]
_NEW = "new_"


class RowWrite:
    """A statement for many rows. What a row has beside its columns is left out.

    `blank` has what stands for a column that a row lacks; without, a row has to have them all.
    """

    def __init__(
        self, statement: "ValuesBase", names: Sequence[str], blank: Mapping[str, None]
    ) -> None:
        self._statement = statement
        self._names = names
        self._blank = blank
        self._ready: WeakKeyDictionary[Dialect, Ready] = WeakKeyDictionary()

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write rows, each by its columns' names; raise `KeyError` for one that lacks some."""
        if not rows:
            return
        ready = self._ready.get(connection.dialect)
        if ready is None:
            ready = self._ready[connection.dialect] = self._made_ready(connection.dialect)
        sql, columns = ready
        connection.exec_driver_sql(
            sql,
            [
                tuple(
                    [
                        row[name] if kept_as is None else kept_as(row[name])
                        for name, kept_as in columns
                    ]
                )
                for row in (({**self._blank, **each} for each in rows) if self._blank else rows)
            ],
        )

    def _made_ready(self, dialect: Dialect) -> Ready:
        compiled = self._statement.compile(dialect=dialect, column_keys=list(self._names))
        return str(compiled), [
            (
                name.removeprefix(_NEW),
                compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect),
            )
            for name in compiled.positiontup or ()
        ]


def inserting(table: Table, **values: ColumnElement[Any]) -> RowWrite:
    """Add rows; what one lacks is NULL, and `values` are those that the database finds for each."""
    names = [each.name for each in table.columns if each.name not in values]
    statement = insert(table).values(values) if values else insert(table)
    return RowWrite(statement, names, dict.fromkeys(names))


def updating(table: Table, *columns: str) -> RowWrite:
    """Give rows, each by its id, new values of these columns; a row has to have each of them."""
    # A name that no column has, as SQLAlchemy keeps those for values that it sets by itself.
    named: dict[str, Any] = {each: bindparam(f"{_NEW}{each}") for each in columns}
    statement = update(table).where(table.c.id == bindparam(f"{_NEW}id")).values(named)
    return RowWrite(statement, (), {})
