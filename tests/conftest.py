"""Fixtures that every test may ask for."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from letmepost.kit.database import Database, sqlite_url
from tests import environment
from tests.clock import FakeClock
from tests.databases import PostgresqlServer, migrate_database, postgresql_server_for_tests

environment.put_away()


@pytest.fixture
def fake_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "template.sqlite"
    migrate_database(sqlite_url(path))
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    with postgresql_server_for_tests() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database of one's own, on each of the two kinds in turn."""
    if request.param == "sqlite":
        path = tmp_path / "letmepost.sqlite"
        shutil.copy(request.getfixturevalue("migrated_sqlite_file"), path)
        yield sqlite_url(path)
    else:
        server: PostgresqlServer = request.getfixturevalue("postgresql_server")
        with server.fresh_database() as url:
            yield url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()
