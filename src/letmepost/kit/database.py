"""One way to the database, on SQLite and PostgreSQL: units of work, read or write.

A unit of work is a plain function of a SQLAlchemy `Connection`. It runs inside one transaction:
`write` commits it or leaves nothing behind, `read` cannot change anything on SQLite.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Dialect,
    MetaData,
    String,
    TypeDecorator,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
BUSY_TIMEOUT_MS = 10_000
SQLITE_READERS = 4
POSTGRESQL_CONNECTIONS = 10
RECONNECT_SECONDS = 1.0

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


class Database:
    """The connections of one process."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(url, connections=1, query_only=False)
            self._reader = _sqlite_engine(url, connections=SQLITE_READERS, query_only=True)
        else:
            self._writer = create_async_engine(
                make_url(url).set(drivername="postgresql+asyncpg"),
                pool_size=POSTGRESQL_CONNECTIONS,
                max_overflow=0,
                pool_pre_ping=True,
            )
            # A read is one statement or tolerates a newer row in its second: no BEGIN and COMMIT.
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that only reads."""
        async with self._reader.connect() as connection:
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction and commit it before returning.

        A request that goes away does not cut the transaction: what was begun ends either way.
        """
        return await asyncio.shield(asyncio.ensure_future(self._write(work)))

    async def _write(self, work: Callable[[Connection], T]) -> T:
        async with self._writer.begin() as connection:
            return await connection.run_sync(work)

    @asynccontextmanager
    async def listening(self, channel: str, heard: Callable[[], None]) -> AsyncIterator[None]:
        """Call `heard` whenever a transaction notifies the channel; on SQLite, never.

        A lost connection is made again, and `heard` is called then: something may have been said
        meanwhile.
        """
        if self.is_sqlite:
            yield
            return
        listening = asyncio.create_task(self._listen(channel, heard))
        try:
            yield
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, channel: str, heard: Callable[[], None]) -> None:
        import asyncpg  # noqa: PLC0415 - not needed on SQLite, and slow to load

        plain = make_url(self.url).set(drivername="postgresql")
        while True:
            try:
                connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
                lost = asyncio.Event()
                connection.add_termination_listener(lambda *_, lost=lost: lost.set())
                await connection.add_listener(channel, lambda *_: heard())
                heard()
                try:
                    await lost.wait()
                finally:
                    connection.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                # Whoever listens also looks by itself now and then.
                pass
            await asyncio.sleep(RECONNECT_SECONDS)

    async def ping(self) -> None:
        """Raise what the driver raises when the database does not answer."""
        await self.read(lambda connection: connection.execute(text("SELECT 1")))

    async def close(self) -> None:
        """Close every connection."""
        await self._reader.dispose()
        await self._writer.dispose()


def sqlite_url(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite:///{path}"


def _sqlite_engine(url: str, *, connections: int, query_only: bool) -> AsyncEngine:
    engine = create_async_engine(
        make_url(url).set(drivername="sqlite+aiosqlite"),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=60,
    )
    begin = "BEGIN" if query_only else "BEGIN IMMEDIATE"

    def configure(dbapi_connection: Any, _entry: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own type
        # The driver must not begin transactions by itself: ours decide how they begin.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            # NORMAL may forget the last commits after a power cut: a post sent, then sent again.
            "synchronous=FULL",
            "foreign_keys=ON",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", configure)
    event.listen(engine.sync_engine, "begin", begin_transaction)
    return engine
