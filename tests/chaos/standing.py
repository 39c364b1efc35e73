"""A server that stands on services of this machine, and what is asked of it when one goes away."""

import asyncio
import base64
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from letmepost.administration import make_first_key
from letmepost.configuration import read_configuration
from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms import simulators
from letmepost.server import open_service
from tests.asgi_client import AsgiClient, Reply
from tests.chaos.cable import Cable
from tests.server_process import call

ENCRYPTION_KEY = base64.b64encode(b"f" * 32).decode()
POSTS = 6
# Of a busy machine too; without a fault an answer takes a hundredth of it.
ANSWERED_SECONDS = 20.0
RECOVERED_SECONDS = 60.0
# With all the tries that the client of the store makes by itself.
UPLOADED_SECONDS = 90.0


@dataclass
class Standing:
    """A server with its worker, an account, and the simulator that tells what was published."""

    client: AsgiClient
    simulation: Simulation
    account: str

    async def post(self, text: str, seconds: float = ANSWERED_SECONDS) -> Reply:
        """Ask for a post with a key of its own, so that it may be asked for again."""
        async with asyncio.timeout(seconds):
            return await self.client.call(
                "POST",
                "/v1/posts",
                {"targets": [{"accountId": self.account}], "text": text},
                headers={"Idempotency-Key": text, "Prefer": "respond-async"},
            )

    async def published(self) -> Counter[str]:
        """Every text that is there, and how often."""
        told = await asyncio.to_thread(call, f"{self.simulation.url}/_simulator/timeline")
        return Counter(entry["text"] for entry in told.body)

    async def recovers(self, wanted: list[str]) -> None:
        """Ask again for each until it is taken; then all are there once."""

        left = list(wanted)

        async def all_taken() -> bool:
            left[:] = [text for text in left if (await self.post(text)).status not in (200, 202)]
            return not left

        await until(all_taken)

        async def all_there() -> bool:
            return set(await self.published()) >= set(wanted)

        await until(all_there)
        assert await self.published() == Counter(dict.fromkeys(wanted, 1))


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until it is so."""
    ends_at = time.monotonic() + RECOVERED_SECONDS
    while not await met():
        assert time.monotonic() < ends_at, "it does not recover by itself"
        await asyncio.sleep(0.1)


def is_clear(reply: Reply, away: str) -> bool:
    """Whether a failure says what is away, when to try again, and where the log tells of it."""
    error = reply.body["error"]
    named = {name.lower() for name in reply.headers}
    said = away in error["message"] and error["retryable"] and bool(error["requestId"])
    return reply.status == 503 and said and "retry-after" in named


@asynccontextmanager
async def standing(
    folder: Path, settings: Mapping[str, str], simulated: Cable | None = None
) -> AsyncIterator[Standing]:
    """A server with these settings. The platform is reached by a cable, where one is given."""
    async with running_simulators(simulators()) as simulation:
        told = dict(simulation.settings)
        own = str(make_url(simulation.url).port)
        if simulated is not None:
            simulated.to_port = int(own)
            told = {
                name: each.replace(f":{own}", f":{simulated.port}") for name, each in told.items()
            }
        environment = {
            **told,
            "LETMEPOST_DATA_DIR": str(folder / "data"),
            "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEY,
            "LETMEPOST_RATE_LIMIT": "off",
            "LETMEPOST_RETRY_WAIT_SECONDS": "0.2",
            "LETMEPOST_LEASE_SECONDS": "4",
            "LETMEPOST_MAX_TRIES": "8",
            **settings,
        }
        configuration = read_configuration(environment)
        made = await make_first_key(configuration)
        async with open_service(configuration) as service:
            client = AsgiClient(service.app, made["key"])
            login = simulation.accounts["bluesky"]
            if simulated is not None:
                login = {
                    name: str(each).replace(f":{own}", f":{simulated.port}")
                    for name, each in login.items()
                }
            reply = await client.call("POST", "/v1/accounts/connect/bluesky/complete", login)
            assert reply.status == 201, reply.text
            yield Standing(client, simulation, reply.body["id"])


def through(url: str, led: Cable) -> str:
    return make_url(url).set(port=led.port).render_as_string(hide_password=False)
