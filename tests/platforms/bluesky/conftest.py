"""The Bluesky simulator, and Alice, who is logged in."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.bluesky.simulator import create_simulator
from tests.clock import FakeClock
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running, running


@pytest.fixture
async def alice(fake_clock: FakeClock) -> AsyncIterator[Caller]:
    async with (
        running_simulators([create_simulator(fake_clock)]) as simulation,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        caller = Caller(http, simulation)
        assert (await caller.log_in()).status == 200
        yield caller


@pytest.fixture
async def server(
    alice: Caller, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> AsyncIterator[Running]:
    """A server of ours, on each database in turn, connected to the simulator that Alice sees."""
    folder = tmp_path / "data"
    async with running("bluesky", alice.simulation, database_url, folder, fake_clock) as opened:
        yield opened
