"""The servers that the tests of the API call: one on each kind of database for the whole run."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from letmepost.kit.database import sqlite_url
from letmepost.kit.logs import configure_logs
from tests.api.server import Organization, Server, running_server
from tests.databases import PostgresqlServer


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of the migrated database behind `server`."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("api") / "letmepost.sqlite"
        shutil.copy(request.getfixturevalue("migrated_sqlite_file"), path)
        yield sqlite_url(path)
    else:
        postgresql: PostgresqlServer = request.getfixturevalue("postgresql_server")
        with postgresql.fresh_database() as url:
            yield url


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Log as the commands do; structlog's own default prints every variable of a traceback."""
    configure_logs("critical")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(
    server_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """A server, on each of the two databases in turn; tests share it, organizations they do not."""
    async with running_server(tmp_path_factory.mktemp("server"), server_database_url) as running:
        yield running


@pytest.fixture
def sqlite_copy(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite file of one's own, for a server with its own settings."""
    path = tmp_path / "letmepost.sqlite"
    shutil.copy(migrated_sqlite_file, path)
    return sqlite_url(path)


@pytest_asyncio.fixture(loop_scope="session")
async def organization(server: Server) -> AsyncIterator[Organization]:
    """An organization of one's own."""
    made = await server.new_organization()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def listening() -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Serve web applications of a test on loopback, by default on a free port; the port."""
    runners: list[web.AppRunner] = []

    async def listen(app: web.Application, port: int = 0) -> int:
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        bound: int = runner.addresses[0][1]
        return bound

    yield listen
    for runner in runners:
        await runner.cleanup()
