"""The Bluesky simulator and a real PDS are asked the same, and must answer the same.

Whole bodies are compared, once each peer's own names (DID, handle, keys made by the server,
tokens) are taken out. Content identifiers stay in wherever the record does not name its account.
"""

import base64
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.bluesky.simulator import create_simulator
from tests.clock import FakeClock
from tests.realpeers.exchanges import ABSENT_REPO, CASES, SERVER, Step, login
from tests.realpeers.peers import Peer, comparable, kept, log_in, play


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    # The real PDS resets a connection on which it has refused a body that was too large.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


# A real login is made slow on purpose, so one has to do for all cases.
_logged_in: list[Peer] = []


@pytest.fixture
async def real(real_pds: Any, session: aiohttp.ClientSession) -> Peer:
    names = {
        "did": real_pds.did,
        "handle": real_pds.handle,
        "password": real_pds.password,
        "app_password": real_pds.app_password,
        "expired_access": real_pds.expired_access,
        "expired_refresh": real_pds.expired_refresh,
    }
    if not _logged_in:
        peer = Peer(real_pds.url, real_pds.plc_url, names)
        await log_in(session, peer)
        _logged_in.append(peer)
    return _logged_in[0]


@pytest.fixture
async def simulated(session: aiohttp.ClientSession) -> AsyncIterator[Peer]:
    past = datetime.now(UTC) - timedelta(days=91)
    clock = FakeClock(past)
    simulator = create_simulator(clock)
    simulator.extend_world({"accounts": [{"handle": "alice.bsky.test", "emailConfirmed": False}]})
    async with running_simulators([simulator]) as simulation:
        url = f"{simulation.url}/bluesky"
        names = {
            "handle": str(simulation.accounts["bluesky"]["identifier"]),
            "app_password": str(simulation.accounts["bluesky"]["appPassword"]),
            "password": "main-password-of-alice",
        }
        peer = Peer(url, url, names)
        await log_in(session, peer)
        names["expired_access"], names["expired_refresh"] = names["access"], names["refresh"]
        clock.advance(timedelta(days=91).total_seconds())
        await log_in(session, peer)
        yield peer


# The body that is too large goes out in one piece: a real PDS closes the connection on one that
# comes in many, and whether its answer is read before that is a matter of luck.
@pytest.mark.filterwarnings("ignore:Sending a large body directly:ResourceWarning")
@pytest.mark.parametrize("name", CASES)
async def test_simulator_answers_as_a_real_pds_does(
    name: str, real: Peer, simulated: Peer, session: aiohttp.ClientSession
) -> None:
    steps = CASES[name]
    named = bool(re.search(r"<did>/|<0\.uri>", repr(steps)))
    expected = comparable(await play(session, real, steps), real, named=named)
    found = comparable(await play(session, simulated, steps), simulated, named=named)
    assert found == expected


async def test_old_refresh_token_yields_the_same_next_one(
    real: Peer, simulated: Peer, session: aiohttp.ClientSession
) -> None:
    for peer in (real, simulated):
        steps = [
            login("<handle>", "<app_password>"),
            Step("POST", SERVER + "refreshSession", "<0.refreshJwt>"),
            Step("POST", SERVER + "refreshSession", "<0.refreshJwt>"),
        ]
        _, first, second = await play(session, peer, steps)
        ids = [claims(answer["body"]["refreshJwt"])["jti"] for answer in (first, second)]
        assert ids[0] == ids[1]


async def test_tokens_carry_the_same_claims(real: Peer, simulated: Peer) -> None:
    found = {}
    for peer in (real, simulated):
        access, refresh = claims(peer.names["access"]), claims(peer.names["refresh"])
        lives = [token["exp"] - token["iat"] for token in (access, refresh)]
        found[peer.url] = [access["scope"], refresh["scope"], lives, sorted(refresh)]
        # The simulator tells two tokens of one second apart by an id of its own.
        assert set(access) - {"jti"} == {"scope", "aud", "sub", "iat", "exp"}
    assert found[real.url] == found[simulated.url]


async def test_directory_knows_and_does_not_know_the_same(
    real: Peer, simulated: Peer, session: aiohttp.ClientSession
) -> None:
    found = []
    for peer in (real, simulated):
        async with session.get(f"{peer.plc_url}/{peer.names['did']}") as answer:
            document = await answer.json(content_type="application/did+ld+json")
            assert answer.status == 200
            endpoint = document["service"][0]["serviceEndpoint"]
            assert endpoint.replace("localhost", "127.0.0.1") == peer.url
        async with session.get(f"{peer.plc_url}/{ABSENT_REPO}") as answer:
            absent = (answer.status, await answer.json())
        found.append((comparable(kept("didDoc", document, named=True), peer, named=True), absent))
    assert found[0] == found[1]


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content
