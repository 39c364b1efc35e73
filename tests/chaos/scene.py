"""What a chaos run begins with: accounts, posts that are all due at once, and a network that fails.

Everything is asked for over the API, of a server without a worker.
"""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from letmepost.configuration import read_configuration
from letmepost.kit.clock import wire_time
from letmepost.server import make_first_key, open_service
from tests.asgi_client import AsgiClient
from tests.server_process import call

ENCRYPTION_KEY = base64.b64encode(b"c" * 32).decode()
# Enough that every post is accepted before the first is due.
ACCEPTING_SECONDS_A_POST = 0.01
ALWAYS = 1_000_000
ACCOUNTS_AT_MOST = 40


@dataclass(frozen=True)
class Plan:
    """The size of a run, and what goes wrong in it."""

    publications: int
    kills: int
    seed: int
    workers: int = 4
    accounts: int = 20
    # One account in so many shows nothing of what was posted on it; 0 for none.
    hidden_every: int = 5
    # One connection in so many is cut before the commit, and as many after it; 0 for none.
    cut_every: int = 10
    latency_seconds: float = 0.05
    lease_seconds: float = 6.0
    retry_wait_seconds: float = 0.1
    # Look-ups are cut as well, so five in a row would fail now and then by chance alone.
    max_tries: int = 8
    patience_seconds: float = 600.0
    # Added to every text; a mention has to be looked up before the post can be sent.
    ending: str = ""


@dataclass(frozen=True)
class Scene:
    """Accounts by id with their handles, those that hide, and the time at which all is due."""

    handles: Mapping[str, str]
    hidden: frozenset[str]
    due_at: datetime


def settings_for(
    plan: Plan, simulation: Mapping[str, Any], database_url: str, folder: Path
) -> dict[str, str]:
    """What the workers and the server are started with."""
    return {
        **simulation["settings"],
        "LETMEPOST_DATA_DIR": str(folder / "data"),
        "LETMEPOST_DATABASE_URL": database_url,
        "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "LETMEPOST_LEASE_SECONDS": str(plan.lease_seconds),
        "LETMEPOST_RETRY_WAIT_SECONDS": str(plan.retry_wait_seconds),
        "LETMEPOST_MAX_TRIES": str(plan.max_tries),
        "LETMEPOST_RATE_LIMIT": "off",
        "LETMEPOST_LOG_LEVEL": "warning",
    }


async def set_up(plan: Plan, simulation: Mapping[str, Any], settings: Mapping[str, str]) -> Scene:
    """Connect the accounts, schedule the posts, then let the network fail."""
    url = simulation["url"]
    people = _people(url, plan.accounts)
    configuration = read_configuration(settings)
    made = await make_first_key(configuration)
    async with open_service(configuration, worker=False) as service:
        client = AsgiClient(service.app, made["key"])
        handles = {}
        for person in people:
            fields = {"identifier": person["handle"], "appPassword": person["appPassword"]}
            path = "/v1/accounts/connect/bluesky/complete"
            reply = await client.call("POST", path, fields)
            assert reply.status == 201, reply.text
            handles[reply.body["id"]] = person["handle"]
        due_at = await _schedule(client, list(handles), plan)
    hidden = people[:: plan.hidden_every] if plan.hidden_every else []
    _misbehave(url, plan, [person["did"] for person in hidden])
    names = {person["handle"] for person in hidden}
    return Scene(handles, frozenset(each for each in handles if handles[each] in names), due_at)


def _people(url: str, count: int) -> list[dict[str, Any]]:
    wanted = [{"handle": f"person-{number}.bsky.test"} for number in range(count)]
    body = {"platform": "bluesky", "accounts": wanted}
    made: list[dict[str, Any]] = call(f"{url}/_simulator/world", "POST", json_body=body).body[
        "accounts"
    ]
    return made


async def _schedule(client: AsgiClient, accounts: Sequence[str], plan: Plan) -> datetime:
    count = plan.publications
    ahead = timedelta(seconds=2 + count * ACCEPTING_SECONDS_A_POST)
    due_at = datetime.now(UTC) + ahead
    size = min(len(accounts), ACCOUNTS_AT_MOST)
    bodies = []
    for first in range(0, count, size):
        targets = [
            {
                "accountId": accounts[number % len(accounts)],
                # No two texts are the same.
                "text": f"Chaos post number {number}{plan.ending}",
            }
            for number in range(first, min(first + size, count))
        ]
        bodies.append({"targets": targets, "scheduledAt": wire_time(due_at)})
    # A few at a time: all at once would only wait for each other.
    for first in range(0, len(bodies), 8):
        replies = await asyncio.gather(
            *(client.call("POST", "/v1/posts", body) for body in bodies[first : first + 8])
        )
        for reply in replies:
            assert reply.status == 202, reply.text
    return due_at


def _misbehave(url: str, plan: Plan, hidden: Sequence[str]) -> None:
    if plan.cut_every:
        for name in ("cut_before_commit", "cut_after_commit"):
            add_fault(url, name, times=ALWAYS, every=plan.cut_every)
    for did in hidden:
        # In a query the colons of a DID are escaped; its last part is enough.
        add_fault(url, "hide_history", route=did.rpartition(":")[2], times=ALWAYS)


def add_fault(url: str, name: str, **more: Any) -> None:
    """Let the simulator misbehave."""
    body = {"platform": "bluesky", "fault": name, **more}
    answer = call(f"{url}/_simulator/faults", "POST", json_body=body)
    assert answer.status == 201, answer.text
