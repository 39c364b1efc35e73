"""What clients of the original system send works here unmodified."""

from typing import Any

import pytest

from tests.api.client import Client
from tests.api.server import Organization, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATER = "2030-01-01T09:00:00Z"


async def _ready(organization: Organization) -> tuple[Client, dict[str, Any]]:
    client = await organization.client()
    account = await organization.connect(client)
    return client, {"platform": "bluesky", "id": account["id"]}


async def test_a_slash_at_the_end_is_no_redirect(organization: Organization) -> None:
    client = await organization.client()
    for path in ("/v1/posts/", "/v1/accounts/", "/v1/media/", "/v1/profiles//", "/health/"):
        assert (await client.get(path)).status == 200, path
    made = await client.post("/v1/profiles/", {"name": "Slash"})
    assert made.status == 201
    assert (await client.delete(f"/v1/profiles/{made.body['id']}/")).status == 200


async def test_posts_have_a_second_address(organization: Organization) -> None:
    client, account = await _ready(organization)
    posted = await client.post("/posts", {"account": account, "text": "By the alias"})
    assert posted.status == 201
    assert (await client.get("/posts?limit=1")).body["data"][0]["id"] == posted.body["id"]
    assert (await client.get(f"/posts/{posted.body['id']}")).status == 200
    (await client.get("/postscript")).refused(404, "not_found")


async def test_a_slash_that_is_encoded_in_an_id_answers_404(organization: Organization) -> None:
    client = await organization.client()
    for path in ("/v1/posts/a%2Fb", "/v1/posts/a%2fretry", "/v1/api-keys/%2F", "/v1%2Fposts"):
        for method in ("GET", "DELETE", "POST"):
            (await client.call(method, path)).refused(404, "not_found")


async def test_unknown_headers_are_fine(organization: Organization) -> None:
    client, account = await _ready(organization)
    headers = {
        "X-Letmepost-Client": "sdk-node/1.4.0",
        "Stripe-Version": "2026-01-01",
        "Prefer": "handling=lenient",
        "Content-Type": "application/json; charset=utf-8",
        "X-Forwarded-For": "203.0.113.9, nonsense",
    }
    answer = await client.publish({"account": account, "text": "Headers"}, headers=headers)
    assert answer.status == 201


async def test_publish_now_may_be_false_beside_a_time(organization: Organization) -> None:
    client, account = await _ready(organization)
    body = {"text": "Later", "publishNow": False, "scheduledAt": LATER}
    answer = await client.publish({**body, "targets": [{"accountId": account["id"]}]})
    assert (answer.status, answer.body["status"]) == (202, "queued")
    assert answer.body["scheduledAt"] == "2030-01-01T09:00:00.000Z"
    now = await client.publish(
        {"targets": [{"accountId": account["id"]}], "text": "Now", "publishNow": True}
    )
    assert (now.status, now.body["status"]) == (200, "published")


async def test_the_older_shape_is_answered_in_its_own_shape(organization: Organization) -> None:
    client, account = await _ready(organization)
    answer = await client.publish({"account": account, "text": "Old"})
    assert answer.status == 201
    assert "results" not in answer.body
    assert answer.body["platform"] == "bluesky"
    assert answer.body["status"] == "published"
    assert answer.body["uri"].startswith("at://")
    later = await client.publish({"account": account, "text": "Old, later", "scheduledAt": LATER})
    assert (later.status, later.body["status"]) == (202, "queued")
    assert later.body["scheduledAt"] == "2030-01-01T09:00:00.000Z"
    batch = (await client.get(f"/v1/posts/{answer.body['id']}")).body["batchId"]
    assert (await client.get(f"/v1/batches/{batch}")).body["status"] == "published"


async def test_the_older_shape_fails_with_an_http_status(
    server: Server, organization: Organization
) -> None:
    client, account = await _ready(organization)
    answer = await client.publish({"account": account, "text": "x" * 301})
    answer.refused(400, "preflight_failed", "bluesky.text.max_graphemes")
    await server.fault("status", status=400, route="createRecord")
    rejected = await client.publish({"account": account, "text": "Refused there"}, key="old")
    assert rejected.status >= 400
    assert rejected.error["code"] == "platform_rejected"
    assert rejected.error["postId"].startswith("post_")
    shown = await client.get(f"/v1/posts/{rejected.error['postId']}")
    assert shown.body["status"] == "rejected"
    again = await client.publish({"account": account, "text": "Refused there"}, key="old")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.status, again.raw) == (rejected.status, rejected.raw)


async def test_options_named_after_the_platform_are_understood(
    organization: Organization,
) -> None:
    client, account = await _ready(organization)
    answer = await client.publish(
        {"account": account, "text": "In two languages", "bluesky": {"langs": ["en", "de"]}}
    )
    assert answer.status == 201
    shown = await client.get(f"/v1/posts/{answer.body['id']}")
    assert shown.body["options"]["langs"] == ["en", "de"]


async def test_options_of_a_platform_that_is_not_here_are_an_envelope(
    server: Server, organization: Organization
) -> None:
    client, account = await _ready(organization)
    before = await server.traces()
    cases: tuple[dict[str, Any], ...] = (
        {"pinterest": {"boardId": "1"}},
        {"threads": {"replyToId": "1"}},
        {"twitter": {}},
        {"bluesky": {"boardId": "1"}},
        {"bluesky": "en"},
        {"options": {"platform": "tiktok", "privacy": "self_only"}},
    )
    for more in cases:
        answer = await client.publish({"account": account, "text": "x", **more})
        assert (answer.status, answer.error["code"]) == (400, "validation_failed"), answer.body
    assert await server.traces() == before


async def test_every_delete_answers_200_with_a_body(organization: Organization) -> None:
    client, account = await _ready(organization)
    queued = await client.publish({"account": account, "text": "Later", "scheduledAt": LATER})
    profile = await organization.profile("Gone")
    key = await organization.client()
    for path in (
        f"/v1/posts/{queued.body['id']}",
        f"/v1/profiles/{profile}",
        f"/v1/api-keys/{key.minted['id']}",
        f"/v1/accounts/{account['id']}",
    ):
        answer = await client.delete(path)
        assert answer.status == 200
        assert isinstance(answer.body, dict), path


async def test_a_caller_may_choose_not_to_wait(server: Server, organization: Organization) -> None:
    client, account = await _ready(organization)
    await server.fault("slow", seconds=0.5, route="createRecord")
    headers = {"Prefer": "respond-async"}
    answer = await client.publish({"account": account, "text": "Soon"}, headers=headers)
    assert (answer.status, answer.body["status"]) == (202, "publishing")
