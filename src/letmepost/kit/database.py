"""One way to the database, on SQLite and PostgreSQL: units of work, read or write.

A unit of work is a plain function of a SQLAlchemy `Connection`. It runs inside one transaction:
`write` commits it or leaves nothing behind, `read` cannot change anything on SQLite. It may run in
a thread, so it touches nothing that belongs to the event loop.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Dialect,
    MetaData,
    String,
    TypeDecorator,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from letmepost.kit.sqlite import SqliteConnections

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Timestamp(TypeDecorator[datetime]):
    """A moment in UTC, kept as microseconds since 1970: one order and one arithmetic everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a naive time: it would mean another moment on another machine."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Give the moment back, in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


# ASCII order on both databases, so that keyset pages and sorted ids agree.
Id = String(64).with_variant(String(64, collation="C"), "postgresql")
# None is SQL's NULL, so that a column without a value can be asked for.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


# When to ask again while the database is away: one that is started again is back within a few
# seconds, and a wrong guess costs little.
AWAY_RETRY_SECONDS: Final = 5


class DatabaseAwayError(Exception):
    """The database does not answer, or takes nothing more now.

    What was to be written is there as a whole or not at all, and which of the two is not known:
    the answer to a COMMIT may be what was lost. The cause is what the driver said.
    """

    def __init__(self, said: Exception) -> None:
        super().__init__(f"{type(said).__name__}: {said}")


class Connections(Protocol):
    """What a kind of database does with units of work."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that only reads."""
        ...

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run a long unit of work that reads the whole database as of one moment."""
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction."""
        ...

    async def write_at_length(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction, however long its statements take."""
        ...

    def is_away(self, error: Exception) -> bool:
        """Whether it says that the database is away, and nothing of the unit of work."""
        ...

    def listening(
        self, channel: str, heard: Callable[[], None]
    ) -> AbstractAsyncContextManager[None]:
        """Call `heard` whenever a transaction notifies the channel, where there are channels."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


def _connections(url: str, *, sqlite: bool) -> Connections:
    if sqlite:
        return SqliteConnections(url)
    # With it comes SQLAlchemy's ORM, which a server on SQLite need not load.
    from letmepost.kit.postgresql import PostgresqlConnections  # noqa: PLC0415

    return PostgresqlConnections(url)


class Database:
    """The database of one process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._connections = _connections(url, sqlite=self.is_sqlite)
        self._write_in_doubt = False

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that only reads; raise `DatabaseAwayError`."""
        try:
            return await self._connections.read(work)
        except Exception as error:
            if self._connections.is_away(error):
                raise DatabaseAwayError(error) from error
            raise

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that reads the database as of one moment, however long it takes.

        Others go on writing meanwhile, and it sees nothing of that. On PostgreSQL it holds the
        event loop while it does anything but ask the database.
        """
        return await self._connections.snapshot(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction and commit it before returning.

        A request that goes away does not cut the transaction: what was begun ends either way.
        Raises `DatabaseAwayError`.
        """
        return await asyncio.shield(asyncio.ensure_future(self._write(work)))

    async def write_at_length(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction, however long its statements take."""
        return await self._connections.write_at_length(work)

    async def _write(self, work: Callable[[Connection], T]) -> T:
        try:
            result = await self._connections.write(work)
        except Exception as error:
            if self._connections.is_away(error):
                self._write_in_doubt = True
                raise DatabaseAwayError(error) from error
            raise
        # On SQLite even a full disk takes a transaction that changes nothing; `ping` looks closer.
        self._write_in_doubt = self._write_in_doubt and self.is_sqlite
        return result

    def listening(
        self, channel: str, heard: Callable[[], None]
    ) -> AbstractAsyncContextManager[None]:
        """Call `heard` whenever a transaction notifies the channel; on SQLite, never.

        A lost connection is made again, and `heard` is called then: something may have been said
        meanwhile.
        """
        return self._connections.listening(channel, heard)

    async def ping(self) -> None:
        """Raise `DatabaseAwayError`, or what else the driver says, unless it answers and writes.

        A read says nothing of a full disk, so once a write has failed there, a write is tried.
        """
        await self.read(lambda connection: connection.execute(text("SELECT 1")))
        if self._write_in_doubt:
            await self._connections.write(_take_room if self.is_sqlite else _touch)
            self._write_in_doubt = False

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()


def _take_room(connection: Connection) -> None:
    """Let the file grow by a few pages, and give them back."""
    connection.exec_driver_sql("CREATE TABLE room_for_more AS SELECT zeroblob(65536) AS content")
    connection.exec_driver_sql("DROP TABLE room_for_more")


def _touch(connection: Connection) -> None:
    """Take a transaction number, which is written down."""
    connection.execute(text("SELECT pg_current_xact_id()"))


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"
