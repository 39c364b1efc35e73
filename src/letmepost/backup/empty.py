"""Whether a database may be copied from, and whether one may be filled."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, literal, select

from letmepost import migrations
from letmepost.backup.archive import RefusedError
from letmepost.configuration import sqlite_lock
from letmepost.kit.database import Database
from letmepost.kit.table_rows import tables_of


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Keep every server off a SQLite file meanwhile; raise `RefusedError` where one is at work."""
    if not database.is_sqlite:
        yield
        return
    lock = sqlite_lock(database)
    if not lock.take_alone():
        raise RefusedError(f"A server or worker is at work on {database.url}.", "Stop it first.")
    try:
        yield
    finally:
        lock.release()


def refuse_other_step(connection: Connection) -> None:
    """Raise `RefusedError` where the database is not at the step of this version."""
    step = migrations.revision(connection)
    if step is None:
        raise RefusedError("The database is empty: there is nothing to copy.")
    if step != migrations.HEAD:
        raise RefusedError(
            f"The database stands at step {step}, and this version is made for {migrations.HEAD}.",
            "Run: letmepost migrate" if step < migrations.HEAD else "Use the version that made it.",
        )


def refuse_rows(connection: Connection) -> None:
    """Raise `RefusedError` where any table has a row: nothing is mixed, nothing written over."""
    for table in tables_of(connection):
        if connection.execute(select(literal(1)).select_from(table).limit(1)).first():
            raise RefusedError(
                f"The database that is to be filled is not empty: {table.name} has rows.",
                "Name another one; nothing is ever written over.",
            )
