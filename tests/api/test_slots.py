"""Queue slots: set by profile, taken once each, and free again when their post is gone."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from letmepost.kit.clock import wire_time
from letmepost.posts.slot_times import WEEKDAYS
from letmepost.tenancy.keys import Scope
from tests.api.client import Answer, Client
from tests.api.server import Organization, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEXT = {"scheduledAt": "next-slot"}
NOON = [{"weekday": each, "time": "12:00"} for each in WEEKDAYS]


async def plan(client: Client, profile_id: str, times: Any, zone: str = "UTC") -> Answer:
    body = {"timeZone": zone, "times": times}
    return await client.call("PUT", f"/v1/profiles/{profile_id}/slots", json=body)


async def free(client: Client, profile_id: str) -> list[str]:
    """The next free slots."""
    shown = (await client.get(f"/v1/profiles/{profile_id}/slots")).body
    found: list[str] = shown["nextFree"]
    return found


async def queue(client: Client, account: Any, text: str = "Queued", **more: Any) -> Answer:
    """A post for the next slot."""
    return await client.publish(
        {"targets": [{"accountId": account["id"]}], "text": text, **NEXT, **more}
    )


def days_after(at: str, days: int) -> str:
    later = datetime.fromisoformat(at) + timedelta(days=days)
    return later.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_slots_are_set_read_and_taken_away(organization: Organization) -> None:
    client = await organization.client()
    profile = organization.profile_id
    path = f"/v1/profiles/{profile}/slots"
    none = {"profileId": profile, "timeZone": "UTC", "times": [], "nextFree": []}
    assert (await client.get(path)).body == none
    times = [{"weekday": "tuesday", "time": "09:00"}, {"weekday": "monday", "time": "17:30"}]
    made = await plan(client, profile, [*times, times[0]], "Europe/Vienna")
    assert made.status == 200
    assert made.body["timeZone"] == "Europe/Vienna"
    assert made.body["times"] == [times[1], times[0]]
    assert (await client.get(path)).body == made.body
    assert len(made.body["nextFree"]) == 10
    assert made.body["nextFree"] == sorted(made.body["nextFree"])
    assert (await plan(client, profile, [])).body == none
    other = await organization.profile("Other")
    await plan(client, other, times)
    assert (await client.delete(f"/v1/profiles/{other}")).status == 200


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({"timeZone": "Mars/Base", "times": []}, "slots.time_zone"),
        ({"timeZone": "../etc/passwd", "times": []}, "slots.time_zone"),
        ({"timeZone": "UTC", "times": NOON * 30}, "slots.times_max"),
        ({"timeZone": "UTC", "times": [{"weekday": "monday", "time": "24:00"}]}, "times.0.time"),
        ({"timeZone": "UTC", "times": [{"weekday": "mon", "time": "9:00"}]}, "times.0.weekday"),
        ({"timeZone": "UTC"}, "times"),
        ({"timeZone": "UTC", "times": [], "rrule": "FREQ=DAILY"}, "post.recurring"),
    ],
)
async def test_a_plan_that_means_nothing_is_refused(
    organization: Organization, body: Any, rule: str
) -> None:
    client = await organization.client()
    path = f"/v1/profiles/{organization.profile_id}/slots"
    (await client.call("PUT", path, json=body)).refused(400, "validation_failed", rule)


async def test_slots_are_seen_and_set_by_who_may(organization: Organization) -> None:
    reader = await organization.client(Scope.POSTS_READ)
    profile = organization.profile_id
    assert (await reader.get(f"/v1/profiles/{profile}/slots")).status == 200
    (await plan(reader, profile, NOON)).refused(403, "unauthorized", "api_key.scope")
    pinned = await organization.client(profile_id=await organization.profile("Other"))
    (await plan(pinned, profile, NOON)).refused(404, "not_found", "api_key.profile_scope")
    client = await organization.client()
    (await plan(client, "prof_unknown", NOON)).refused(404, "not_found", "profile.unknown")


async def test_posts_are_queued_one_after_the_other(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    await plan(client, organization.profile_id, NOON)
    first, second, third = (await free(client, organization.profile_id))[:3]
    answers = [await queue(client, account, f"Number {number}") for number in range(2)]
    assert [(each.status, each.body["scheduledAt"]) for each in answers] == [
        (202, first),
        (202, second),
    ]
    shown = await client.get(f"/v1/posts/{answers[0].body['results'][0]['postId']}")
    assert (shown.body["status"], shown.body["scheduledAt"]) == ("queued", first)
    assert (await free(client, organization.profile_id))[0] == third


async def test_a_post_at_a_time_of_its_own_takes_the_slot_at_that_time(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    await plan(client, organization.profile_id, NOON)
    first, second = (await free(client, organization.profile_id))[:2]
    body = {"targets": [{"accountId": account["id"]}], "text": "At noon", "scheduledAt": first}
    assert (await client.publish(body)).status == 202
    assert (await queue(client, account)).body["scheduledAt"] == second


async def test_a_slot_is_free_again_when_its_post_is_canceled_or_moved(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    await plan(client, organization.profile_id, NOON)
    slots = await free(client, organization.profile_id)
    made = [(await queue(client, account, f"{number}")).body for number in range(3)]
    paths = [f"/v1/posts/{each['results'][0]['postId']}" for each in made]
    assert (await free(client, organization.profile_id))[0] == slots[3]
    await client.delete(paths[0])
    assert (await free(client, organization.profile_id))[:2] == [slots[0], slots[3]]
    other = days_after(slots[0], 40)
    assert (await client.call("PATCH", paths[1], json={"scheduledAt": other})).status == 200
    assert (await free(client, organization.profile_id))[:3] == [slots[0], slots[1], slots[3]]
    earlier = await client.call("PATCH", paths[2], json=NEXT)
    assert earlier.body["scheduledAt"] == slots[0]
    again = await client.call("PATCH", paths[2], json=NEXT)
    assert again.body["scheduledAt"] == slots[0]


async def test_of_many_who_ask_at_once_each_gets_another_slot(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    await plan(client, organization.profile_id, NOON)
    slots = await free(client, organization.profile_id)
    drafts = []
    for number in range(3):
        body = {"targets": [{"accountId": account["id"]}], "text": f"Draft {number}"}
        made = await client.publish({**body, "status": "draft"})
        drafts.append(made.body["results"][0]["postId"])
    answers = await asyncio.gather(
        *(queue(client, account, f"Post {number}") for number in range(5)),
        *(client.post(f"/v1/posts/{each}/publish", NEXT) for each in drafts),
    )
    assert {each.status for each in answers} == {202}
    assert sorted(each.body["scheduledAt"] for each in answers) == slots[:8]


async def test_a_canceled_post_is_tried_again_in_a_slot(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    at = {"scheduledAt": days_after(wire_time(server.service.state.clock.now()), 40)}
    body = {"targets": [{"accountId": account["id"]}], "text": "Again", **at}
    post = (await client.publish(body)).body["results"][0]["postId"]
    path = f"/v1/posts/{post}"
    assert (await client.delete(path)).status == 200
    unset = await client.post(f"{path}/retry", NEXT)
    unset.refused(409, "validation_failed", "scheduledAt.slots_unset")
    assert (await client.get(path)).body["status"] == "canceled"
    await plan(client, organization.profile_id, NOON)
    slots = await free(client, organization.profile_id)
    again = await client.post(f"{path}/retry", NEXT)
    assert (again.status, again.body["scheduledAt"]) == (200, slots[0])
    assert (await client.get(path)).body["scheduledAt"] == slots[0]
    assert (await free(client, organization.profile_id))[0] == slots[1]
    wrong = await client.post(f"{path}/retry", {"scheduledAt": "next"})
    wrong.refused(400, "validation_failed", "scheduledAt")


async def test_retries_and_posts_at_the_same_moment_get_a_slot_each(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    await plan(client, organization.profile_id, NOON)
    slots = await free(client, organization.profile_id)
    canceled = []
    for number in range(3):
        queued = (await queue(client, account, f"Canceled {number}")).body
        canceled.append(queued["results"][0]["postId"])
        assert (await client.delete(f"/v1/posts/{canceled[-1]}")).status == 200
    answers = await asyncio.gather(
        *(queue(client, account, f"Post {number}") for number in range(3)),
        *(client.post(f"/v1/posts/{each}/retry", NEXT) for each in canceled),
    )
    assert sorted(each.body["scheduledAt"] for each in answers) == slots[:6]


async def test_a_draft_is_published_in_a_slot(organization: Organization) -> None:
    client = await organization.client()
    accounts = [await organization.connect(client) for _ in range(2)]
    await plan(client, organization.profile_id, NOON)
    first = (await free(client, organization.profile_id))[0]
    targets = [{"accountId": each["id"]} for each in accounts]
    made = (await client.publish({"status": "draft", "targets": targets, "text": "Both"})).body
    queued = await client.post(f"/v1/batches/{made['id']}/publish", NEXT)
    assert (queued.status, queued.body["scheduledAt"]) == (202, first)
    times = [
        (await client.get(f"/v1/posts/{each['postId']}")).body["scheduledAt"]
        for each in made["results"]
    ]
    assert times == [first, first]


async def test_each_profile_has_slots_of_its_own(organization: Organization) -> None:
    client = await organization.client()
    brand = await organization.profile("Brand")
    mine = await organization.connect(client)
    theirs = await organization.connect(client, profileId=brand)
    await plan(client, organization.profile_id, NOON)
    targets = [{"accountId": mine["id"], **NEXT}, {"accountId": theirs["id"]}]
    body = {"targets": targets, "text": "Both", **NEXT}
    unset = await client.publish(body)
    unset.refused(409, "validation_failed", "scheduledAt.slots_unset")
    assert brand in unset.error["message"]
    assert f"PUT /v1/profiles/{brand}/slots" in unset.error["remediation"]
    evening = [{**each, "time": "20:00"} for each in NOON]
    await plan(client, brand, evening)
    expected = [(await free(client, each))[0] for each in (organization.profile_id, brand)]
    queued = (await client.publish(body)).body
    times = [
        (await client.get(f"/v1/posts/{each['postId']}")).body["scheduledAt"]
        for each in queued["results"]
    ]
    assert times == expected
    assert queued["scheduledAt"] == min(expected)


async def test_a_slot_is_looked_at_without_being_taken(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    body = {"targets": [{"accountId": account["id"]}], "text": "Looked at", **NEXT}
    unset = await client.post("/v1/posts/validate", body)
    unset.refused(409, "validation_failed", "scheduledAt.slots_unset")
    await plan(client, organization.profile_id, NOON)
    before = await server.traces()
    assert (await client.post("/v1/posts/validate", body)).body["valid"] is True
    assert await server.traces() == before


async def test_a_post_in_a_slot_that_is_refused_takes_none(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    await plan(client, organization.profile_id, NOON)
    slots = await free(client, organization.profile_id)
    (await queue(client, account, "x" * 301)).refused(
        400, "preflight_failed", "bluesky.text.max_graphemes"
    )
    assert await free(client, organization.profile_id) == slots


async def test_a_request_that_is_repeated_takes_one_slot(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    await plan(client, organization.profile_id, NOON)
    slots = await free(client, organization.profile_id)
    body = {"targets": [{"accountId": account["id"]}], "text": "Once", **NEXT}
    answers = [await client.publish(body, "one") for _ in range(2)]
    assert answers[0].raw == answers[1].raw
    assert (await free(client, organization.profile_id))[0] == slots[1]


async def test_slots_follow_the_clocks_of_their_place(organization: Organization) -> None:
    client = await organization.client()
    shown = (await plan(client, organization.profile_id, NOON, "Asia/Kolkata")).body
    ahead = [datetime.fromisoformat(each) for each in shown["nextFree"]]
    assert {each.astimezone(UTC).time().isoformat() for each in ahead} == {"06:30:00"}
