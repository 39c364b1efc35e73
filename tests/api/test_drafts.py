"""Posts that are kept as drafts: changed, replaced, removed, and published once."""

import asyncio
import base64
from typing import Any

import pytest

from letmepost.tenancy.keys import Scope
from tests.api.client import Answer, Client
from tests.api.server import Organization, Server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "x" * 301
TOO_LONG = "bluesky.text.max_graphemes"


async def draft_of(client: Client, account_id: str, text: str = "Draft", **more: Any) -> Any:
    """A draft on one account; its one result."""
    body = {"status": "draft", "targets": [{"accountId": account_id}], "text": text, **more}
    made = await client.publish(body)
    assert (made.status, made.body["status"]) == (200, "draft"), made.body
    [result] = made.body["results"]
    assert result["status"] == "draft"
    return {**result, "batchId": made.body["id"]}


async def publish(client: Client, draft: Any, body: Any = None, **more: Any) -> Answer:
    return await client.post(f"/v1/posts/{draft['postId']}/publish", body, **more)


async def events_of(client: Client, post_id: str) -> list[str]:
    listed = await client.get(f"/v1/events?postId={post_id}&order=asc")
    return [each["type"] for each in listed.body["data"]]


async def test_a_draft_is_kept_and_nothing_of_it_goes_out(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    before = len(await server.upstream())
    draft = await draft_of(client, account["id"])
    assert len(await server.upstream()) == before
    assert await events_of(client, draft["postId"]) == []
    shown = (await client.get(f"/v1/posts/{draft['postId']}")).body
    assert (shown["status"], shown["scheduledAt"], shown["attempts"]) == ("draft", None, [])
    assert shown["violations"] == []
    listed = (await client.get("/v1/posts?status=draft")).body["data"]
    assert [each["id"] for each in listed] == [draft["postId"]]
    assert (await client.get("/v1/posts?status=queued")).body["data"] == []
    batch = (await client.get(f"/v1/batches/{draft['batchId']}")).body
    assert batch["status"] == "draft"


async def test_a_draft_is_kept_with_what_the_rules_refuse_in_it(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    draft = await draft_of(client, account["id"], LONG)
    validated = await client.post(
        "/v1/posts/validate", {"targets": [{"accountId": account["id"]}], "text": LONG}
    )
    assert draft["violations"] == validated.body["targets"][0]["violations"]
    assert [each["rule"] for each in draft["violations"]] == [TOO_LONG]
    refused = await publish(client, draft)
    refused.refused(400, "preflight_failed", TOO_LONG)
    assert (await client.get(f"/v1/posts/{draft['postId']}")).body["status"] == "draft"
    empty = await draft_of(client, account["id"], "")
    assert [each["rule"] for each in empty["violations"]] == ["targets.text.required"]


@pytest.mark.parametrize(
    ("fields", "status", "rule"),
    [
        ({"publishNow": True}, 400, "post.draft.time"),
        ({"scheduledAt": "2030-01-01T00:00:00Z"}, 400, "post.draft.time"),
        ({"scheduledAt": "next-slot"}, 400, "post.draft.time"),
        ({"status": "queued"}, 400, "status"),
        ({"targets": []}, 400, "targets.required"),
        ({"targets": [{"platform": "linkedin"}]}, 400, "target.account.not_connected"),
        ({"targets": [{"accountId": "acc_unknown"}]}, 404, None),
        ({"media": [{"kind": "image"}]}, 400, "media.source.exactly_one"),
        ({"media": [{"kind": "image", "bytesBase64": "%"}]}, 400, "media.bytes_base64"),
    ],
)
async def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    server: Server, organization: Organization, fields: Any, status: int, rule: str | None
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    before = await server.traces()
    body = {"status": "draft", "targets": [{"accountId": account["id"]}], "text": "x", **fields}
    answer = await client.publish(body)
    assert (answer.status, answer.error.get("rule")) == (status, rule)
    assert await server.traces() == before


async def test_a_draft_is_published_with_its_files(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    account = await organization.connect(client, login)
    inline = base64.b64encode(image("JPEG")).decode()
    media = [{"kind": "image", "bytesBase64": inline, "altText": "Noise"}]
    draft = await draft_of(client, account["id"], "With a picture", media=media)
    published = await publish(client, draft)
    assert (published.status, published.body["status"]) == (200, "published"), published.body
    assert published.body["id"] == draft["postId"]
    [entry] = await server.timeline(login["identifier"])
    assert (entry["text"], len(entry["media"])) == ("With a picture", 1)
    assert await events_of(client, draft["postId"]) == ["post.validated", "post.published"]
    shown = (await client.get(f"/v1/posts/{draft['postId']}")).body
    assert [each["attemptNumber"] for each in shown["attempts"]] == [1]
    again = await publish(client, draft)
    again.refused(409, "validation_failed", "post.publish.status")


async def test_a_draft_gets_its_time_when_it_is_published(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    draft = await draft_of(client, account["id"])
    past = await publish(client, draft, {"scheduledAt": "2020-01-01T00:00:00Z"})
    past.refused(400, "validation_failed", "scheduledAt.future")
    at = "2030-01-01T09:00:00.000Z"
    queued = await publish(client, draft, {"scheduledAt": at})
    assert (queued.status, queued.body["status"], queued.body["scheduledAt"]) == (202, "queued", at)
    batch = (await client.get(f"/v1/batches/{draft['batchId']}")).body
    assert (batch["status"], batch["scheduledAt"]) == ("queued", at)
    assert await events_of(client, draft["postId"]) == ["post.validated", "post.queued"]
    canceled = await client.delete(f"/v1/posts/{draft['postId']}")
    assert canceled.body["status"] == "canceled"


async def test_of_two_who_publish_at_once_one_does(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    account = await organization.connect(client, login)
    for number in range(6):
        draft = await draft_of(client, account["id"], f"Round {number}")
        answers = await asyncio.gather(*(publish(client, draft) for _ in range(3)))
        statuses = sorted(each.status for each in answers)
        assert statuses[0] in (200, 202)
        assert statuses[1:] == [409, 409]
        told = {each.error["rule"] for each in answers if each.status == 409}
        assert told <= {"post.changed", "post.publish.status"}
    texts = [each["text"] for each in await server.timeline(login["identifier"])]
    assert sorted(texts) == [f"Round {number}" for number in range(6)]


async def test_publishing_again_under_one_key_is_a_replay(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    account = await organization.connect(client, login)
    body = {"status": "draft", "targets": [{"accountId": account["id"]}], "text": "Once"}
    made = [await client.publish(body, "make") for _ in range(2)]
    assert made[0].raw == made[1].raw
    [result] = made[0].body["results"]
    named = {"Idempotency-Key": "publish"}
    first, second = [await publish(client, result, headers=named) for _ in range(2)]
    assert first.raw == second.raw
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(await server.timeline(login["identifier"])) == 1


async def test_a_draft_is_changed_without_being_told_of(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    draft = await draft_of(client, account["id"], LONG)
    path = f"/v1/posts/{draft['postId']}"
    mended = await client.call("PATCH", path, json={"text": "Short"})
    assert (mended.status, mended.body["status"]) == (200, "draft")
    assert (mended.body["text"], mended.body["violations"]) == ("Short", [])
    broken = await client.call("PATCH", path, json={"text": LONG})
    assert [each["rule"] for each in broken.body["violations"]] == [TOO_LONG]
    timed = await client.call("PATCH", path, json={"scheduledAt": "2030-01-01T09:00:00Z"})
    timed.refused(409, "validation_failed", "post.draft.time")
    assert await events_of(client, draft["postId"]) == []


@pytest.mark.parametrize("query", ["", "?upstream=true"])
async def test_a_draft_is_removed_whole(
    server: Server, organization: Organization, query: str
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    before = await server.rows()
    draft = await draft_of(client, account["id"])
    removed = await client.delete(f"/v1/posts/{draft['postId']}{query}")
    assert (removed.status, removed.body["status"]) == (200, "deleted")
    assert await server.rows() == before
    (await client.get(f"/v1/posts/{draft['postId']}")).refused(404, "not_found")
    (await client.get(f"/v1/batches/{draft['batchId']}")).refused(404, "not_found")


async def test_a_file_of_a_draft_is_not_deleted_under_it(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    stored = (await client.upload(image("JPEG"))).body
    media = [{"kind": "image", "mediaId": stored["id"]}]
    draft = await draft_of(client, account["id"], media=media)
    (await client.delete(f"/v1/media/{stored['id']}")).refused(
        409, "validation_failed", "media.in_use"
    )
    await client.delete(f"/v1/posts/{draft['postId']}")
    assert (await client.delete(f"/v1/media/{stored['id']}")).status == 200


async def test_a_draft_for_several_accounts_is_published_whole_or_not_at_all(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    logins = [await server.new_login() for _ in range(2)]
    accounts = [await organization.connect(client, login) for login in logins]
    targets = [{"accountId": each["id"]} for each in accounts]
    targets[1]["text"] = LONG
    body = {"status": "draft", "text": "For both", "targets": targets}
    made = (await client.publish(body)).body
    path = f"/v1/batches/{made['id']}"
    (await client.post(f"{path}/publish")).refused(400, "preflight_failed", TOO_LONG)
    assert {each["status"] for each in (await client.get(path)).body["results"]} == {"draft"}
    targets[1]["text"] = "For the other"
    replaced = await client.call("PUT", path, json=body)
    assert replaced.status == 200, replaced.body
    assert [each["postId"] for each in replaced.body["results"]] == [
        each["postId"] for each in made["results"]
    ]
    published = await client.post(f"{path}/publish")
    assert (published.status, published.body["status"]) == (200, "published")
    texts = [(await server.timeline(each["identifier"]))[0]["text"] for each in logins]
    assert texts == ["For both", "For the other"]
    (await client.post(f"{path}/publish")).refused(409, "validation_failed", "post.publish.status")
    (await client.call("PUT", path, json=body)).refused(
        409, "validation_failed", "post.draft.status"
    )


async def test_the_accounts_of_a_draft_can_be_others(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    first, second, third = [await organization.connect(client) for _ in range(3)]
    targets = [{"accountId": first["id"]}, {"accountId": second["id"]}]
    made = (await client.publish({"status": "draft", "targets": targets, "text": "One"})).body
    before = await server.rows()
    targets = [{"accountId": third["id"]}, {"accountId": second["id"]}]
    path = f"/v1/batches/{made['id']}"
    changed = (await client.call("PUT", path, json={"targets": targets, "text": "Two"})).body
    kept = {each["accountId"]: each["postId"] for each in made["results"]}
    now = {each["accountId"]: each["postId"] for each in changed["results"]}
    assert list(now) == [third["id"], second["id"]]
    assert now[second["id"]] == kept[second["id"]]
    assert await server.rows() == before
    (await client.get(f"/v1/posts/{kept[first['id']]}")).refused(404, "not_found")
    shown = (await client.get(f"/v1/posts/{now[second['id']]}")).body
    assert (shown["text"], shown["status"]) == ("Two", "draft")


async def test_one_target_of_a_draft_can_go_out_before_the_others(
    organization: Organization,
) -> None:
    client = await organization.client()
    accounts = [await organization.connect(client) for _ in range(2)]
    targets = [{"accountId": each["id"]} for each in accounts]
    made = (await client.publish({"status": "draft", "targets": targets, "text": "Apart"})).body
    first, second = made["results"]
    assert (await publish(client, first)).body["status"] == "published"
    path = f"/v1/batches/{made['id']}"
    assert (await client.get(path)).body["status"] == "published"
    rest = await client.post(f"{path}/publish")
    assert {each["status"] for each in rest.body["results"]} == {"published"}
    assert (await publish(client, second)).status == 409


async def test_a_draft_of_a_test_key_stays_one(server: Server, organization: Organization) -> None:
    tester = await organization.test_client()
    live = await organization.client()
    account = await organization.connect(live)
    draft = await draft_of(tester, account["id"])
    assert draft["sandbox"] is True
    (await publish(live, draft)).refused(409, "validation_failed", "post.environment")
    before = len(await server.upstream())
    published = await publish(tester, draft)
    assert (published.body["status"], published.body["sandbox"]) == ("published", True)
    assert len(await server.upstream()) == before


async def test_drafts_are_published_by_who_may(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    draft = await draft_of(client, account["id"])
    reader = await organization.client(Scope.POSTS_READ)
    (await publish(reader, draft)).refused(403, "unauthorized", "api_key.scope")
    other = await organization.client(profile_id=await organization.profile("Other"))
    (await publish(other, draft)).refused(404, "not_found")
    (await other.post(f"/v1/batches/{draft['batchId']}/publish")).refused(404, "not_found")


async def test_a_draft_whose_account_is_gone_says_so(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    draft = await draft_of(client, account["id"])
    assert (await client.delete(f"/v1/accounts/{account['id']}")).body["canceledPosts"] == 0
    (await publish(client, draft)).refused(409, "validation_failed", "post.edit.account_missing")
    assert (await client.delete(f"/v1/posts/{draft['postId']}")).status == 200


async def test_a_draft_is_no_earlier_post_of_the_same_content(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    draft = await draft_of(client, account["id"], "Same")
    targets = [{"accountId": account["id"]}]
    posted = await client.publish({"targets": targets, "text": "Same", "onDuplicate": "refuse"})
    assert posted.status == 200
    refused = await publish(client, draft, {"onDuplicate": "refuse"})
    refused.refused(409, "validation_failed", "post.recent_duplicate")
    warned = await publish(client, draft)
    assert [each["code"] for each in warned.body["warnings"]] == ["post.recent_duplicate"]


async def test_a_draft_in_the_older_shape_is_kept_too(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    body = {
        "status": "draft",
        "account": {"platform": "bluesky", "id": account["id"]},
        "text": LONG,
    }
    made = await client.publish(body)
    assert (made.status, made.body["status"]) == (201, "draft")
    assert [each["rule"] for each in made.body["violations"]] == [TOO_LONG]


@pytest.mark.parametrize("field", ["recurrence", "repeat", "rrule", "cron"])
async def test_a_post_that_should_repeat_itself_is_pointed_to_slots(
    organization: Organization, field: str
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    body = {"targets": [{"accountId": account["id"]}], "text": "x", "publishNow": "x", field: "x"}
    refused = await client.publish(body)
    refused.refused(400, "validation_failed", "post.recurring")
    assert refused.error["message"].startswith(field)
    assert "/docs/guides/queue-slots" in refused.error["remediation"]
    assert refused.error["ruleUrl"].endswith("/docs/preflight/post-recurring")
    nested = {"targets": [{"accountId": account["id"], field: {}}], "text": "x"}
    (await client.publish(nested)).refused(400, "validation_failed", "post.recurring")
