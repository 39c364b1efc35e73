"""The Pinterest simulator, and one who calls it with Jane's consent."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.pinterest.simulator import create_simulator
from tests.clock import FakeClock
from tests.platforms.pinterest.caller import Caller
from tests.platforms.pinterest.publishing import Publishing, publishing
from tests.platforms.pinterest.served import Served, served


@pytest.fixture
async def jane(fake_clock: FakeClock) -> AsyncIterator[Caller]:
    async with (
        running_simulators([create_simulator(fake_clock)]) as simulation,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        caller = Caller(http, simulation)
        assert (await caller.log_in()).status == 200
        yield caller


@pytest.fixture
async def side(jane: Caller, fake_clock: FakeClock) -> AsyncIterator[Publishing]:
    async with publishing(jane, fake_clock) as opened:
        yield opened


@pytest.fixture
async def server(
    side: Publishing, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> AsyncIterator[Served]:
    async with served(side, database_url, tmp_path / "data", fake_clock) as opened:
        yield opened
