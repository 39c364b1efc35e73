"""A whole server on loopback with simulated platforms, and organizations to call it as."""

import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Connection, delete, func, select

from letmepost.configuration import read_configuration
from letmepost.jobs.tables import jobs
from letmepost.kit.clock import Clock
from letmepost.kit.database import metadata
from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms import simulators
from letmepost.posts.tables import publications
from letmepost.server import Service, open_service
from letmepost.tenancy.keys import ALL_SCOPES, LIVE, TEST, Prefix, Scope, mint
from letmepost.tenancy.profiles import create_organization
from letmepost.tenancy.tables import request_log
from tests.api.client import Answer, Client
from tests.listening import free_port, listening

# Two processes on one database open each other's envelopes.
ENCRYPTION_KEYS = base64.b64encode(b"k" * 32).decode()
# For what never reaches the database, or does not depend on which one it is.
ON_ONE_DATABASE = pytest.mark.parametrize("server_database_url", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("server_database_url", ["postgresql"], indirect=True)
_numbers = count(1)


@dataclass(frozen=True)
class Traces:
    """What a request may leave behind: rows, stored objects, working files, calls to platforms."""

    rows: Mapping[str, int]
    objects: frozenset[str]
    working_files: frozenset[str]
    upstream_requests: int


@dataclass
class Server:
    """A running server and the simulated platforms that it was pointed at."""

    url: str
    service: Service
    simulation: Simulation
    http: aiohttp.ClientSession
    folder: Path

    @property
    def stranger(self) -> Client:
        """A client without a key."""
        return Client(self.http, self.url)

    async def new_organization(self) -> "Organization":
        """An organization that no other test knows."""
        now = self.service.state.clock.now()
        ids = await self.service.state.database.write(
            lambda connection: create_organization(connection, "Tests", now)
        )
        return Organization(self, *ids)

    async def rows(self) -> dict[str, int]:
        """How many rows each table has."""

        def counted(connection: Connection) -> dict[str, int]:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
                # Every request of a key leaves a line there, a refused one too.
                if table is not request_log
            }

        return await self.service.state.database.read(counted)

    async def logged(self, organization_id: str | None = None) -> int:
        """How many requests are in the log, of all or of one organization."""
        query = select(func.count()).select_from(request_log)
        if organization_id is not None:
            query = query.where(request_log.c.organization_id == organization_id)
        counted: int = await self.service.state.database.read(
            lambda connection: connection.execute(query).scalar_one()
        )
        return counted

    async def traces(self) -> Traces:
        """Everything that a refused request must leave as it was."""
        return Traces(
            rows=await self.rows(),
            objects=_files(self.folder / "media"),
            working_files=_files(self.folder / "incoming"),
            upstream_requests=len(await self.upstream()),
        )

    async def upstream(self) -> list[dict[str, Any]]:
        """Every request that a simulated platform received."""
        seen: list[dict[str, Any]] = await self._simulator("GET", "requests")
        return seen

    async def timeline(self, handle: str) -> list[dict[str, Any]]:
        """What is published on a simulated account."""
        shown: list[dict[str, Any]] = await self._simulator("GET", "timeline")
        return [entry for entry in shown if entry["account"] == handle]

    async def fault(self, fault: str, **fields: Any) -> None:
        """Have the simulated Bluesky misbehave."""
        await self._simulator(
            "POST", "faults", json={"platform": "bluesky", "fault": fault, **fields}
        )

    async def new_login(self) -> dict[str, str]:
        """What connects a simulated account that no other test knows."""
        handle = f"tester{next(_numbers)}.test"
        password = "abcd-efgh-ijkl-mnop"
        await self._simulator(
            "POST",
            "world",
            json={
                "platform": "bluesky",
                "accounts": [{"handle": handle, "appPassword": password}],
            },
        )
        return {"identifier": handle, "appPassword": password}

    async def _simulator(self, method: str, what: str, **body: Any) -> Any:
        url = f"{self.simulation.url}/_simulator/{what}"
        async with self.http.request(method, url, **body) as response:
            assert response.ok, await response.text()
            return await response.json()


def _files(folder: Path) -> frozenset[str]:
    return frozenset(str(each) for each in folder.rglob("*") if each.is_file())


@dataclass
class Organization:
    """An organization with its default profile; makes keys and accounts for a test."""

    server: Server
    id: str
    profile_id: str
    _clients: dict[str, Client] = field(default_factory=dict)

    async def client(
        self,
        *scopes: Scope,
        prefix: Prefix = LIVE,
        profile_id: str | None = None,
    ) -> Client:
        """A client with a new key; without scopes it holds them all."""
        state = self.server.service.state
        now = state.clock.now()
        row, key = await state.database.write(
            lambda connection: mint(
                connection,
                organization_id=self.id,
                name="test",
                prefix=prefix,
                scopes=scopes or ALL_SCOPES,
                profile_id=profile_id,
                now=now,
            )
        )
        return Client(self.server.http, self.server.url, key, row)

    async def test_client(self) -> Client:
        """A client whose key never reaches a platform."""
        return await self.client(prefix=TEST)

    async def stop(self) -> None:
        """Take its jobs away, so that what is under way changes nothing in the next test."""
        mine = select(publications.c.id).where(publications.c.organization_id == self.id)
        await self.server.service.state.database.write(
            lambda connection: connection.execute(delete(jobs).where(jobs.c.key.in_(mine)))
        )

    async def profile(self, name: str) -> str:
        """Another profile."""
        made = await (await self.client()).post("/v1/profiles", {"name": name})
        assert made.status == 201, made.body
        return str(made.body["id"])

    async def connect(
        self, client: Client, login: Mapping[str, str] | None = None, **more: str
    ) -> dict[str, Any]:
        """Connect a Bluesky account of its own; the account."""
        login = login or await self.server.new_login()
        made = await connect(client, {**login, **more})
        assert made.status == 201, made.body
        return dict(made.body)


async def connect(client: Client, body: Mapping[str, str], **more: Any) -> Answer:
    """Complete connecting a Bluesky account."""
    return await client.post("/v1/accounts/connect/bluesky/complete", dict(body), **more)


@asynccontextmanager
async def running_server(
    folder: Path,
    database_url: str | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    worker: bool = False,
) -> AsyncIterator[Server]:
    """Serve on a free port of loopback until the block ends.

    Without a worker nothing happens behind a test's back, such as a later look at a post.
    """
    async with running_simulators(simulators()) as simulation:
        with free_port() as (listener, url):
            data = folder / "data"
            data.mkdir(exist_ok=True)
            environment = {
                **simulation.settings,
                "LETMEPOST_DATA_DIR": str(data),
                "LETMEPOST_PUBLIC_URL": url,
                "LETMEPOST_RATE_LIMIT": "off",
                "LETMEPOST_WRONG_KEY_LIMIT": "off",
                "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEYS,
                **({"LETMEPOST_DATABASE_URL": database_url} if database_url else {}),
                **(settings or {}),
            }
            configuration = read_configuration(environment)
            async with (
                open_service(configuration, worker=worker, clock=clock) as service,
                listening(service.app, listener),
                aiohttp.ClientSession() as http,
            ):
                yield Server(url, service, simulation, http, data)
