"""PostgreSQL: a pool of connections, driven by the event loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import asyncpg
from sqlalchemy import Connection, make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

T = TypeVar("T")

CONNECTIONS = 10
RECONNECT_SECONDS = 1.0
# A process that is frozen inside a transaction keeps its row locks, and whoever comes for those
# rows would wait until it wakes. A unit of work asks nobody but the database between its
# statements, so even a stalled machine is done with one long before this.
IDLE_IN_TRANSACTION_SECONDS = 10.0
# Frozen while a statement is being prepared, its session is in the middle of that statement and
# not idle, so only the statement's own limit ends it. The longer of the two, so that whoever
# waits for such a row outlives the one that holds it.
STATEMENT_SECONDS = 25.0


def _ms(seconds: float) -> str:
    return str(int(seconds * 1000))


class PostgresqlConnections:
    """The connections of one process to a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._writer = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={
                "server_settings": {
                    "idle_in_transaction_session_timeout": _ms(IDLE_IN_TRANSACTION_SECONDS),
                    "statement_timeout": _ms(STATEMENT_SECONDS),
                }
            },
        )
        # A read is one statement or tolerates a newer row in its second: no BEGIN and COMMIT.
        self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that only reads."""
        async with self._reader.connect() as connection:
            return await connection.run_sync(work)

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that reads the database as of one moment, however long it takes."""
        async with self._writer.connect() as connection:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
                await connection.execute(text(f"SET LOCAL {limit} = 0"))
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction."""
        async with self._writer.begin() as connection:
            return await connection.run_sync(work)

    @asynccontextmanager
    async def listening(self, channel: str, heard: Callable[[], None]) -> AsyncIterator[None]:
        """Call `heard` whenever a transaction notifies the channel, and after each reconnection."""
        listening = asyncio.create_task(self._listen(channel, heard))
        try:
            yield
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, channel: str, heard: Callable[[], None]) -> None:
        plain = make_url(self._url).set(drivername="postgresql")
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

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
