"""A real server, and either client on it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from letmepost_sdk import AsyncLetmepost, Letmepost
from sdk.python.tests.scripted_server import ScriptedServer, scripted_server
from tests.sdk.live_server import LiveServer, live_server

KINDS = ("blocking", "async")


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("sdk-python"), LETMEPOST_RATE_LIMIT="off") as opened:
        yield opened


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    with scripted_server() as opened:
        yield opened


async def opened_client(kind: str, url: str, key: str) -> AsyncIterator[Any]:
    options: dict[str, Any] = {"base_url": url, "api_key": key, "retry_base_seconds": 0.0}
    if kind == "async":
        async with AsyncLetmepost(**options) as client:
            yield client
    else:
        with Letmepost(**options) as blocking:
            yield blocking


@pytest.fixture(params=KINDS)
async def client(request: pytest.FixtureRequest, live: LiveServer) -> AsyncIterator[Any]:
    """Either client on the real server; what it returns is settled by `settled`."""
    async for opened in opened_client(request.param, live.url, live.key):
        yield opened


@pytest.fixture(params=KINDS)
async def scripted_client(
    request: pytest.FixtureRequest, scripted: ScriptedServer
) -> AsyncIterator[Any]:
    """Either client on the server that answers as a test says."""
    async for opened in opened_client(request.param, scripted.url, "a-key"):
        yield opened
