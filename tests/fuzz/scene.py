"""A server with something of everything on it, which reaches nothing but this machine."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

from letmepost.api.examples import BODIES
from letmepost.kit.address_guard import AddressGuard
from letmepost.kit.database import sqlite_url
from letmepost.kit.logs import configure_logs
from letmepost.platforms import platforms
from tests.api.client import Client
from tests.api.server import Organization, Server, running_server
from tests.databases import migrate_database
from tests.media.samples import image
from tests.platforms.cast import cast_of, casts

# So many of each thing that some are left when others have been deleted.
THINGS = 25
ACCOUNTS = 8
KEPT = 5
UPLOADS = 5


@dataclass(frozen=True)
class Scene:
    """Where the server answers, a key that may do everything there, and the ids that it knows."""

    url: str
    key: str
    ids: Mapping[str, Sequence[str]]


@contextmanager
def this_machine_only() -> Iterator[None]:
    """Whatever address a made-up request names, nothing leaves this machine."""
    look_up = socket.getaddrinfo

    def known(host: Any, *more: Any, **named: Any) -> Any:
        if host not in ("127.0.0.1", b"127.0.0.1"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return look_up(host, *more, **named)

    with (
        patch.object(socket, "getaddrinfo", known),
        patch.object(AddressGuard, "_admits", lambda *_: False),
    ):
        yield


@asynccontextmanager
async def prepared(folder: Path) -> AsyncIterator[Scene]:
    """Serve until the block ends, for an organization that has several of each thing."""
    configure_logs("critical")
    url = sqlite_url(folder / "fuzz.sqlite")
    await asyncio.to_thread(migrate_database, url)
    with this_machine_only():
        async with running_server(folder, url) as server:
            organization = await server.new_organization()
            client = await organization.client()
            ids = await _furnish(organization, client)
            yield Scene(server.url, str(client.key), ids)


async def _furnish(organization: Organization, client: Client) -> dict[str, list[str]]:
    """Make everything that a request may name; the names by their kind."""
    server = organization.server
    # The account of the example of how one is connected.
    form = BODIES["CompleteConnect"]["form"]
    example = {"handle": form["identifier"], "appPassword": form["appPassword"]}
    await server._simulator("POST", "world", json={"platform": "bluesky", "accounts": [example]})
    made = defaultdict[str, list[str]](list)
    for number in range(THINGS):
        for kind, path, body in (
            ("endpoints", "/v1/webhook-endpoints", {"url": "https://app.example/hooks"}),
            ("profiles", "/v1/profiles", {"name": f"Brand {number}"}),
            ("keys", "/v1/api-keys", {"name": f"Key {number}", "scopes": ["posts:read"]}),
        ):
            made[kind].append((await client.post(path, body)).body["id"])
        made["media"].append((await client.upload(image())).body["id"])
    for platform in (*casts(), "pinterest"):
        for form in await people_of(server, platform):
            account = await connect_account(server, client, platform, form)
            made[f"accounts_{platform}"].append(account)
    # Posts are published on some, and the others may be disconnected.
    made["kept_accounts"] = made["accounts_bluesky"][:KEPT]
    made["accounts"] = [
        each
        for kind, ids in made.items()
        if kind.startswith("accounts_") and len(ids) > 1
        for each in ids
        if each not in made["kept_accounts"]
    ]
    made["kept_media"] = [(await client.upload(image())).body["id"] for _ in range(KEPT)]
    made["kept_profiles"] = [organization.profile_id]
    boards = f"/v1/accounts/{made['accounts_pinterest'][0]}/pinterest/boards"
    made["boards"] = [each["id"] for each in (await client.get(boards)).body["data"]]
    await _upload(client, made)
    await _publish(client, made)
    made["events"] = [each["id"] for each in (await client.get("/v1/events")).body["data"]]
    deliveries = f"/v1/webhook-endpoints/{made['endpoints'][0]}/deliveries"
    made["deliveries"] = [each["id"] for each in (await client.get(deliveries)).body["data"]]
    made["rules"] = [each["id"] for each in (await client.get("/v1/rules")).body["data"]][:THINGS]
    return made


async def _upload(client: Client, made: dict[str, list[str]]) -> None:
    """Uploads that wait to be completed, and one whose bytes are still to come."""
    content = image()
    for _ in range(UPLOADS):
        begun = await client.post("/v1/media/uploads", {"sizeBytes": len(content)})
        address = urlsplit(begun.body["url"])
        await client.call("PUT", f"{address.path}?{address.query}", data=content)
        made["uploads"].append(begun.body["id"])
    # The fuzzer begins with an empty text in JSON, which has two bytes.
    begun = await client.post("/v1/media/uploads", {"sizeBytes": 2})
    named = dict(parse_qsl(urlsplit(begun.body["url"]).query))
    made["pending_uploads"].append(begun.body["id"])
    made["pending_expires"].append(named["expires"])
    made["pending_signatures"].append(named["signature"])


async def _publish(client: Client, made: dict[str, list[str]]) -> None:
    """Posts that are out, posts that wait for their time, and posts that were canceled."""
    for number in range(THINGS):
        later = {} if number % 3 else {"scheduledAt": "2030-01-31T09:00:00Z"}
        target = {"accountId": made["kept_accounts"][number % KEPT]}
        answer = await client.publish({"targets": [target], "text": f"Post {number}", **later})
        made["batches"].append(answer.body["id"])
        made["posts"].append(answer.body["results"][0]["postId"])
        if number % 6 == 0:
            await client.delete(f"/v1/posts/{made['posts'][-1]}")


async def people_of(server: Server, platform: str) -> Sequence[Mapping[str, str]]:
    """What connects people of a platform: so many of its cast, or who is there from the start."""
    if platform not in casts():
        return [{"decision": "approve"}]
    cast = cast_of(platform)
    body = {"platform": platform, **cast.world(ACCOUNTS)}
    return [
        each.connects for each in cast.people(await server._simulator("POST", "world", json=body))
    ]


async def connect_account(
    server: Server, client: Client, platform: str, form: Mapping[str, str]
) -> str:
    """Connect an account by the platform's form, or on its simulated consent page; its id."""
    path = f"/v1/accounts/connect/{platform}"
    if platforms()[platform].connect.kind == "oauth":
        begun = await client.post(path)
        address = begun.body["descriptor"]["authorizationUrl"]
        async with server.http.post(address, data=form, allow_redirects=False) as answer:
            form = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    account_id: str = (await client.post(f"{path}/complete", dict(form))).body["id"]
    return account_id
