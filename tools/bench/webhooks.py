"""Delivering webhooks, beside a bare loop that signs and posts the same bodies."""

import asyncio
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from bench.figures import Figure
from bench.processes import HOST, BenchmarkError, call, free_port, running
from bench.setting import Setting
from letmepost.configuration import migrate, open_keyring, read_configuration
from letmepost.kit.crypto import Keyring, new_key
from letmepost.kit.database import Database, sqlite_url
from letmepost.kit.ids import new_id
from letmepost.tenancy.profiles import create_organization
from letmepost.webhooks.events import Event, write_events
from letmepost.webhooks.queueing import add_job
from letmepost.webhooks.sealed_secret import seal_secret
from letmepost.webhooks.tables import webhook_deliveries, webhook_endpoints

ROUNDS = 3
ENDPOINTS = 10
DELIVERIES = 10_000
QUICK_DELIVERIES = 200
EVENTS_AT_ONCE = 500
LOOK_EVERY_SECONDS = 0.1
PATIENCE_SECONDS = 120.0
WORKER = ["-m", "letmepost", "worker"]
FLOOR = ["-m", "bench.floor_webhooks"]
# Nobody listens there.
DEAD = f"http://{HOST}:1/hooks"


def _data(number: int) -> dict[str, object]:
    """As much as a published post tells."""
    return {
        "id": f"post_{number:022d}",
        "platform": "bluesky",
        "accountId": "acc_0000000000000000000001",
        "profileId": "prof_0000000000000000000001",
        "uri": f"at://did:plc:abcdefghijklmnopqrstuvwx/app.bsky.feed.post/{number:013d}",
        "cid": "bafyreib2rxk3rybpk3tbrmwgx3mjx4rlgxpcdqmfgtcz4zqjw2dlqvtfey",
        "threadUris": [],
        "firstCommentUri": None,
        "firstCommentCid": None,
        "warnings": [],
        "publishedAt": "2026-11-25T12:00:00.000Z",
    }


def _fill(connection: Connection, keyring: Keyring, urls: Sequence[str], count: int) -> None:
    """Endpoints at these addresses, and so many events that each of them wants."""
    now = datetime.now(UTC)
    organization_id, profile_id = create_organization(connection, "bench", now)
    for url in urls:
        endpoint_id = new_id("whe")
        connection.execute(
            insert(webhook_endpoints).values(
                id=endpoint_id,
                organization_id=organization_id,
                url=url,
                events=[],
                secret=seal_secret(keyring, endpoint_id, "whsec_" + "A" * 40),
                created_at=now,
                updated_at=now,
            )
        )
        add_job(connection, endpoint_id, now)
    for first in range(0, count, EVENTS_AT_ONCE):
        happened = [
            Event(
                type="post.published",
                organization_id=organization_id,
                profile_id=profile_id,
                subject_id=f"post_{number:022d}",
                sequence=2,
                data=_data(number),
            )
            for number in range(first, min(first + EVENTS_AT_ONCE, count))
        ]
        write_events(connection, happened, now)


@contextmanager
def _seeded(
    setting: Setting, folder: Path, count: int, dead: int
) -> Iterator[tuple[dict[str, str], int]]:
    """A database with deliveries that are due, and a consumer: a worker's settings, the port."""
    folder.mkdir()
    port, url = free_port(), sqlite_url(folder / "letmepost.sqlite")
    settings = {
        **setting.settings,
        "LETMEPOST_DATABASE_URL": url,
        "LETMEPOST_ENCRYPTION_KEYS": new_key(),
    }
    urls = [DEAD] * dead + [f"http://{HOST}:{port}/hooks"] * (ENDPOINTS - dead)

    async def seed() -> None:
        keyring = open_keyring(read_configuration(settings).server)
        database = Database(url)
        await migrate(database)
        await database.write(lambda connection: _fill(connection, keyring, urls, count))
        await database.close()

    asyncio.run(seed())
    with running(["-m", "bench.consumer", str(port)], port=port, on=setting.cores.others):
        yield settings, port
    shutil.rmtree(folder)


def _delivered(url: str) -> int:
    """How many the database knows as delivered."""

    def count(connection: Connection) -> int:
        counted: int = connection.execute(
            select(func.count()).where(webhook_deliveries.c.status == "delivered")
        ).scalar_one()
        return counted

    async def ask() -> int:
        database = Database(url)
        try:
            return await database.read(count)
        finally:
            await database.close()

    return asyncio.run(ask())


def _round(setting: Setting, program: list[str], dead: int = 0) -> float:
    """Deliveries a second to those who listen, until the last is in the database."""
    count = (QUICK_DELIVERIES if setting.quick else DELIVERIES) // ENDPOINTS
    wanted = count * (ENDPOINTS - dead)
    with _seeded(setting, setting.folder / "webhooks", count, dead) as (settings, port):
        url = settings["LETMEPOST_DATABASE_URL"]
        arguments = program if program == WORKER else [*program, url]
        with running(
            arguments, port=0, on=setting.cores.server, settings=settings, wait=False
        ) as process:
            ends_at = time.monotonic() + PATIENCE_SECONDS
            while True:
                seen = call(port, "GET", "/_seen")
                if seen["count"] >= wanted and (program != WORKER or _delivered(url) >= wanted):
                    break
                died = program == WORKER and process.popen.poll() is not None
                if died or time.monotonic() > ends_at:
                    raise BenchmarkError(f"{wanted} webhooks were not delivered in time")
                time.sleep(LOOK_EVERY_SECONDS)
            seen = call(port, "GET", "/_seen")
    took: float = seen["last_at"] - seen["first_at"]
    return wanted / took


def webhooks(setting: Setting) -> Iterator[Figure]:
    """Webhooks a second of one worker, and what the healthy lose where one endpoint in ten is dead.

    Counted from the first that comes to the last.
    """
    title = f"Deliver {DELIVERIES:,} webhooks, one worker"
    figure = Figure("webhooks", title, "/s", 0.5, "more")
    beside = Figure("webhooks-dead", "The same with 1 of 10 endpoints dead", "/s", 0.9, "more")
    for number in range(min(setting.rounds, ROUNDS)):
        setting.say(f"{figure.title}, round {number + 1}")
        floor, ours, with_dead = (
            _round(setting, FLOOR),
            _round(setting, WORKER),
            _round(setting, WORKER, dead=1),
        )
        figure.pairs.append((floor, ours))
        beside.pairs.append((ours, with_dead))
    yield figure
    yield beside
