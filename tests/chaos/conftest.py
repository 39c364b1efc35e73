"""What every test here stands on."""

from collections.abc import Iterator

import pytest

from letmepost.kit.logs import configure_logs
from tests.databases import PostgresqlServer


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Log as the commands do; structlog's own default prints every variable of a traceback."""
    configure_logs("critical")


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """A migrated database of one's own."""
    with postgresql_server.fresh_database() as url:
        yield url
