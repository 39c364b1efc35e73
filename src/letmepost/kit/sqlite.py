"""SQLite: one connection writes, a few read, and each unit of work runs in one piece in a thread.

A driver that hands over every single statement to a thread spends more on the handing over than
on the statements.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic_core import from_json
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from letmepost.kit.json_bytes import to_json_text

T = TypeVar("T")

BUSY_TIMEOUT_MS = 10_000
READERS = 4
CACHE_KIBIBYTES = 16_384
_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


class SqliteConnections:
    """The connections of one process to a SQLite file."""

    def __init__(self, url: str) -> None:
        self._writer = _engine(url, connections=1, query_only=False)
        self._reader = _engine(url, connections=READERS, query_only=True)
        self._writing = ThreadPoolExecutor(1, "sqlite-write")
        self._reading = ThreadPoolExecutor(READERS, "sqlite-read")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that only reads."""

        def run() -> T:
            with self._reader.connect() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._reading, run)

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that reads the database as of one moment: each of them does."""
        return await self.read(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction."""

        def run() -> T:
            with self._writer.begin() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._writing, run)

    async def write_at_length(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction; here, none has a limit."""
        return await self.write(work)

    def is_away(self, error: Exception) -> bool:
        """Whether the file cannot be reached now, or takes nothing more."""
        cause = error.orig if isinstance(error, OperationalError) else None
        # The low byte is the kind, the others say more of it: https://www.sqlite.org/rescode.html
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _AWAY

    @asynccontextmanager
    async def listening(self, channel: str, heard: Callable[[], None]) -> AsyncIterator[None]:  # noqa: ARG002 - PostgreSQL hears something
        """Hear nothing: nobody but this process writes."""
        yield

    async def close(self) -> None:
        """Finish what was begun, and close every connection."""
        for threads, engine in ((self._reading, self._reader), (self._writing, self._writer)):
            threads.shutdown()
            engine.dispose()


def _engine(url: str, *, connections: int, query_only: bool) -> Engine:
    engine = create_engine(
        make_url(url).set(drivername="sqlite"),
        pool_size=connections,
        max_overflow=0,
        json_serializer=to_json_text,
        json_deserializer=from_json,
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
            # Hashes are indexed too, and every new one lands on another page of its index.
            f"cache_size=-{CACHE_KIBIBYTES}",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", begin_transaction)
    return engine
