"""Servers that know the platform of albums, and its simulator."""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest
from sqlalchemy import Connection, Table, select, update

from letmepost.administration import make_first_key
from letmepost.configuration import Configuration, read_configuration
from letmepost.jobs.claiming import Room, claim_due
from letmepost.jobs.queue import database_now
from letmepost.jobs.tables import jobs
from letmepost.kit.logs import configure_logs
from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms import platforms, simulators
from letmepost.server import Service, open_service
from letmepost.webhooks.tables import events
from tests.accounts.album import AlbumSimulator, album_platform
from tests.asgi_client import AsgiClient, Reply
from tests.clock import FakeClock

KEY = base64.b64encode(b"k" * 32).decode()
PUBLIC_URL = "https://letmepost.example"
APP = "https://app.example"


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    """Log as the commands do; structlog's own default prints every variable of a traceback."""
    configure_logs("critical")


@pytest.fixture
def fake_clock() -> FakeClock:
    """A clock that stands still at the present, since PostgreSQL goes by its own."""
    return FakeClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture
async def album(fake_clock: FakeClock) -> AlbumSimulator:
    return AlbumSimulator(fake_clock)


@pytest.fixture
async def simulation(
    album: AlbumSimulator, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Simulation]:
    others = simulators(fake_clock)
    monkeypatch.setitem(platforms(), "album", album_platform(fake_clock))
    async with running_simulators([album, *others]) as running:
        yield running


@dataclass
class Server:
    """A server of ours in the test's own loop, and a browser beside it."""

    service: Service
    simulation: Simulation
    clock: FakeClock
    key: str
    http: aiohttp.ClientSession

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **more: Any
    ) -> Reply:
        return await AsgiClient(self.service.app, key or self.key).call(method, path, body, **more)

    async def new_key(self, **fields: Any) -> str:
        made = await self.call("POST", "/v1/api-keys", {"name": "another", **fields})
        assert made.status == 201, made.text
        key: str = made.body["key"]
        return key

    async def begin(self, key: str | None = None, **body: Any) -> Any:
        """Begin to connect an album; the descriptor."""
        reply = await self.call("POST", "/v1/accounts/connect/album", body, key=key)
        assert reply.status == 200, reply.text
        return reply.body["descriptor"]

    async def consent(self, address: str, decision: str = "approve") -> dict[str, str]:
        """What a browser comes back with from the consent page."""
        async with self.http.post(
            address, data={"decision": decision}, allow_redirects=False
        ) as answer:
            assert answer.status == 302, await answer.text()
            return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    async def come_back(
        self, query: str, platform: str = "album", method: str = "GET"
    ) -> tuple[str, dict[str, str]]:
        """Where our callback sends a stranger's browser on to, and with what."""
        path = f"/v1/accounts/oauth/{platform}/callback?{query}"
        reply = await AsgiClient(self.service.app).call(method, path)
        assert reply.status == 302, reply.text
        address, _, told = reply.headers["location"].partition("?")
        return address, dict(parse_qsl(told))

    async def complete(self, answer: Mapping[str, str], key: str | None = None) -> Reply:
        body = {"code": answer["code"], "state": answer["state"]}
        return await self.call("POST", "/v1/accounts/connect/album/complete", body, key=key)

    async def connected(self, **body: Any) -> Any:
        """Connect an album from end to end; the account."""
        descriptor = await self.begin(**body)
        answer = await self.consent(descriptor["authorizationUrl"])
        reply = await self.complete(answer)
        assert reply.status in (200, 201), reply.text
        return reply.body

    async def post(self, account_id: str, text: str = "Hello", **more: Any) -> Reply:
        body = {"targets": [{"accountId": account_id}], "text": text, **more}
        return await self.call("POST", "/v1/posts", body)

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        def read(connection: Connection) -> list[dict[str, Any]]:
            found = connection.execute(select(table).order_by(*table.primary_key.columns))
            return [dict(row._mapping) for row in found]

        return await self.service.state.database.read(read)

    async def told(self, beginning: str = "token.") -> list[dict[str, Any]]:
        """The events of some kind, oldest first."""
        return [each for each in await self.rows(events) if each["type"].startswith(beginning)]

    async def run_due(self, kind: str) -> int:
        """Run the jobs of a kind, as if their time had come; how many there were."""
        state = self.service.state

        def claim(connection: Connection) -> Any:
            # PostgreSQL goes by its own clock, so the jobs are made old in place of the clock new.
            at = database_now(connection, self.clock.now())
            mine = jobs.c.owner.is_(None) & (jobs.c.kind == kind)
            connection.execute(update(jobs).where(mine).values(due_at=at))
            runner = state.runner
            return claim_due(connection, [kind], runner.owner, Room(32), runner.lease, at)

        claims = await state.database.write(claim)
        for each in claims:
            await state.runner.adopt(each)
        return len(claims)


def configuration(simulation: Simulation, url: str, folder: Path, **more: str) -> Configuration:
    return read_configuration(
        {
            **simulation.settings,
            "LETMEPOST_DATA_DIR": str(folder),
            "LETMEPOST_DATABASE_URL": url,
            "LETMEPOST_ENCRYPTION_KEYS": KEY,
            "LETMEPOST_AUTO_MIGRATE": "off",
            "LETMEPOST_PUBLIC_URL": PUBLIC_URL,
            "LETMEPOST_RETURN_ORIGINS": APP,
            **more,
        }
    )


@asynccontextmanager
async def running(
    simulation: Simulation, url: str, folder: Path, clock: FakeClock, **more: str
) -> AsyncIterator[Server]:
    configured = configuration(simulation, url, folder, **more)
    made = await make_first_key(configured)
    async with (
        open_service(configured, worker=False, clock=clock) as service,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        yield Server(service, simulation, clock, made["key"], http)


@pytest.fixture
async def server(
    simulation: Simulation, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> AsyncIterator[Server]:
    async with running(simulation, database_url, tmp_path / "data", fake_clock) as opened:
        yield opened
