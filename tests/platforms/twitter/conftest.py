"""The X simulator, and Alice, who has let an app post for her."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from letmepost.kit.settings import read_group
from letmepost.platform_kit.connect import Consent
from letmepost.platform_kit.http import Sessions, Upstream
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.twitter.connect import TwitterConnect
from letmepost.platforms.twitter.settings import TwitterSettings
from letmepost.platforms.twitter.simulator import create_simulator
from tests.clock import FakeClock
from tests.platforms.twitter.caller import BACK, VERIFIER, Caller
from tests.platforms.twitter.publishing import Publishing


@pytest.fixture
async def app(fake_clock: FakeClock) -> AsyncIterator[Caller]:
    async with (
        running_simulators([create_simulator(fake_clock)]) as simulation,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        caller = Caller(http, simulation)
        assert (await caller.connect()).status == 200
        yield caller


@pytest.fixture
async def world(app: Caller, fake_clock: FakeClock) -> Publishing:
    """Alice's account, connected to this server by her consent."""
    settings = read_group(TwitterSettings, app.simulation.settings, "LETMEPOST_TWITTER_")
    upstream = Upstream(Sessions(app.http, app.http), "twitter", trusted=[settings.api_url])
    consent = Consent(state="s-1", redirect_uri=BACK, code_verifier=VERIFIER)
    code = (await app.consents())["code"]
    (account,) = await TwitterConnect().connect(code, consent, settings, upstream)
    upstream.transcript.clear()
    return Publishing(app, fake_clock, settings, upstream, account.credentials, account.details)
