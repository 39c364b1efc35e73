"""A server, an organization, and agents that speak MCP with it by the SDK's own client."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio
from mcp.client.client import Client as Agent
from mcp.client.streamable_http import streamable_http_client

from letmepost.kit.database import sqlite_url
from letmepost.kit.logs import configure_logs
from tests.api.client import Client
from tests.api.server import Organization, Server, running_server


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    configure_logs("critical")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(
    migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """One server for every test: what is tested here does not depend on the database."""
    folder = tmp_path_factory.mktemp("mcp")
    path = folder / "letmepost.sqlite"
    shutil.copy(migrated_sqlite_file, path)
    async with running_server(folder, sqlite_url(path)) as running:
        yield running


@pytest.fixture
def sqlite_copy(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    """The address of a migrated SQLite file, for a server with settings of its own."""
    path = tmp_path / "letmepost.sqlite"
    shutil.copy(migrated_sqlite_file, path)
    return sqlite_url(path)


@pytest_asyncio.fixture(loop_scope="session")
async def organization(server: Server) -> AsyncIterator[Organization]:
    made = await server.new_organization()
    yield made
    await made.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def client(organization: Organization) -> Client:
    """A client of the API with a key that may do everything."""
    return await organization.client()


@asynccontextmanager
async def agent_with(
    server: Server, token: str | None = None, auth: httpx2.Auth | None = None, mode: str = "auto"
) -> AsyncIterator[Agent]:
    """An agent with a key, an access token, or a way to get one."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(headers=headers, auth=auth) as http:
        transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
        async with Agent(transport, mode=mode) as agent:
            yield agent


@pytest_asyncio.fixture(loop_scope="session")
async def agent(server: Server, client: Client) -> AsyncIterator[Agent]:
    connected: asyncio.Future[Agent] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def stay() -> None:
        async with agent_with(server, client.key) as made:
            connected.set_result(made)
            await done.wait()

    # What the SDK opens must be closed by the task that opened it, and a fixture has two.
    staying = asyncio.create_task(stay())
    yield await connected
    done.set()
    await staying
