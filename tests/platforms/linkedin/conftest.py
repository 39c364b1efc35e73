"""The LinkedIn simulator; Ada, who has consented; and a desk from which posts of hers are sent."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from letmepost.kit.settings import read_group
from letmepost.platform_kit.http import Sessions, Upstream
from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.linkedin.connect import LinkedInConnect
from letmepost.platforms.linkedin.settings import LinkedInSettings
from letmepost.platforms.linkedin.simulator import LinkedInSimulator, create_simulator
from tests.clock import FakeClock
from tests.platforms.linkedin.caller import Caller
from tests.platforms.linkedin.publishing import Desk, no_waiting


@pytest.fixture
def simulator(fake_clock: FakeClock) -> LinkedInSimulator:
    return create_simulator(fake_clock)


@pytest.fixture
async def simulation(simulator: LinkedInSimulator) -> AsyncIterator[Simulation]:
    async with running_simulators([simulator]) as simulation:
        yield simulation


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.fixture
async def ada(simulation: Simulation, http: aiohttp.ClientSession) -> Caller:
    caller = Caller(http, simulation)
    assert (await caller.connect()).status == 200
    return caller


@pytest.fixture
async def desk(
    ada: Caller,
    simulator: LinkedInSimulator,
    fake_clock: FakeClock,
    http: aiohttp.ClientSession,
) -> Desk:
    settings = read_group(LinkedInSettings, ada.simulation.settings, "LETMEPOST_LINKEDIN_")
    sessions = Sessions(plain=http, guarded=http)
    upstream = Upstream(sessions, "linkedin", trusted=[settings.api_url, settings.auth_url])
    desk = Desk(ada, simulator, fake_clock, settings, upstream, LinkedInConnect(no_waiting))
    await desk.connect()
    return desk
