"""Events: each is written with its change, and whoever was down reads on without a gap."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from letmepost.kit.postgresql import PostgresqlConnections
from letmepost.tenancy.keys import Scope
from letmepost.webhooks.event_types import EVENT_TYPES
from letmepost.webhooks.events import Event, write_events
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, ON_POSTGRESQL, Organization, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _posted(organization: Organization, text: str = "Hello", **more: Any) -> str:
    """A post that went out with a test key; its id."""
    client = await organization.test_client()
    await organization.connect(client, {"identifier": f"{text}.example", "appPassword": "x"})
    accounts = (await client.get("/v1/accounts")).body["data"]
    (account,) = [each for each in accounts if each["displayName"] == f"{text}.example"] or accounts
    answer = await client.publish({"targets": [{"accountId": account["id"]}], "text": text, **more})
    assert answer.status in (200, 202), answer.body
    return str(answer.body["results"][0]["postId"])


async def _types(client: Client, query: str) -> list[str]:
    answer = await client.get(f"/v1/events?{query}")
    assert answer.status == 200, answer.body
    return [each["type"] for each in answer.body["data"]]


def _event(organization: Organization, number: int, **more: Any) -> Event:
    data = {"id": f"med_{number}", "profileId": organization.profile_id, "sha256": "0" * 64}
    about = {"organization_id": organization.id, "profile_id": organization.profile_id, **more}
    return Event(type="media.deleted", subject_id=f"med_{number}", sequence=1, data=data, **about)


async def _write(organization: Organization, numbers: Sequence[int], **more: Any) -> None:
    state = organization.server.service.state
    happened = [_event(organization, each, **more) for each in numbers]
    await state.database.write(
        lambda connection: write_events(connection, happened, state.clock.now())
    )


async def test_a_post_that_is_accepted_says_which_rules_looked_at_it(
    organization: Organization,
) -> None:
    post_id = await _posted(organization)
    client = await organization.client()
    listed = (await client.get(f"/v1/events?postId={post_id}&order=asc")).body["data"]
    assert [each["type"] for each in listed] == ["post.validated", "post.published"]
    assert [each["sequence"] for each in listed] == [1, 2]
    rules = listed[0]["data"]["rules"]
    assert "bluesky.text.max_graphemes" in rules
    assert not any("media.image" in each for each in rules if each.startswith("bluesky"))
    assert listed[0]["data"]["sandbox"] is True
    for each in listed:
        assert (await client.get(f"/v1/events/{each['id']}")).body == each


async def test_a_refused_post_is_no_event(organization: Organization) -> None:
    client = await organization.test_client()
    await organization.connect(client, {"identifier": "me.example", "appPassword": "x"})
    answer = await client.publish({"targets": [{"platform": "bluesky"}], "text": "x" * 301})
    assert answer.status == 400
    assert await _types(client, "order=asc") == ["account.connected"]


async def test_a_list_is_narrowed_by_type_post_and_time(organization: Organization) -> None:
    first, second = await _posted(organization, "One"), await _posted(organization, "Two")
    client = await organization.client()
    assert (
        await _types(client, "type=post.published,post.validated&order=desc")
        == [
            "post.published",
            "post.validated",
        ]
        * 2
    )
    every = (await client.get("/v1/events?order=asc")).body["data"]
    middle = next(each for each in every if each["data"].get("id") == second)["createdAt"]
    before = (await client.get(f"/v1/events?before={middle}")).body["data"]
    after = (await client.get(f"/v1/events?after={middle}&order=asc")).body["data"]
    assert first in [each["data"].get("id") for each in before]
    assert {each["data"].get("id") for each in after} <= {second}
    (await client.get("/v1/events?type=post.liked")).refused(400, "validation_failed", "type")
    (await client.get("/v1/events?order=up")).refused(400, "validation_failed", "order")


async def test_a_consumer_reads_on_where_it_was(organization: Organization) -> None:
    client = await organization.client()
    await _write(organization, range(5))
    seen: list[str] = []
    cursor = ""
    for more in (5, 2, 0, 3):
        while True:
            answer = (await client.get(f"/v1/events?order=asc&limit=2&cursor={cursor}")).body
            seen += [each["data"]["id"] for each in answer["data"]]
            cursor = answer["resumeCursor"] or cursor
            if answer["nextCursor"] is None:
                break
        await _write(organization, range(len(seen), len(seen) + more))
    assert seen == [f"med_{number}" for number in range(12)]


async def test_events_of_one_moment_keep_the_order_of_their_commits(
    server: Server, organization: Organization
) -> None:
    state = server.service.state
    stale = state.clock.now()
    await _write(organization, [1])
    await state.database.write(
        lambda connection: write_events(connection, [_event(organization, 2)], stale)
    )
    client = await organization.client()
    listed = (await client.get("/v1/events?order=asc")).body["data"]
    assert [each["data"]["id"] for each in listed] == ["med_1", "med_2"]


@ON_POSTGRESQL
async def test_what_commits_later_than_it_says_holds_back_what_came_after(
    server: Server, organization: Organization
) -> None:
    connections = server.service.state.database._connections
    assert isinstance(connections, PostgresqlConnections)
    client = await organization.client()
    await _write(organization, [0])

    def write(connection: Connection) -> None:
        now = server.service.state.clock.now()
        write_events(connection, [_event(organization, 1)], now)

    async with AsyncEngine(connections._writer).begin() as slow:
        await slow.run_sync(write)
        await _write(organization, [2])
        for order in ("asc", "desc"):
            listed = (await client.get(f"/v1/events?order={order}")).body["data"]
            assert [each["data"]["id"] for each in listed] == ["med_0"]
    listed = (await client.get("/v1/events?order=asc")).body["data"]
    assert [each["data"]["id"] for each in listed] == ["med_0", "med_1", "med_2"]


async def test_a_pinned_key_sees_the_events_of_its_profile_only(
    organization: Organization,
) -> None:
    brand = await organization.profile("Brand")
    await _write(organization, [1])
    await _write(organization, [2], profile_id=brand)
    await _write(organization, [3], profile_id=None)
    pinned = await organization.client(profile_id=brand)
    listed = (await pinned.get("/v1/events")).body["data"]
    assert [each["data"]["id"] for each in listed] == ["med_2"]
    wide = await organization.client()
    every = (await wide.get("/v1/events?order=asc")).body["data"]
    assert [each["data"]["id"] for each in every] == ["med_1", "med_2", "med_3"]
    of_brand = (await wide.get(f"/v1/events?profileId={brand}")).body["data"]
    assert [each["data"]["id"] for each in of_brand] == ["med_2"]
    (await pinned.get(f"/v1/events/{every[0]['id']}")).refused(404, "not_found")
    answer = await pinned.get(f"/v1/events?profileId={organization.profile_id}")
    answer.refused(404, "not_found", "api_key.profile_scope")


async def test_another_organization_sees_nothing(
    server: Server, organization: Organization
) -> None:
    await _write(organization, [1])
    (event,) = (await (await organization.client()).get("/v1/events")).body["data"]
    stranger = await (await server.new_organization()).client()
    assert (await stranger.get("/v1/events")).body["data"] == []
    (await stranger.get(f"/v1/events/{event['id']}")).refused(404, "not_found")


async def test_reading_events_needs_its_scope(organization: Organization) -> None:
    client = await organization.client(Scope.POSTS_READ)
    for path in ("/v1/events", "/v1/events/evt_x"):
        (await client.get(path)).refused(403, "unauthorized", "api_key.scope")


@ON_ONE_DATABASE
async def test_types_are_listed_to_everybody_once(server: Server) -> None:
    answer = await server.stranger.get("/v1/event-types")
    assert [each["type"] for each in answer.body["data"]] == list(EVENT_TYPES)
    for each in answer.body["data"]:
        assert each["schema"]["type"] == "object"
        path = each["docUrl"].removeprefix(server.url)
        assert (await server.stranger.get(path)).status == 200
    assert "public" in answer.headers["Cache-Control"]
    again = await server.stranger.get(
        "/v1/event-types", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status, again.raw) == (304, b"")
