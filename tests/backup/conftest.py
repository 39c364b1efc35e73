"""Databases to fill."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from letmepost.kit.database import sqlite_url
from tests.databases import PostgresqlServer


@pytest.fixture
def empty(postgresql_server: PostgresqlServer, tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """The address of an empty database of each kind; that of PostgreSQL has its tables."""
    folder = tmp_path / "another"
    folder.mkdir()
    with postgresql_server.fresh_database() as url:
        yield {"sqlite": sqlite_url(folder / "letmepost.sqlite"), "postgresql": url}


def counted_nowhere(_what: str, _total: int) -> Callable[[int], None]:
    """A bar that nobody looks at."""
    return lambda _count: None
