"""A server whose clock a test moves, and a program that is registered with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from letmepost.kit.logs import configure_logs
from tests.api.server import Organization, Server, running_server
from tests.clock import FakeClock
from tests.oauth.browser import Program


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    configure_logs("critical")


@pytest.fixture
async def server(tmp_path: Path, database_url: str, fake_clock: FakeClock) -> AsyncIterator[Server]:
    async with running_server(tmp_path, database_url, clock=fake_clock) as running:
        yield running


@pytest.fixture
async def organization(server: Server) -> Organization:
    return await server.new_organization()


@pytest.fixture
async def key(organization: Organization) -> str:
    """A key that may do everything."""
    client = await organization.client()
    assert client.key is not None
    return client.key


@pytest.fixture
async def program(server: Server) -> Program:
    return await Program(server.http, server.url).registered()
