"""PostgreSQL: a pool of connections, driven by the event loop."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from typing import Any, TypeVar

import asyncpg
from pydantic_core import from_json
from sqlalchemy import Connection, event, make_url
from sqlalchemy.engine import AdaptedConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from letmepost.kit.json_bytes import to_json_text

T = TypeVar("T")

CONNECTIONS = 10
RECONNECT_SECONDS = 1.0
# A line that swallows what is sent ends nothing by itself for as long as TCP keeps trying, which
# is a quarter of an hour and more. A second of latency is still lived with: to connect takes seven
# times there and back, to ask whether a connection lives takes one.
CONNECT_SECONDS = 10.0
PROBE_SECONDS = 5.0
# One that was used a moment ago is as good as one that is asked now. Under load that is all of
# them, and each read would go to the database twice.
PROBE_AFTER_SECONDS = 1.0
# Who waits for a connection of the pool while all of them are in use.
POOL_SECONDS = 10.0
# How often the connection that only listens is asked whether it lives.
LISTENING_PROBE_EVERY_SECONDS = 30.0
# A process that is frozen inside a transaction keeps its row locks, and whoever comes for those
# rows would wait until it wakes. A unit of work asks nobody but the database between its
# statements, so even a stalled machine is done with one long before this.
IDLE_IN_TRANSACTION_SECONDS = 10.0
# Frozen while a statement is being prepared, its session is in the middle of that statement and
# not idle, so only the statement's own limit ends it. The longer of the two, so that whoever
# waits for such a row outlives the one that holds it.
STATEMENT_SECONDS = 25.0
# The driver's own limit: for the line what the one above is for the server, which answers first
# as long as it is there.
COMMAND_SECONDS = 30.0
# SQLSTATE classes of a server that cannot be worked with now: 08 connection exception, 28 and 3D
# not let in, 53 insufficient resources (a full disk, too many connections), 57 operator
# intervention (going down, starting up, a statement past its limit).
# https://www.postgresql.org/docs/current/errcodes-appendix.html
_AWAY_CLASSES = ("08", "28", "3D", "53", "57")
_IDLE_IN_TRANSACTION = "25P03"
# The driver fails over a statement that is empty.
_PROBE = "SELECT 1"
_FAULTS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def _ms(seconds: float) -> str:
    return str(int(seconds * 1000))


class PostgresqlConnections:
    """The connections of one process to a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._url = url
        writer = _engine(
            url,
            statement_seconds=STATEMENT_SECONDS,
            idle_seconds=IDLE_IN_TRANSACTION_SECONDS,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=POOL_SECONDS,
        )
        _hang_up_on_silence(writer)
        self._writer = writer.sync_engine
        # A read is one statement or tolerates a newer row in its second: no BEGIN and COMMIT.
        self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
        # A copy of everything, or an index on a large table, takes as long as it takes.
        unhurried = _engine(url, statement_seconds=0, idle_seconds=0, poolclass=NullPool)
        self._unhurried = unhurried.sync_engine
        self._engines = (writer, unhurried)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that only reads."""
        return await _run(self._reader.connect, work)

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work that reads the database as of one moment, however long it takes."""
        of_one_moment = self._unhurried.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        return await _run(of_one_moment.connect, work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction."""
        return await _run(self._writer.begin, work)

    async def write_at_length(self, work: Callable[[Connection], T]) -> T:
        """Run a unit of work in one transaction, however long its statements take."""
        return await _run(self._unhurried.begin, work)

    def is_away(self, error: Exception) -> bool:
        """Whether the server does not answer, is not let near, or takes nothing more."""
        if isinstance(error, PoolTimeoutError):
            return True
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return True
        # The driver's refused connections and silent lines come as they are, or wrapped.
        cause = error.orig if isinstance(error, StatementError) else error
        state = getattr(cause, "sqlstate", None) or ""
        return (
            isinstance(cause, OSError)
            or state.startswith(_AWAY_CLASSES)
            or state == _IDLE_IN_TRANSACTION
        )

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
            # Whoever listens also looks by itself now and then.
            with suppress(*_FAULTS):
                connection = await asyncpg.connect(
                    plain.render_as_string(hide_password=False), timeout=CONNECT_SECONDS
                )
                try:
                    await _hear(connection, channel, heard)
                finally:
                    connection.terminate()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def close(self) -> None:
        """Close every connection."""
        for engine in self._engines:
            await engine.dispose()


async def _run(
    connected: Callable[[], AbstractContextManager[Connection]], work: Callable[[Connection], T]
) -> T:
    """Connect, work and let go in one go: SQLAlchemy's own way there changes over for each."""

    def run() -> T:
        with connected() as connection:
            return work(connection)

    return await greenlet_spawn(run)


def _engine(
    url: str,
    *,
    statement_seconds: float,
    idle_seconds: float,
    **pool: Any,  # noqa: ANN401 - SQLAlchemy's options of a pool
) -> AsyncEngine:
    """An engine whose sessions have these limits, 0 for none."""
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": COMMAND_SECONDS if statement_seconds else None,
            "server_settings": {
                "idle_in_transaction_session_timeout": _ms(idle_seconds),
                "statement_timeout": _ms(statement_seconds),
            },
        },
        json_serializer=to_json_text,
        json_deserializer=from_json,
        **pool,
    )


def _hang_up_on_silence(engine: AsyncEngine) -> None:
    """Ask a connection that has rested whether it lives, and leave one that went silent.

    SQLAlchemy can ask by itself, but takes a line that stays silent for one that lives, waits as
    long as for any statement, and asks in three journeys where one does.
    """

    def note_rest(_connection: AdaptedConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info["rests_since"] = time.monotonic()

    def probe(
        connection: AdaptedConnection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        if time.monotonic() - entry.info.get("rests_since", 0.0) < PROBE_AFTER_SECONDS:
            return
        try:
            connection.run_async(lambda driver: driver.execute(_PROBE, timeout=PROBE_SECONDS))
        except _FAULTS as error:
            # The others lead along the same line.
            raise InvalidatePoolError from error

    def note_silence(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, TimeoutError):
            # To roll back over it would only wait once more.
            context.is_disconnect = True

    # One that was just made lives. Asked at once, and too slow to answer, it would be given up too,
    # and nobody would get any.
    event.listen(engine.sync_engine, "connect", note_rest)
    event.listen(engine.sync_engine, "checkin", note_rest)
    event.listen(engine.sync_engine, "checkout", probe)
    event.listen(engine.sync_engine, "handle_error", note_silence)


async def _hear(
    connection: "asyncpg.Connection[asyncpg.Record]", channel: str, heard: Callable[[], None]
) -> None:
    """Listen until the connection is lost, or no longer answers."""
    lost = asyncio.Event()
    connection.add_termination_listener(lambda *_: lost.set())
    async with asyncio.timeout(CONNECT_SECONDS):
        await connection.add_listener(channel, lambda *_: heard())
    heard()
    while not lost.is_set():
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENING_PROBE_EVERY_SECONDS):
                await lost.wait()
                return
        await connection.execute(_PROBE, timeout=PROBE_SECONDS)
