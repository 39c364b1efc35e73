"""A server of ours beside the simulator, on each database, whose jobs a test runs by hand."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from letmepost.kit.logs import configure_logs
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms import simulators
from tests.clock import FakeClock
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running, running


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Log as the commands do; structlog's own default prints every variable of a traceback."""
    configure_logs("critical")


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock that stands still at the present, since PostgreSQL goes by its own."""
    return FakeClock(datetime.now(UTC))


@pytest.fixture
async def alice(fake_clock: FakeClock) -> AsyncIterator[Caller]:
    async with (
        running_simulators(simulators(fake_clock)) as simulation,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        caller = Caller(http, simulation)
        assert (await caller.log_in()).status == 200
        yield caller


@pytest.fixture
async def server(
    alice: Caller, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> AsyncIterator[Running]:
    folder = tmp_path / "data"
    async with running("bluesky", alice.simulation, database_url, folder, fake_clock) as opened:
        yield opened
