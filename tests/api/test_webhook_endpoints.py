"""Webhook endpoints: made with a secret shown once, scoped, changed, paused, and gone for good."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from letmepost.jobs.tables import jobs
from letmepost.kit.clock import wire_time
from letmepost.tenancy.keys import Scope
from letmepost.webhooks.events import Event, write_events
from letmepost.webhooks.queueing import DELIVER_KIND, NEVER
from letmepost.webhooks.sealed_secret import open_secret
from letmepost.webhooks.tables import webhook_deliveries, webhook_endpoints
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

URL = "https://app.example/hooks"
AT = "/v1/webhook-endpoints"


async def _made(client: Client, **more: Any) -> dict[str, Any]:
    answer = await client.post(AT, {"url": URL, **more})
    assert answer.status == 201, answer.body
    return dict(answer.body)


async def _happen(organization: Organization, *numbers: int, **more: Any) -> None:
    state = organization.server.service.state
    about = {"organization_id": organization.id, "profile_id": organization.profile_id, **more}
    happened = [
        Event(
            type="media.deleted",
            subject_id=f"med_{each}",
            sequence=1,
            data={"id": f"med_{each}", "profileId": "prof_x", "sha256": "0" * 64},
            **about,
        )
        for each in numbers
    ]
    await state.database.write(
        lambda connection: write_events(connection, happened, state.clock.now())
    )


async def _delivered(client: Client, endpoint: dict[str, Any], query: str = "") -> list[Any]:
    answer = await client.get(f"{AT}/{endpoint['id']}/deliveries{query}")
    assert answer.status == 200, answer.body
    data: list[Any] = answer.body["data"]
    return data


async def _due_at(server: Server, endpoint: dict[str, Any]) -> datetime | None:
    query = select(jobs.c.due_at).where(jobs.c.kind == DELIVER_KIND, jobs.c.key == endpoint["id"])
    return await server.service.state.database.read(
        lambda connection: connection.execute(query).scalar()
    )


async def test_an_endpoint_is_given_back_as_it_was_made_but_for_its_secret(
    organization: Organization,
) -> None:
    client = await organization.client()
    url = "https://APP.example:443/a/../Hooks?b=%7e&a=%C3%A9#x"
    made = await _made(
        client,
        url=url,
        description="For tests",
        events=["post.published", "post.failed", "post.published"],
    )
    secret = made.pop("signingSecret")
    assert made["url"] == url
    assert made["events"] == ["post.published", "post.failed"]
    assert (made["active"], made["profileId"], made["lastDeliveryAt"]) == (True, None, None)
    assert (await client.get(f"{AT}/{made['id']}")).body == made
    assert (await client.get(AT)).body["data"] == [made]
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 30


async def test_a_secret_is_kept_encrypted(server: Server, organization: Organization) -> None:
    made = await _made(await organization.client())
    state = server.service.state

    def read(connection: Connection) -> str:
        rows = webhook_endpoints.c
        query = select(rows.secret).where(rows.id == made["id"])
        return str(connection.execute(query).scalar_one())

    envelope = await state.database.read(read)
    assert made["signingSecret"] not in envelope
    assert open_secret(state.keyring, made["id"], envelope) == made["signingSecret"]


async def test_the_same_key_makes_one_endpoint_and_shows_its_secret_again(
    organization: Organization,
) -> None:
    client = await organization.client()
    first, second = [
        await client.post(AT, {"url": URL}, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]
    assert first.body == second.body
    assert len((await client.get(AT)).body["data"]) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "app.example/hooks",
        "ftp://app.example/",
        "https://",
        "https:///hooks",
        "https://app.example:99999/",
        "https://me:secret@app.example/",
        "https://app.example/a b",
        "https://app.example/\n",
        "https://[::1/",
        "https://app.example/" + "a" * 2048,
    ],
)
@ON_ONE_DATABASE
async def test_what_cannot_be_posted_to_is_refused(organization: Organization, url: str) -> None:
    client = await organization.client()
    answer = await client.post(AT, {"url": url})
    answer.refused(400, "validation_failed", "webhook.url.format")


@pytest.mark.parametrize(
    "host",
    [
        "10.1.2.3",
        "169.254.169.254",
        "100.64.0.1",
        "167838211",
        "0x0a.0x010203",
        "[::ffff:10.1.2.3]",
        "[64:ff9b::a01:203]",
        "[2002:a01:203::]",
        "[fe80::1]",
        "[fd00::1]",
    ],
)
@ON_ONE_DATABASE
async def test_an_address_of_our_own_network_is_refused(
    organization: Organization, host: str
) -> None:
    client = await organization.client()
    answer = await client.post(AT, {"url": f"http://{host}/hooks"})
    answer.refused(400, "validation_failed", "webhook.url.disallowed")
    made = await _made(client)
    answer = await client.call("PATCH", f"{AT}/{made['id']}", json={"url": f"https://{host}/"})
    answer.refused(400, "validation_failed", "webhook.url.disallowed")


@ON_ONE_DATABASE
async def test_a_type_that_does_not_exist_is_refused(organization: Organization) -> None:
    client = await organization.client()
    answer = await client.post(AT, {"url": URL, "events": ["post.liked"]})
    answer.refused(400, "validation_failed", "webhook.events.unknown")


async def test_changes_are_kept_and_the_rest_stays(organization: Organization) -> None:
    client = await organization.client()
    made = await _made(client, description="Before", events=["post.published"])
    made.pop("signingSecret")
    body: dict[str, Any] = {"url": "http://other.example/", "events": [], "description": None}
    changed = await client.call("PATCH", f"{AT}/{made['id']}", json=body)
    assert changed.status == 200
    assert changed.body == {**made, **body, "updatedAt": changed.body["updatedAt"]}
    for nothing in ({}, {"url": None}, {"active": None}, {"secret": "x"}):
        answer = await client.call("PATCH", f"{AT}/{made['id']}", json=nothing)
        assert (answer.status, answer.error["code"]) == (400, "validation_failed")


async def test_a_secret_that_is_rotated_leaves_the_old_one_a_day(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    made = await _made(client)
    first = made["signingSecret"]
    rotated = (await client.post(f"{AT}/{made['id']}/rotate-secret")).body
    assert rotated["signingSecret"] != first
    ends_at = datetime.fromisoformat(rotated["previousSecretEndsAt"])
    assert abs(ends_at - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)
    state = server.service.state

    def read(connection: Connection) -> Any:
        query = select(webhook_endpoints).where(webhook_endpoints.c.id == made["id"])
        return connection.execute(query).one()

    row = await state.database.read(read)
    assert open_secret(state.keyring, made["id"], row.secret) == rotated["signingSecret"]
    assert open_secret(state.keyring, made["id"], row.previous_secret) == first
    await state.database.write(
        lambda connection: connection.execute(
            update(webhook_endpoints)
            .where(webhook_endpoints.c.id == made["id"])
            .values(previous_secret_until=state.clock.now())
        )
    )
    assert (await client.get(f"{AT}/{made['id']}")).body["previousSecretEndsAt"] is None


async def test_an_event_is_queued_for_each_endpoint_that_wants_it(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    brand = await organization.profile("Brand")
    every = await _made(client)
    of_type = await _made(client, events=["media.deleted"])
    of_other_type = await _made(client, events=["post.published"])
    of_profile = await _made(client, profileId=organization.profile_id)
    of_brand = await _made(client, profileId=brand)
    stranger = await (await server.new_organization()).client()
    elsewhere = await _made(stranger)
    assert await _due_at(server, every) == NEVER
    await _happen(organization, 1, 2)
    for endpoint in (every, of_type, of_profile):
        first, second = await _delivered(client, endpoint)
        assert first["eventId"] > second["eventId"]
        assert (first["status"], first["attempts"]) == ("pending", 0)
        assert (first["reason"], first["eventType"]) == ("event", "media.deleted")
        assert first["responseStatus"] is None
        due_at = await _due_at(server, endpoint)
        assert due_at is not None
        assert due_at < NEVER
    for endpoint in (of_other_type, of_brand):
        assert await _delivered(client, endpoint) == []
        assert await _due_at(server, endpoint) == NEVER
    assert await _delivered(stranger, elsewhere) == []


async def test_a_job_that_a_worker_holds_is_left_to_it(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    made = await _made(client)
    until = NEVER - timedelta(days=1)

    def hold(connection: Connection) -> None:
        mine = update(jobs).where(jobs.c.kind == DELIVER_KIND, jobs.c.key == made["id"])
        connection.execute(mine.values(owner="somebody", due_at=until))

    await server.service.state.database.write(hold)
    await _happen(organization, 1)
    assert len(await _delivered(client, made)) == 1
    assert await _due_at(server, made) == until


async def test_a_paused_endpoint_gets_nothing_until_it_is_resumed(
    organization: Organization,
) -> None:
    client = await organization.client()
    made = await _made(client)
    paused = await client.call("PATCH", f"{AT}/{made['id']}", json={"active": False})
    assert (paused.body["active"], paused.body["pausedReason"]) == (False, None)
    assert paused.body["pausedAt"]
    await _happen(organization, 1)
    assert await _delivered(client, made) == []
    replay = {"after": wire_time(datetime.now(UTC) - timedelta(hours=1))}
    answer = await client.post(f"{AT}/{made['id']}/replay", replay)
    answer.refused(409, "validation_failed", "webhook.paused")
    resumed = await client.call("PATCH", f"{AT}/{made['id']}", json={"active": True})
    assert (resumed.body["active"], resumed.body["pausedAt"]) == (True, None)
    await _happen(organization, 2)
    assert len(await _delivered(client, made)) == 1


async def test_what_is_deleted_is_gone_with_its_job_and_its_log(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    made = await _made(client)
    await _happen(organization, 1)
    gone = await client.delete(f"{AT}/{made['id']}")
    assert gone.body == {"id": made["id"], "deleted": True}
    assert await _due_at(server, made) is None
    count = select(func.count()).where(webhook_deliveries.c.endpoint_id == made["id"])
    left = await server.service.state.database.read(
        lambda connection: connection.execute(count).scalar_one()
    )
    assert left == 0
    (await client.delete(f"{AT}/{made['id']}")).refused(404, "not_found")
    await _happen(organization, 2)


async def test_one_delivery_is_made_once_more(organization: Organization) -> None:
    client = await organization.client()
    made = await _made(client)
    await _happen(organization, 1)
    (first,) = await _delivered(client, made)
    path = f"{AT}/{made['id']}/deliveries"
    again = await client.post(f"{path}/{first['id']}/redeliver")
    assert again.status == 202
    assert (again.body["eventId"], again.body["reason"]) == (first["eventId"], "redelivery")
    assert again.body["id"] != first["id"]
    assert await _delivered(client, made) == [again.body, first]
    assert await _delivered(client, made, f"?eventId={first['eventId']}&limit=1") == [again.body]
    assert await _delivered(client, made, "?status=failed") == []
    (await client.post(f"{path}/whd_none/redeliver")).refused(404, "not_found")
    other = await _made(client)
    answer = await client.post(f"{AT}/{other['id']}/deliveries/{first['id']}/redeliver")
    answer.refused(404, "not_found")


async def test_a_range_is_replayed_in_order_and_only_what_the_endpoint_may_see(
    organization: Organization,
) -> None:
    client = await organization.client()
    brand = await organization.profile("Brand")
    began = datetime.now(UTC) - timedelta(minutes=5)
    await _happen(organization, 1, 2, 3)
    await _happen(organization, 4, profile_id=brand)
    every, of_brand = await _made(client), await _made(client, profileId=brand)
    answer = await client.post(f"{AT}/{every['id']}/replay", {"after": wire_time(began)})
    assert (answer.status, answer.body) == (202, {"queued": 4})
    replayed = (await _delivered(client, every))[::-1]
    assert [each["reason"] for each in replayed] == ["replay"] * 4
    assert [each["eventId"] for each in replayed] == sorted(each["eventId"] for each in replayed)
    answer = await client.post(f"{AT}/{of_brand['id']}/replay", {"after": wire_time(began)})
    assert answer.body == {"queued": 1}
    for more, queued in (
        ({"types": ["media.deleted"]}, 4),
        ({"types": ["post.published"]}, 0),
        ({"before": wire_time(began + timedelta(seconds=1))}, 0),
    ):
        body = {"after": wire_time(began), **more}
        assert (await client.post(f"{AT}/{every['id']}/replay", body)).body == {"queued": queued}
    body = {"after": wire_time(began), "before": wire_time(began)}
    answer = await client.post(f"{AT}/{every['id']}/replay", body)
    answer.refused(400, "validation_failed", "webhook.replay.range")


async def test_a_pinned_key_manages_the_endpoints_of_its_profile_only(
    organization: Organization,
) -> None:
    brand = await organization.profile("Brand")
    wide, pinned = await organization.client(), await organization.client(profile_id=brand)
    of_all = await _made(wide)
    of_default = await _made(wide, profileId=organization.profile_id)
    own = await _made(pinned)
    assert own["profileId"] == brand
    assert [each["id"] for each in (await pinned.get(AT)).body["data"]] == [own["id"]]
    listed = (await wide.get(f"{AT}?profileId={brand}")).body["data"]
    assert [each["id"] for each in listed] == [own["id"]]
    answer = await pinned.post(AT, {"url": URL, "profileId": organization.profile_id})
    answer.refused(404, "not_found", "api_key.profile_scope")
    answer = await wide.post(AT, {"url": URL, "profileId": "prof_none"})
    answer.refused(404, "not_found", "profile.unknown")
    for other in (of_all, of_default):
        path = f"{AT}/{other['id']}"
        (await pinned.get(path)).refused(404, "not_found")
        (await pinned.call("PATCH", path, json={"active": False})).refused(404, "not_found")
        (await pinned.delete(path)).refused(404, "not_found")
        (await pinned.post(f"{path}/rotate-secret")).refused(404, "not_found")
        (await pinned.get(f"{path}/deliveries")).refused(404, "not_found")
        body = {"after": wire_time(datetime.now(UTC))}
        (await pinned.post(f"{path}/replay", body)).refused(404, "not_found")


async def test_a_profile_stays_while_an_endpoint_belongs_to_it(organization: Organization) -> None:
    client = await organization.client()
    brand = await organization.profile("Brand")
    made = await _made(client, profileId=brand)
    answer = await client.delete(f"/v1/profiles/{brand}")
    answer.refused(409, "validation_failed", "profile.delete.not_empty")
    await client.delete(f"{AT}/{made['id']}")
    assert (await client.delete(f"/v1/profiles/{brand}")).status == 200


async def test_endpoints_need_their_scopes(organization: Organization) -> None:
    made = await _made(await organization.client())
    reader = await organization.client(Scope.WEBHOOKS_READ)
    assert (await reader.get(f"{AT}/{made['id']}")).status == 200
    (await reader.post(AT, {"url": URL})).refused(403, "unauthorized", "api_key.scope")
    answer = await reader.delete(f"{AT}/{made['id']}")
    answer.refused(403, "unauthorized", "api_key.scope")
    writer = await organization.client(Scope.WEBHOOKS_WRITE)
    (await writer.get(AT)).refused(403, "unauthorized", "api_key.scope")
