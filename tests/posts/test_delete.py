"""Deleting published posts on their platform: safe to repeat, and told as it is."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete

from letmepost.jobs.queue import LeaseLostError, database_now
from letmepost.jobs.run import Held
from letmepost.jobs.tables import jobs
from letmepost.platforms import platforms
from letmepost.posts import delete as deleting
from letmepost.posts.delete import DELETE_KIND
from letmepost.posts.ledger import VERIFY_KIND
from letmepost.posts.sweep import sweep
from letmepost.posts.tables import publications
from tests.asgi_client import AsgiClient, Reply
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import cancel, claim, key_for_tests, pass_time, scheduled, texts

DELETE = "repo.deleteRecord"
TRIES = 5


async def take_back(server: Running, result: Mapping[str, Any], **headers: str) -> Reply:
    """Ask for a post to be deleted on its platform."""
    path = f"/v1/posts/{result['postId']}?upstream=true"
    return await server.call("DELETE", path, headers=headers)


async def calls(alice: Caller) -> list[Any]:
    """The calls that delete something."""
    shown = (await alice.send("GET", "/_simulator/requests")).body
    return [each for each in shown if each["path"].endswith(DELETE)]


async def test_a_published_post_is_deleted_with_its_first_comment(
    server: Running, alice: Caller
) -> None:
    result = await server.post("Post", firstComment={"text": "Comment"})
    reply = await take_back(server, result)
    assert reply.status == 200, reply.text
    assert (reply.body["id"], reply.body["status"]) == (result["postId"], "deleted")
    assert reply.body["deletedAt"]
    assert reply.body["deletion"] is None
    assert await texts(alice) == []
    shown = await server.read(result)
    assert (shown["status"], shown["deletedAt"]) == ("deleted", reply.body["deletedAt"])
    attempt = shown["attempts"][-1]
    assert (attempt["purpose"], attempt["outcome"], attempt["succeeded"]) == (
        "delete",
        "deleted",
        True,
    )
    keys = [each["requestBody"]["rkey"] for each in attempt["transcript"]]
    plan = await server.plan()
    assert keys == [plan["rkey"], plan["comment"]["rkey"]]
    assert await server.told(result) == ["post.published", "post.deleted"]
    # The look at the published post has become pointless.
    assert await server.rows(jobs) == []
    listed = await server.call("GET", "/v1/posts?status=deleted")
    assert [each["id"] for each in listed.body["data"]] == [result["postId"]]


async def test_a_batch_says_what_became_of_each_target(server: Running) -> None:
    targets = [{"accountId": server.account_id, "text": each} for each in ("Stays", "Goes")]
    headers = {"Prefer": "respond-async"}
    made = await server.call("POST", "/v1/posts", {"targets": targets}, headers=headers)
    await server.idle()
    path = f"/v1/batches/{made.body['id']}"
    stays, goes = (await server.call("GET", path)).body["results"]
    await take_back(server, goes)
    batch = (await server.call("GET", path)).body
    assert batch["status"] == "published"
    assert [each["status"] for each in batch["results"]] == ["published", "deleted"]
    assert "deletedAt" in batch["results"][1]
    await take_back(server, stays)
    assert (await server.call("GET", path)).body["status"] == "deleted"


async def test_deleting_twice_asks_once(server: Running, alice: Caller) -> None:
    result = await server.post("Once")
    first = await take_back(server, result)
    second = await take_back(server, result)
    assert (second.status, second.body) == (200, first.body)
    assert len(await calls(alice)) == 1
    assert await server.told(result) == ["post.published", "post.deleted"]


async def test_of_two_requests_at_once_one_asks_the_platform(
    server: Running, alice: Caller
) -> None:
    result = await server.post("Both")
    replies = await asyncio.gather(take_back(server, result), take_back(server, result))
    await server.idle()
    assert {each.status for each in replies} <= {200, 202}
    assert len(await calls(alice)) == 1
    assert (await server.read(result))["status"] == "deleted"


async def test_a_post_that_its_author_has_deleted_already_counts_as_deleted(
    server: Running, alice: Caller
) -> None:
    result = await server.post("Gone")
    repo, collection, rkey = result["uri"].removeprefix("at://").split("/")
    record = {"repo": repo, "collection": collection, "rkey": rkey}
    await alice.procedure("com.atproto.repo.deleteRecord", alice.access, **record)
    assert (await take_back(server, result)).body["status"] == "deleted"


async def test_a_lost_answer_is_asked_for_again(server: Running, alice: Caller) -> None:
    await alice.fault("cut_after_commit", route=DELETE)
    result = await server.post("Lost")
    reply = await take_back(server, result)
    assert (reply.status, reply.body["status"]) == (202, "published")
    assert reply.body["deletion"]["status"] == "pending"
    assert reply.body["deletion"]["error"]["willRetry"] is True
    assert (await take_back(server, result)).status == 202
    assert len(await calls(alice)) == 1
    await server.run_due(DELETE_KIND)
    assert (await server.read(result))["status"] == "deleted"
    assert await server.endings() == [
        ("publish", "published"),
        ("delete", "unknown"),
        ("delete", "deleted"),
    ]
    assert await server.told(result) == ["post.published", "post.deleted"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_rate_limit_is_waited_out(server: Running, alice: Caller) -> None:
    await alice.fault("status", route=DELETE, status=429, headers={"Retry-After": 120})
    result = await server.post("Later")
    reply = await take_back(server, result)
    error = reply.body["deletion"]["error"]
    assert (reply.status, error["code"]) == (202, "platform_unavailable")
    assert (error["retryAfterSeconds"], error["retryAfterSource"]) == (120, "Retry-After")
    assert await server.waits_seconds() == 120
    await server.run_due(DELETE_KIND)
    assert await texts(alice) == []
    assert (await server.read(result))["deletion"] is None


async def test_a_refusal_leaves_the_post_published_and_says_why(
    server: Running, alice: Caller
) -> None:
    body = {"error": "InvalidRequest", "message": "Not today"}
    await alice.fault("status", route=DELETE, status=400, body=body)
    result = await server.post("Stays")
    reply = await take_back(server, result)
    assert reply.status == 422
    error = reply.body["error"]
    assert (error["code"], error["platformResponse"]) == ("platform_rejected", body)
    assert error["message"] == "Bluesky refused to delete the post: Not today"
    shown = await server.read(result)
    assert (shown["status"], shown["error"]) == ("published", None)
    assert shown["deletion"]["status"] == "failed"
    assert shown["deletion"]["error"]["platformResponse"] == body
    assert await server.told(result) == ["post.published", "post.not_deleted"]
    # It stays, so it is looked at as any other post.
    assert [each["kind"] for each in await server.rows(jobs)] == [VERIFY_KIND]
    assert (await take_back(server, result)).body["status"] == "deleted"
    assert await texts(alice) == []


async def test_an_account_that_is_refused_says_that_a_person_must_help(
    server: Running, alice: Caller
) -> None:
    result = await server.post("Locked")
    await alice.fault("revoked_token", route=DELETE)
    reply = await take_back(server, result)
    assert (reply.status, reply.body["error"]["code"]) == (401, "platform_auth_failed")
    assert (await server.read(result))["status"] == "published"


async def test_tries_that_come_to_nothing_end_and_say_so(server: Running, alice: Caller) -> None:
    await alice.fault("status", route=DELETE, status=503, times=TRIES)
    result = await server.post("Stuck")
    await take_back(server, result)
    for _ in range(TRIES - 1):
        await server.run_due(DELETE_KIND)
    shown = await server.read(result)
    assert (shown["status"], shown["deletion"]["status"]) == ("published", "failed")
    assert shown["deletion"]["error"]["willRetry"] is False
    assert await server.told(result) == ["post.published", "post.not_deleted"]
    assert len(await calls(alice)) == TRIES


async def test_a_comment_that_is_refused_does_not_keep_the_post(
    server: Running, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = await server.post("Post", firstComment={"text": "Comment"})
    deleter = platforms()["bluesky"].deletes_by
    assert deleter is not None
    real = type(deleter).delete

    async def fail_second(self: Any, task: Any, uri: str) -> Any:
        if uri == result["firstCommentUri"]:
            await alice.fault("status", route=DELETE, status=400, body={"message": "No"})
        return await real(self, task, uri)

    monkeypatch.setattr(type(deleter), "delete", fail_second)
    reply = await take_back(server, result)
    assert reply.body["status"] == "deleted"
    assert [each["code"] for each in reply.body["warnings"]] == [
        "delivery.first_comment_not_deleted"
    ]
    assert await texts(alice) == ["Comment"]


async def test_a_queued_post_is_canceled(server: Running) -> None:
    result = await scheduled(server)
    reply = await take_back(server, result)
    assert reply.body == {"id": result["postId"], "status": "canceled"}
    again = await take_back(server, result)
    assert (again.status, again.rule) == (409, "post.delete.status")


async def test_without_upstream_a_published_post_is_left_alone(
    server: Running, alice: Caller
) -> None:
    result = await server.post("Stays")
    reply = await cancel(server, result)
    assert (reply.status, reply.rule) == (409, "post.status")
    assert "upstream=true" in reply.body["error"]["remediation"]
    wrong = await server.call("DELETE", f"/v1/posts/{result['postId']}?upstream=maybe")
    assert (wrong.status, wrong.rule) == (400, "upstream")
    assert await texts(alice) == ["Stays"]


async def test_a_platform_that_deletes_nothing_says_so(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = await server.post("For ever")
    unable = {"bluesky": replace(platforms()["bluesky"], deletes_by=None)}
    monkeypatch.setattr(deleting, "platforms", lambda: unable)
    reply = await take_back(server, result)
    assert (reply.status, reply.rule) == (409, "post.delete.unsupported")
    assert "Bluesky" in reply.body["error"]["message"]
    assert (await server.read(result))["deletion"] is None


async def test_a_disconnected_account_must_come_back_first(server: Running) -> None:
    result = await server.post("Orphan")
    await server.call("DELETE", f"/v1/accounts/{server.account_id}")
    reply = await take_back(server, result)
    assert (reply.status, reply.rule) == (409, "post.delete.account_missing")


async def test_a_test_key_deletes_nothing_real(server: Running, alice: Caller) -> None:
    client = AsgiClient(server.service.app, await key_for_tests(server))
    body = {"targets": [{"platform": "bluesky"}], "text": "Pretended"}
    result = (await client.call("POST", "/v1/posts", body)).body["results"][0]
    path = f"/v1/posts/{result['postId']}?upstream=true"
    mixed = await server.call("DELETE", path)
    assert (mixed.status, mixed.rule) == (409, "post.environment")
    reply = await client.call("DELETE", path)
    assert (reply.status, reply.body["status"]) == (200, "deleted")
    assert await calls(alice) == []


async def test_the_same_key_asks_for_one_thing_alone(server: Running) -> None:
    result = await server.post("Named")
    key = {"Idempotency-Key": "delete-1"}
    path = f"/v1/posts/{result['postId']}"
    plain = await server.call("DELETE", path, headers=key)
    assert plain.status == 409
    other = await server.call("DELETE", f"{path}?upstream=true", headers=key)
    assert other.rule == "idempotency_key.body_mismatch"


async def test_a_worker_that_lost_its_lease_says_nothing(server: Running, alice: Caller) -> None:
    await alice.fault("status", route=DELETE, status=503)
    result = await server.post("Taken over")
    await take_back(server, result)
    await pass_time(server, 3600)
    [stale] = await claim(server, DELETE_KIND)
    runner = server.service.state.runner
    await pass_time(server, 3600)
    [fresh] = await claim(server, DELETE_KIND)
    handle = runner._handlers[DELETE_KIND]
    with pytest.raises(LeaseLostError):
        await handle(Held(stale, server.clock.monotonic() + 30))
    await runner.adopt(fresh)
    assert (await server.read(result))["status"] == "deleted"
    assert await server.told(result) == ["post.published", "post.deleted"]


async def test_a_deletion_whose_job_is_lost_gets_another(server: Running, alice: Caller) -> None:
    await alice.fault("status", route=DELETE, status=503)
    result = await server.post("Stranded")
    await take_back(server, result)
    database, now = server.service.state.database, server.clock.now()

    def lose(connection: Connection) -> None:
        connection.execute(delete(jobs))
        long_ago = database_now(connection, now) - timedelta(minutes=5)
        connection.execute(publications.update().values(delete_asked_at=long_ago))

    await database.write(lose)
    swept = await database.write(lambda connection: sweep(connection, now, None))
    assert swept.requeued == 1
    await server.run_due(DELETE_KIND)
    assert (await server.read(result))["status"] == "deleted"
