"""A simulation of the platform of notes, and its caller."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from tests.platform_kit.notes import Client, NotesSimulator


@pytest.fixture
async def simulation() -> AsyncIterator[Simulation]:
    async with running_simulators([NotesSimulator()]) as simulation:
        yield simulation


@pytest.fixture
async def client(simulation: Simulation) -> AsyncIterator[Client]:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield Client(session, simulation)
