"""An organization with one of everything, and what must stay as it was and unknown to others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy import Connection, select

from letmepost.kit.clock import wire_time
from letmepost.kit.database import metadata
from letmepost.kit.ids import new_id
from letmepost.tenancy.audit import SYSTEM
from letmepost.tenancy.invites import invite
from letmepost.tenancy.members import Member, Role
from tests.api.client import Client
from tests.api.server import Organization, Server
from tests.fuzz.scene import connect_account, people_of
from tests.media.samples import image

# In every text of the victim, so that no answer to a stranger may hold it.
MARK = "harbour-secret"
# Written by whoever asks, about themselves.
_OWN_TRACES = frozenset({"idempotency_keys", "request_log"})
_VOLATILE = frozenset({"last_used_at", "seen_at"})
# Whose posts may name files in fields of their own.
CONNECTED_BY_INTRUDERS = ("bluesky", "linkedin", "pinterest", "twitter")


@dataclass(frozen=True)
class Victim:
    """The ids of everything, by the beginning of an id, and a few secrets that are no ids.

    `untold` is what a stranger must not learn: those, and the ids of all rows.
    """

    organization: Organization
    ids: Mapping[str, str]
    untold: frozenset[str]


Rows = dict[tuple[str, ...], Mapping[str, Any]]


async def contents(server: Server) -> Rows:
    """Every row of every table, by its table and all its values."""

    def read(connection: Connection) -> Rows:
        found: Rows = {}
        for table in metadata.sorted_tables:
            if table.name in _OWN_TRACES:
                continue
            for row in connection.execute(select(table)):
                kept = {
                    name: value for name, value in row._mapping.items() if name not in _VOLATILE
                }
                found[table.name, *map(repr, kept.values())] = kept
        return found

    return await server.service.state.database.read(read)


async def furnished(organization: Organization) -> Victim:
    """Make one of everything in the default profile of an organization."""
    server, client = organization.server, await organization.client()
    profile = organization.profile_id
    endpoint = await client.post(
        "/v1/webhook-endpoints",
        {"url": f"https://{MARK}.example/hooks", "profileId": profile, "description": MARK},
    )
    account = await organization.connect(client)
    media = await client.upload(image(), filename=f"{MARK}.jpg")
    content = image()
    upload = await client.post("/v1/media/uploads", {"sizeBytes": len(content)})
    address = urlsplit(upload.body["url"])
    await client.call("PUT", f"{address.path}?{address.query}", data=content)
    later = await client.publish(
        {
            "targets": [{"accountId": account["id"]}],
            "text": f"{MARK} later",
            "media": [{"kind": "image", "mediaId": media.body["id"]}],
            "scheduledAt": wire_time(server.service.state.clock.now() + timedelta(days=30)),
        }
    )
    await client.publish({"targets": [{"accountId": account["id"]}], "text": f"{MARK} now"})
    key = await client.post("/v1/api-keys", {"name": MARK, "profileId": profile})
    event = (await client.get(f"/v1/events?profileId={profile}")).body["data"][0]
    deliveries = await client.get(f"/v1/webhook-endpoints/{endpoint.body['id']}/deliveries")
    consent = await client.post("/v1/accounts/connect/pinterest", {"profileId": profile})
    consent_address = consent.body["descriptor"]["authorizationUrl"]
    link = await client.post("/v1/connect-links", {"profileId": profile})
    ids = {
        "acc": account["id"],
        "batch": later.body["id"],
        "evt": event["id"],
        "key": key.body["id"],
        "med": media.body["id"],
        "post": later.body["results"][0]["postId"],
        "prof": profile,
        "upl": upload.body["id"],
        "whd": deliveries.body["data"][0]["id"],
        "whe": endpoint.body["id"],
        "state": dict(parse_qsl(urlsplit(consent_address).query))["state"],
        "link": urlsplit(link.body["url"]).path.rpartition("/")[2],
        **await _people_of(organization),
    }
    rows = (await contents(server)).values()
    mine = {
        str(row["id"])
        for row in rows
        if row.get("organization_id") == organization.id and "id" in row
    }
    return Victim(organization, ids, frozenset({*ids.values(), *mine, organization.id, MARK}))


async def _people_of(organization: Organization) -> dict[str, str]:
    """A member with a session, and an invite."""
    state = organization.server.service.state
    now, member_id = state.clock.now(), new_id("mem")
    owner = Member(member_id, organization.id, MARK, f"{member_id}@{MARK}.example", Role.OWNER)

    def write(connection: Connection) -> dict[str, str]:
        tables = metadata.tables
        connection.execute(
            tables["members"].insert().values(
                id=owner.id, organization_id=owner.organization_id, email=owner.email,
                role=owner.role.value, password_hash="", created_at=now,
            )
        )  # fmt: skip
        session_id = new_id("ses")
        connection.execute(
            tables["sessions"].insert().values(
                id=session_id, sha256=session_id, member_id=owner.id, address="", user_agent="",
                created_at=now, seen_at=now, expires_at=now + timedelta(days=30),
            )
        )  # fmt: skip
        invite(connection, owner, role=Role.MEMBER, note=MARK, by=SYSTEM, now=now)
        invites = tables["invites"]
        invite_id = connection.execute(
            select(invites.c.id).where(invites.c.organization_id == organization.id)
        ).scalar_one()
        return {"mem": owner.id, "ses": session_id, "inv": invite_id}

    return await state.database.write(write)


def nobodys(ids: Mapping[str, str]) -> dict[str, str]:
    """Ids of the same form that never were."""
    made_up = {}
    for kind, value in ids.items():
        prefix, mark, _ = value.partition("_")
        is_id = mark and prefix == kind
        made_up[kind] = new_id(kind) if is_id else "x" * len(value)
    return made_up


async def with_accounts(server: Server, client: Client) -> Client:
    """The same client, with accounts of the platforms whose posts may name files."""
    for platform in CONNECTED_BY_INTRUDERS:
        form = (await people_of(server, platform))[0]
        await connect_account(server, client, platform, form)
    return client
