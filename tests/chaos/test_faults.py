"""What a server stands on goes away and comes back: clear errors, nothing lost or doubled."""

import asyncio
import base64
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from letmepost.administration import make_first_key
from letmepost.configuration import read_configuration
from letmepost.kit.logs import configure_logs
from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms import simulators
from letmepost.server import open_service
from tests.asgi_client import AsgiClient, Reply
from tests.chaos.cable import Cable, cable
from tests.databases import PostgresqlServer, migrate_database
from tests.media.s3 import running_s3
from tests.media.samples import image
from tests.postgresql_wheel import KEEPS_COMMITS, WheelServer, wheel_server
from tests.redis_server import running_redis
from tests.server_process import call, multipart

ENCRYPTION_KEY = base64.b64encode(b"f" * 32).decode()
POSTS = 6
# Of a busy machine too; without a fault an answer takes a hundredth of it.
ANSWERED_SECONDS = 20.0
RECOVERED_SECONDS = 60.0


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Log as the commands do; structlog's own default prints every variable of a traceback."""
    configure_logs("critical")


@pytest.fixture
def postgresql_url(postgresql_server: PostgresqlServer) -> Iterator[str]:
    """A migrated database of one's own."""
    with postgresql_server.fresh_database() as url:
        yield url


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

        await _until(all_taken)

        async def all_there() -> bool:
            return set(await self.published()) >= set(wanted)

        await _until(all_there)
        assert await self.published() == Counter(dict.fromkeys(wanted, 1))


async def _until(met: Callable[[], Awaitable[bool]]) -> None:
    ends_at = time.monotonic() + RECOVERED_SECONDS
    while not await met():
        assert time.monotonic() < ends_at, "it does not recover by itself"
        await asyncio.sleep(0.1)


def is_clear(reply: Reply) -> bool:
    """Whether a failure says what it is, that it may be tried again, and where the log tells."""
    error = reply.body["error"]
    return reply.status >= 500 and error["retryable"] and bool(error["requestId"])


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


def _through(url: str, led: Cable) -> str:
    return make_url(url).set(port=led.port).render_as_string(hide_password=False)


@asynccontextmanager
async def on_postgresql(url: str, folder: Path) -> AsyncIterator[tuple[Standing, Cable]]:
    """A server that reaches PostgreSQL by a cable."""
    async with cable(make_url(url).port or 5432) as led:
        settings = {"LETMEPOST_DATABASE_URL": _through(url, led)}
        async with standing(folder, settings) as stands:
            yield stands, led


@pytest.fixture
def own_postgresql() -> Iterator[WheelServer]:
    """A server that may be ended and started again, with a migrated database."""
    with wheel_server(KEEPS_COMMITS) as server:
        migrate_database(server.url.render_as_string(hide_password=False))
        yield server


async def test_a_restart_of_postgresql_loses_and_doubles_nothing(
    own_postgresql: WheelServer, tmp_path: Path
) -> None:
    server = own_postgresql
    url = server.url.render_as_string(hide_password=False)
    async with standing(tmp_path, {"LETMEPOST_DATABASE_URL": url}) as stands:
        wanted = [f"Restart {number}." for number in range(POSTS)]
        for text in wanted[: POSTS // 2]:
            assert (await stands.post(text)).status == 202
        await asyncio.to_thread(server.stop)
        for text in wanted[POSTS // 2 :]:
            assert is_clear(await stands.post(text))
        assert (await stands.client.call("GET", "/health")).status == 200
        assert (await stands.client.call("GET", "/ready")).status == 503
        await asyncio.to_thread(server.start)
        await stands.recovers(wanted)
        assert (await stands.client.call("GET", "/ready")).status == 200


async def test_a_line_to_postgresql_that_is_cut_loses_and_doubles_nothing(
    postgresql_url: str, tmp_path: Path
) -> None:
    async with on_postgresql(postgresql_url, tmp_path) as (stands, led):
        wanted = [f"Cut {number}." for number in range(POSTS)]
        assert (await stands.post(wanted[0])).status == 202
        led.pull_out()
        for text in wanted[1:]:
            assert is_clear(await stands.post(text))
        led.mend()
        await stands.recovers(wanted)


async def test_latency_to_postgresql_only_takes_longer(postgresql_url: str, tmp_path: Path) -> None:
    async with on_postgresql(postgresql_url, tmp_path) as (stands, led):
        # A fifth of a second there and back; with a whole one it takes 50 seconds.
        led.delay_seconds = 0.1
        reply = await stands.post("Late.")
        assert reply.status == 202, reply.text
        led.delay_seconds = 0.0
        await stands.recovers(["Late."])


async def test_without_redis_each_process_counts_for_itself(tmp_path: Path) -> None:
    with running_redis(tmp_path) as url:
        port = make_url(url).port or 6379
        async with cable(port) as led:
            settings = {
                "LETMEPOST_REDIS_URL": _through(url, led),
                "LETMEPOST_RATE_LIMIT": "100/minute",
            }
            async with standing(tmp_path, settings) as stands:

                async def left() -> int:
                    async with asyncio.timeout(ANSWERED_SECONDS):
                        reply = await stands.client.call("GET", "/v1/posts")
                    assert reply.status == 200, reply.text
                    return int(
                        next(
                            v
                            for k, v in reply.headers.items()
                            if k.lower() == "ratelimit-remaining"
                        )
                    )

                before = await left()
                led.pull_out()
                assert await left() == 99
                led.mend()
                led.go_dead()
                assert await left() == 98
                led.mend()
                led.delay_seconds = 0.5
                await left()
                led.delay_seconds = 0.0

                async def shared_again() -> bool:
                    return await left() < before

                await _until(shared_again)


async def test_a_store_that_is_away_is_said_and_takes_files_when_it_is_back(tmp_path: Path) -> None:
    with running_s3() as s3:
        endpoint = make_url(s3.environment["AWS_ENDPOINT_URL"])
        async with cable(endpoint.port or 0) as led:
            settings: dict[str, Any] = {
                **s3.environment,
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{led.port}",
                "LETMEPOST_STORAGE_URL": s3.url,
            }
            async with standing(tmp_path, settings) as stands:

                async def upload() -> Reply:
                    # Another picture each time: one that is there already is not sent again.
                    body, content_type = multipart("a.jpg", image(), "image/jpeg")
                    async with asyncio.timeout(90):
                        return await stands.client.call(
                            "POST", "/v1/media", data=body, headers={"Content-Type": content_type}
                        )

                assert (await upload()).status == 201
                led.pull_out()
                assert is_clear(await upload())
                assert (await stands.client.call("GET", "/ready")).status == 503
                led.mend()
                assert (await upload()).status == 201
                led.delay_seconds = 0.5
                assert (await upload()).status == 201


async def test_a_line_to_a_platform_that_is_cut_or_slow_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    async with cable(0) as led, standing(tmp_path, {}, led) as stands:
        wanted = [f"Upstream {number}." for number in range(POSTS)]
        led.pull_out()
        for text in wanted[:2]:
            assert (await stands.post(text)).status == 202
        led.mend()
        led.delay_seconds = 0.5
        for text in wanted[2:4]:
            assert (await stands.post(text)).status == 202
        led.go_dead()
        for text in wanted[4:]:
            assert (await stands.post(text)).status == 202
        led.mend()
        led.delay_seconds = 0.0
        await stands.recovers(wanted)
