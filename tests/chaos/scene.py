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
from urllib.parse import parse_qsl, urlencode, urlsplit

from letmepost.administration import make_first_key
from letmepost.configuration import read_configuration
from letmepost.kit.clock import wire_time
from letmepost.platforms import platforms
from letmepost.server import open_service
from tests.asgi_client import AsgiClient
from tests.platforms.cast import Cast, Person, cast_of
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
    platform: str = "bluesky"
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
    """Accounts by id with their names there, those that hide, and when all is due."""

    cast: Cast
    names: Mapping[str, str]
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


async def set_up(
    plan: Plan,
    simulation: Mapping[str, Any],
    settings: Mapping[str, str],
    hooks: str | None = None,
) -> Scene:
    """Connect the accounts, schedule the posts, then let the network fail.

    Everything that happens is posted to `hooks`, where it is given.
    """
    url, cast = simulation["url"], cast_of(plan.platform)
    body = {"platform": plan.platform, **cast.world(plan.accounts)}
    people = cast.people(call(f"{url}/_simulator/world", "POST", json_body=body).body)
    configuration = read_configuration(settings)
    made = await make_first_key(configuration)
    async with open_service(configuration, worker=False) as service:
        client = AsgiClient(service.app, made["key"])
        connected = {await _connect(client, plan.platform, each): each for each in people}
        if hooks is not None:
            reply = await client.call("POST", "/v1/webhook-endpoints", {"url": hooks})
            assert reply.status == 201, reply.text
        due_at = await _schedule(client, list(connected), plan)
    hidden = people[:: plan.hidden_every] if plan.hidden_every else []
    _misbehave(url, plan, [each.history for each in hidden if each.history])
    return Scene(
        cast,
        {account: person.name for account, person in connected.items()},
        frozenset(
            account for account, person in connected.items() if person in hidden and person.history
        ),
        due_at,
    )


async def _connect(client: AsgiClient, platform: str, person: Person) -> str:
    """Connect an account by its form, or by the platform's consent page; its id."""
    path = f"/v1/accounts/connect/{platform}"
    fields: Mapping[str, str] = person.connects
    if platforms()[platform].connect.kind == "oauth":
        begun = await client.call("POST", path)
        fields = _consented(begun.body["descriptor"]["authorizationUrl"], person.connects)
    reply = await client.call("POST", f"{path}/complete", fields)
    assert reply.status == 201, reply.text
    account_id: str = reply.body["id"]
    return account_id


def _consented(address: str, form: Mapping[str, str]) -> dict[str, str]:
    """What the browser comes back with when the owner has sent a form on the consent page."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = call(address, "POST", data=urlencode(form).encode(), headers=headers)
    assert answer.status == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def _schedule(client: AsgiClient, accounts: Sequence[str], plan: Plan) -> datetime:
    count = plan.publications
    ahead = timedelta(seconds=4 + count * ACCEPTING_SECONDS_A_POST)
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
            add_fault(url, plan.platform, name, times=ALWAYS, every=plan.cut_every)
    for history in hidden:
        add_fault(url, plan.platform, "hide_history", route=history, times=ALWAYS)


def add_fault(url: str, platform: str, name: str, **more: Any) -> None:
    """Let the simulator misbehave."""
    body = {"platform": platform, "fault": name, **more}
    answer = call(f"{url}/_simulator/faults", "POST", json_body=body)
    assert answer.status == 201, answer.text
