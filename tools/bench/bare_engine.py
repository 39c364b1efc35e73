"""The way to the database of a bare application, as SQLAlchemy's own documentation has it.

https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html: an asynchronous engine, on aiosqlite
or asyncpg. Its pool has as many connections as ours on PostgreSQL.
"""

from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# A bare application keeps its accepted posts as safe as we do.
PRAGMAS = ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL")
CONNECTIONS = 10


def bare_engine(url: str) -> AsyncEngine:
    """The engine for an address."""
    address = make_url(url)
    is_sqlite = address.get_backend_name() == "sqlite"
    driver = "sqlite+aiosqlite" if is_sqlite else "postgresql+asyncpg"
    engine = create_async_engine(
        address.set(drivername=driver), pool_size=CONNECTIONS, max_overflow=0
    )

    def configure(connection: Any, _entry: object) -> None:  # noqa: ANN401 - the driver's own type
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    if is_sqlite:
        event.listen(engine.sync_engine, "connect", configure)
    return engine
