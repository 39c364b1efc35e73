"""Columns of envelopes, and putting them under the newest encryption key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Row,
    and_,
    select,
    true,
    tuple_,
    update,
)

from letmepost.kit.crypto import Keyring, SealBrokenError
from letmepost.kit.database import Database

BATCH: Final = 200

SealedRow = Row[*tuple[Any, ...]]


def _always_free(_now: datetime) -> ColumnElement[bool]:
    return true()


@dataclass(frozen=True)
class SealedColumn:
    """A column that holds envelopes of `kit.crypto`.

    `place` is what the envelope of a row was sealed for. `free` tells which rows may be changed at
    a moment.
    """

    column: Column[Any]
    place: Callable[[SealedRow], str]
    free: Callable[[datetime], ColumnElement[bool]] = field(default=_always_free)


@dataclass(slots=True)
class Rewrapped:
    """What became of the envelopes that were under an older key."""

    changed: int = 0
    busy: int = 0
    unreadable: int = 0


@dataclass(slots=True)
class Opened:
    """How many envelopes there are, and how many of them no key opens."""

    found: int = 0
    unreadable: int = 0


def try_all(connection: Connection, keyring: Keyring | None, sealed: SealedColumn) -> Opened:
    """Open every envelope of a column, to see whether the keys are the right ones."""
    column = sealed.column
    total = Opened()
    rows = connection.execute(
        select(*column.table.primary_key.columns, column).where(column.is_not(None)),
        execution_options={"yield_per": BATCH},
    )
    for row in rows:
        total.found += 1
        total.unreadable += not _opens(keyring, row[-1], sealed.place(row))
    return total


def _opens(keyring: Keyring | None, envelope: str, place: str) -> bool:
    if keyring is None:
        return False
    try:
        keyring.open(envelope, place)
    except SealBrokenError:
        return False
    return True


async def rewrap_all(
    database: Database, keyring: Keyring, sealed: SealedColumn, now: Callable[[], datetime]
) -> Rewrapped:
    """Put every envelope of a column under the newest key, a batch in each transaction.

    An envelope that is changed meanwhile is left to who changes it. Begun again after a stop, it
    finds what is left.
    """
    total = Rewrapped()
    last: tuple[Any, ...] | None = None
    while True:
        last = await database.write(
            lambda connection, after=last: _batch(  # type: ignore[misc]
                connection, keyring, sealed, after, now(), total
            )
        )
        if last is None:
            return total


def _batch(  # noqa: PLR0913 - which rows of what, and what became of them
    connection: Connection,
    keyring: Keyring,
    sealed: SealedColumn,
    after: tuple[Any, ...] | None,
    now: datetime,
    total: Rewrapped,
) -> tuple[Any, ...] | None:
    """The key of the last row that was looked at; None after the last batch."""
    column, table = sealed.column, sealed.column.table
    keys = list(table.primary_key.columns)
    query = (
        select(*keys, column)
        .where(column.is_not(None), ~column.startswith(keyring.newest_prefix, autoescape=True))
        .order_by(*keys)
        .limit(BATCH)
    )
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    rows: Sequence[SealedRow] = connection.execute(query).all()
    for row in rows:
        _rewrap(connection, keyring, sealed, row, now, total)
    return tuple(rows[-1][: len(keys)]) if len(rows) == BATCH else None


def _rewrap(  # noqa: PLR0913 - as above, for one row
    connection: Connection,
    keyring: Keyring,
    sealed: SealedColumn,
    row: SealedRow,
    now: datetime,
    total: Rewrapped,
) -> None:
    column, table = sealed.column, sealed.column.table
    envelope: str = row[-1]
    try:
        renewed = keyring.rewrap(envelope, sealed.place(row))
    except SealBrokenError:
        total.unreadable += 1
        return
    same_row = and_(*(key == row[at] for at, key in enumerate(table.primary_key.columns)))
    changed = connection.execute(
        update(table)
        .where(same_row, column == envelope, sealed.free(now))
        .values({column: renewed})
    )
    if changed.rowcount == 1:
        total.changed += 1
    else:
        total.busy += 1
