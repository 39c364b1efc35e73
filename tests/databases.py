"""Databases for tests: which PostgreSQL to use, and a migrated database of its own for each test.

`LETMEPOST_TEST_POSTGRESQL_URL` names a server whose user may create databases. Without it, a
server on 127.0.0.1:5432 that lets `postgres` in is used; where none answers, or where
`LETMEPOST_TEST_POSTGRESQL=wheel` says so, one from a Python package is started for this run.
Tests never go without PostgreSQL: where none can be had, they fail and say why.
"""

import asyncio
import hashlib
import os
import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, TypeVar

import asyncpg
import psutil
from sqlalchemy import URL, make_url

from letmepost import migrations
from letmepost.kit.database import Database
from tests import environment
from tests.postgresql_wheel import started_server

T = TypeVar("T")

LOCAL_SERVER = "postgresql://postgres@127.0.0.1:5432/test"
CONNECT_SECONDS = 5
# Process ids say nothing across machines that share a server, so the machine is in the name.
PREFIX = f"letmepost_test_{hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]}_"


class NoPostgresqlError(Exception):
    """The tests need PostgreSQL and there is none; the message is what to do."""


def migrate_database(url: str) -> None:
    """Bring an empty database to the form that the code expects."""

    async def migrate() -> None:
        database = Database(url)
        await database.write(migrations.upgrade)
        await database.close()

    run_apart(migrate())


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop that pytest-asyncio does not see."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class PostgresqlServer:
    """A server on which this process may make databases, and the template they are copied from."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._numbers = count(1)
        self._template = f"{PREFIX}{os.getpid()}_template"
        self._connection = self._run(_connect(url))

    def prepare(self) -> None:
        """Drop what dead runs left, and migrate the template."""
        self._drop_leftovers()
        self._execute(f'CREATE DATABASE "{self._template}"')
        migrate_database(self._address(self._template))

    def close(self) -> None:
        """Drop the template and hang up."""
        self._execute(f'DROP DATABASE IF EXISTS "{self._template}" WITH (FORCE)')
        self._run(self._connection.close())
        self._loop.close()

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The address of a migrated database that nobody else uses; dropped at the end."""
        name = f"{PREFIX}{os.getpid()}_{next(self._numbers)}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"')
        try:
            yield self._address(name)
        finally:
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _drop_leftovers(self) -> None:
        listed = self._run(
            self._connection.fetch(
                "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", PREFIX
            )
        )
        for name in (row["datname"] for row in listed):
            owner = name.removeprefix(PREFIX).partition("_")[0]
            if owner.isdigit() and (int(owner) == os.getpid() or not psutil.pid_exists(int(owner))):
                # Without FORCE: whoever still uses it is not as dead as it seems.
                with suppress(asyncpg.ObjectInUseError, asyncpg.InvalidCatalogNameError):
                    self._execute(f'DROP DATABASE "{name}"')

    def _address(self, database: str) -> str:
        url = self._url.set(drivername="postgresql", database=database)
        return url.render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        self._run(self._connection.execute(statement))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)


async def _connect(url: URL) -> Any:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(plain, timeout=CONNECT_SECONDS)


def _answers(url: URL) -> bool:
    async def ask() -> None:
        connection = await _connect(url)
        await connection.close()

    try:
        run_apart(ask())
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    return True


@contextmanager
def _running_server() -> Iterator[URL]:
    named = environment.said(environment.POSTGRESQL_URL)
    local = make_url(LOCAL_SERVER)
    if named:
        if not _answers(make_url(named)):
            raise NoPostgresqlError(f"{environment.POSTGRESQL_URL} names a server that refuses us.")
        yield make_url(named)
    elif environment.said(environment.POSTGRESQL) != "wheel" and _answers(local):
        yield local
    else:
        with started_server() as url:
            yield url


@contextmanager
def postgresql_server_for_tests() -> Iterator[PostgresqlServer]:
    """The server of this run; raises `NoPostgresqlError` where none can be had."""
    with _running_server() as url:
        server = PostgresqlServer(url)
        try:
            server.prepare()
            yield server
        finally:
            server.close()
