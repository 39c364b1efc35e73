"""Fixtures that every test may ask for."""

import shutil
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json
from sqlalchemy import Connection
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from letmepost.kit.database import Database, sqlite_url
from letmepost.webhooks import events as webhook_events
from letmepost.webhooks.event_types import EVENT_TYPES
from tests import environment
from tests.clock import FakeClock, start_for
from tests.databases import PostgresqlServer, migrate_database, postgresql_server_for_tests
from tests.redis_server import NoRedisError, running_redis

environment.put_away()
# Whoever starts the suite in the background has it ignore Ctrl-C and the end of a terminal, and
# what the suite starts would ignore them too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# What these set up is too dear to be set up by every worker: packages of npm, a server of SDKs.
TOGETHER = ("tests/mcp", "tests/realpeers", "tests/sdk")

# One test of these takes as long as a hundred others. Begun last, one worker would end minutes
# after the rest; begun first, nothing would seem to go on.
SLOW = ("tests/chaos/", "tests/realpeers/", "tests/sdk/", "tests/tools/", "tests/pages/")
MIDDLE = "tests/m"


def _turn(item: pytest.Item) -> int:
    if item.nodeid.startswith(SLOW):
        return 1
    return 0 if item.nodeid < MIDDLE else 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Do what takes long in the middle."""
    items.sort(key=_turn)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, where it is read, what this machine could not test."""
    reasons = {str(each.longrepr[2]) for each in terminalreporter.stats.get("skipped", [])}
    for reason in sorted(reasons):
        if environment.NOT_TESTED in reason:
            terminalreporter.write_sep("!", reason.removeprefix("Skipped: "), red=True, bold=True)


class _Together(LoadFileScheduling):  # type: ignore[misc]
    """Keeps the tests of a file on one worker, and those of a folder of TOGETHER."""

    def _split_scope(self, nodeid: str) -> str:
        folder, _, _ = nodeid.partition("::")[0].rpartition("/")
        return folder if folder in TOGETHER else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    # As they were collected: xdist would begin with the files that have the most tests.
    config.option.loadscopereorder = False
    return _Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def events_fit_their_types() -> Iterator[None]:
    """Hold every event that any test has a server write to the registry."""
    queue = webhook_events._queue

    def checked(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
        for row in rows:
            EVENT_TYPES[row["type"]].data.model_validate_json(to_json(row["data"]))
        queue(connection, rows, now)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(webhook_events, "_queue", checked)
        yield


@pytest.fixture
def fake_clock(request: pytest.FixtureRequest) -> FakeClock:
    database = "database_url" in request.fixturenames
    return FakeClock(start_for(request.getfixturevalue("database_url") if database else ""))


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


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    try:
        with running_redis(tmp_path_factory.mktemp("redis")) as url:
            yield url
    except NoRedisError as reason:
        # No registry has Redis as a package, so a machine may have none: the counts in memory are
        # tested all the same.
        environment.cannot_test("REDIS", str(reason))
