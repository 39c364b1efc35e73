"""A whole server in the test's own loop, beside a simulator, whose jobs a test runs by hand."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Connection, Table, select, update

from letmepost.administration import make_first_key
from letmepost.configuration import read_configuration
from letmepost.jobs.claiming import Room, claim_due
from letmepost.jobs.queue import database_now
from letmepost.jobs.tables import jobs
from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_visit import visit
from letmepost.posts.ledger import JOB_KIND
from letmepost.posts.tables import attempts, publications
from letmepost.server import Service, open_service
from letmepost.webhooks.tables import events
from tests.asgi_client import AsgiClient, Reply
from tests.clock import FakeClock
from tests.listening import free_port, listening
from tests.platforms.cases import File, Kind
from tests.server_process import multipart

ENCRYPTION_KEY = base64.b64encode(b"k" * 32).decode()
BATCH = 32
PATIENCE_SECONDS = 20


async def eventually(met: Callable[[], Awaitable[Any]]) -> None:
    """Ask again and again until the answer is not empty."""
    for _ in range(200):
        if await met():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"waited in vain for {met}")


@dataclass
class Running:
    """The server, its first key, and the account of one platform that is connected."""

    service: Service
    clock: FakeClock
    key: str
    platform: str
    account_id: str = ""

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        data: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request, without a socket."""
        client = AsgiClient(self.service.app, self.key)
        return await client.call(method, path, body, data=data, headers=headers)

    async def connect(self, simulation: Simulation) -> Reply:
        """Connect the simulator's account, by its consent page where it has one."""
        begin = f"/v1/accounts/connect/{self.platform}"
        given: Mapping[str, object] = simulation.accounts[self.platform]
        started = await self.call("POST", begin, {})
        assert started.status == 200, started.text
        descriptor = started.body["descriptor"]
        if descriptor["kind"] == "oauth":
            async with aiohttp.ClientSession() as browser:
                back = await visit(browser, descriptor["authorizationUrl"], given)
            given = {name: back[name] for name in ("code", "state")}
        reply = await self.call("POST", f"{begin}/complete", given)
        assert reply.status in (200, 201), reply.text
        self.account_id = reply.body["id"]
        return reply

    async def upload(self, file: File) -> dict[str, Any]:
        """Upload a file; the media item that names it."""
        data, content_type = multipart(file.name, file.content, file.content_type)
        headers = {"Content-Type": content_type}
        reply = await self.call("POST", "/v1/media", data=data, headers=headers)
        assert reply.status == 201, reply.text
        general, _, _ = file.content_type.partition("/")
        item = {"mediaId": reply.body["id"]}
        item["kind"] = general if general in ("image", "video") else "document"
        return item if file.alt_text is None else {**item, "altText": file.alt_text}

    async def post_kind(self, kind: Kind) -> Any:
        """Publish a post of one kind, as `post` does."""
        more: dict[str, Any] = {"media": [await self.upload(file) for file in kind.files]}
        return await self.post(kind.text, options=dict(kind.options), **more)

    async def post(self, text: str = "Hello", **more: Any) -> Any:
        """Publish, and wait until the first attempt has ended; the one result."""
        target: dict[str, Any] = {"platform": self.platform}
        if options := more.pop("options", None):
            target["options"] = {"platform": self.platform, **options}
        body = {"targets": [target], **({"text": text} if text else {}), **more}
        reply = await self.call("POST", "/v1/posts", body, headers={"Prefer": "respond-async"})
        assert "results" in reply.body, reply.text
        await self.idle()
        batch = await self.call("GET", f"/v1/batches/{reply.body['id']}")
        return batch.body["results"][0]

    async def idle(self) -> None:
        """Wait for the attempts in hand; nobody looks up or tries again by himself here."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while tasks := set(self.service.state.runner._tasks):
                await asyncio.wait(tasks)

    async def read(self, result: Mapping[str, Any]) -> Any:
        """The publication as the API shows it now."""
        return (await self.call("GET", f"/v1/posts/{result['postId']}")).body

    async def run_due(self, kind: str = JOB_KIND) -> None:
        """Run every job of a kind that waits, as if its time had come."""
        state = self.service.state

        def claim(connection: Connection) -> Any:
            # PostgreSQL goes by its own clock, so the jobs are made old in place of the clock new.
            at = database_now(connection, self.clock.now())
            connection.execute(update(jobs).where(jobs.c.owner.is_(None)).values(due_at=at))
            runner = state.runner
            return claim_due(
                connection, [kind], runner.owner, Room(BATCH), runner.lease, self.clock.now()
            )

        for each in await state.database.write(claim):
            await state.runner.adopt(each)

    async def run_to_the_end(
        self, result: Mapping[str, Any], rounds: int = 20, *, seconds_a_round: float = 0.0
    ) -> Any:
        """Run due jobs until the publication has ended, time passing meanwhile; the publication."""
        for _ in range(rounds):
            shown = await self.read(result)
            if shown["status"] not in ("queued", "publishing"):
                return shown
            self.clock.advance(seconds_a_round)
            await self.run_due()
        raise AssertionError(f"no end after {rounds} rounds: {shown}")

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """Every row of a table, oldest first."""

        def read(connection: Connection) -> list[dict[str, Any]]:
            found = connection.execute(select(table).order_by(*table.primary_key.columns))
            return [dict(row._mapping) for row in found]

        return await self.service.state.database.read(read)

    async def endings(self) -> list[tuple[str, str | None]]:
        """How each attempt ended, in order."""
        return [(row["purpose"], row["outcome"]) for row in await self.rows(attempts)]

    async def told(self, result: Mapping[str, Any]) -> list[str]:
        """The events of a publication after the one that tells of its validation."""
        found = await self.rows(events)
        first, *later = [row["type"] for row in found if row["subject_id"] == result["postId"]]
        assert first == "post.validated"
        return later

    async def waits_seconds(self) -> float:
        """How long the one job waits still."""
        (job,) = await self.rows(jobs)
        waits: float = (job["due_at"] - self.clock.now()).total_seconds()
        return waits

    async def plan(self) -> Any:
        """What was chosen before the first try of the one publication."""
        (row,) = await self.rows(publications)
        return row["plan"]


@asynccontextmanager
async def running(
    platform: str,
    simulation: Simulation,
    database_url: str,
    folder: Path,
    clock: FakeClock,
    **settings: str,
) -> AsyncIterator[Running]:
    """Open a server on a migrated database, with the account of a simulated platform connected.

    It answers on a socket as well, where platforms that take no bytes fetch files.
    """
    with free_port() as (listener, url):
        configuration = read_configuration(
            {
                **simulation.settings,
                "LETMEPOST_PUBLIC_URL": url,
                "LETMEPOST_DATA_DIR": str(folder),
                "LETMEPOST_DATABASE_URL": database_url,
                "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEY,
                "LETMEPOST_AUTO_MIGRATE": "off",
                **settings,
            }
        )
        made = await make_first_key(configuration)
        async with (
            open_service(configuration, worker=False, clock=clock) as service,
            listening(service.app, listener),
        ):
            opened = Running(service, clock, made["key"], platform)
            assert (await opened.connect(simulation)).status == 201
            yield opened
