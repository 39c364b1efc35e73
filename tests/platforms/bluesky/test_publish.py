"""Whatever goes wrong on the way to Bluesky, a publication ends as the ledger promises."""

import base64
from functools import partial
from typing import Any

import pytest

from letmepost.platforms.bluesky.xrpc import AccountClient
from letmepost.posts.tables import attempts
from tests.clock import MIDDAY
from tests.media import samples
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running, eventually

CREATE = "repo.createRecord"
READ = "repo.getRecord"
TRIES = 5
# PostgreSQL goes by a clock of its own, on which no second can be counted.
standing_still = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def texts(alice: Caller) -> list[str]:
    """What stands on the platform."""
    return [entry["text"] for entry in await alice.timeline()]


async def requests(alice: Caller, method: str) -> list[Any]:
    """The calls of a method that reached the platform."""
    shown = (await alice.send("GET", "/_simulator/requests")).body
    return [each for each in shown if each["path"].endswith(method)]


async def test_post_is_published_in_one_attempt(server: Running, alice: Caller) -> None:
    result = await server.post("Hello")
    assert (result["status"], await texts(alice)) == ("published", ["Hello"])
    assert await server.endings() == [("publish", "published")]
    assert await server.told(result) == ["post.published"]
    shown = await server.read(result)
    (attempt,) = shown["attempts"]
    (entry,) = attempt["transcript"]
    assert entry["url"].endswith(CREATE)
    assert (entry["method"], entry["status"]) == ("POST", 200)
    assert entry["requestBody"]["record"]["text"] == "Hello"
    assert entry["body"]["uri"] == result["uri"]
    assert attempt["sendingAt"] is not None


async def test_lost_answer_is_found_by_the_planned_key(server: Running, alice: Caller) -> None:
    await alice.fault("cut_after_commit", route=CREATE)
    result = await server.post("Lost")
    assert (result["status"], result["phase"]) == ("publishing", "unknown")
    assert result["error"]["willRetry"] is True
    assert await server.told(result) == []
    shown = await server.run_to_the_end(result)
    assert (shown["status"], await texts(alice)) == ("published", ["Lost"])
    assert shown["platformUri"].endswith((await server.plan())["rkey"])
    assert await server.endings() == [("publish", "unknown"), ("reconcile", "published")]
    assert await server.told(result) == ["post.published"]
    assert len(await requests(alice, CREATE)) == 1
    first = shown["attempts"][0]["transcript"][-1]
    assert first["error"].startswith("connection lost")
    assert "status" not in first


@pytest.mark.parametrize(
    "fault", [("cut_before_commit", {}), ("status", {"status": 500}), ("html", {})]
)
async def test_request_that_came_to_nothing_is_looked_up_and_sent_again(
    server: Running, alice: Caller, fault: tuple[str, dict[str, Any]]
) -> None:
    await alice.fault(fault[0], route=CREATE, **fault[1])
    result = await server.post("Again")
    assert result["phase"] == "unknown"
    shown = await server.run_to_the_end(result)
    assert (shown["status"], await texts(alice)) == ("published", ["Again"])
    assert await server.endings() == [
        ("publish", "unknown"),
        ("reconcile", "absent"),
        ("publish", "published"),
    ]
    first, second = (each["body"] for each in await requests(alice, CREATE))
    assert first == second, "the second try must carry the same key, time and text"
    assert await server.told(result) == ["post.published"]


async def test_answer_that_cannot_be_read_is_no_answer(server: Running, alice: Caller) -> None:
    await alice.fault("malformed", route=CREATE)
    result = await server.post("Half an answer")
    assert result["phase"] == "unknown"
    shown = await server.run_to_the_end(result)
    assert (shown["status"], await texts(alice)) == ("published", ["Half an answer"])
    assert await server.endings() == [("publish", "unknown"), ("reconcile", "published")]


async def test_slow_answer_that_comes_before_the_look_up(
    server: Running, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults: Any = AccountClient._call.__kwdefaults__
    monkeypatch.setitem(defaults, "deadline_seconds", 0.1)
    await alice.fault("slow", route=CREATE, seconds=0.3)
    result = await server.post("Slow")
    assert result["phase"] == "unknown"
    monkeypatch.setitem(defaults, "deadline_seconds", 20.0)
    await eventually(partial(texts, alice))
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "published"
    assert await server.endings() == [("publish", "unknown"), ("reconcile", "published")]
    assert "no answer within 0.1 s" in str(shown["attempts"][0]["transcript"])


async def test_slow_request_that_arrives_after_it_was_sent_again(
    server: Running, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults: Any = AccountClient._call.__kwdefaults__
    monkeypatch.setitem(defaults, "deadline_seconds", 0.1)
    await alice.fault("slow", route=CREATE, seconds=0.8)
    result = await server.post("Overtaken")
    monkeypatch.setitem(defaults, "deadline_seconds", 20.0)
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "published"

    async def answered() -> bool:
        return None not in [each["status"] for each in await requests(alice, CREATE)]

    await eventually(answered)
    assert await texts(alice) == ["Overtaken"]
    assert sorted(each["status"] for each in await requests(alice, CREATE)) == [200, 500]


@standing_still
@pytest.mark.parametrize(
    ("headers", "source"),
    [
        ({"Retry-After": 120}, "Retry-After"),
        (
            {
                "RateLimit-Remaining": 0,
                "RateLimit-Reset": int(MIDDAY.timestamp()) + 120,
            },
            "RateLimit-Reset",
        ),
    ],
    ids=["Retry-After", "RateLimit-Reset"],
)
async def test_rate_limit_is_waited_out_for_as_long_as_it_says(
    server: Running, alice: Caller, headers: dict[str, Any], source: str
) -> None:
    body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
    await alice.fault("status", route=CREATE, status=429, headers=headers, body=body)
    result = await server.post("Later")
    error = result["error"]
    assert (result["status"], error["code"]) == ("queued", "platform_unavailable")
    assert (error["willRetry"], error["retryable"]) == (True, True)
    assert (error["retryAfterSeconds"], error["retryAfterSource"]) == (120, source)
    assert error["platformResponse"] == body
    assert await server.waits_seconds() == 120
    shown = await server.run_to_the_end(result)
    assert (shown["status"], shown["error"], await texts(alice)) == ("published", None, ["Later"])
    assert await server.endings() == [("publish", "try_later"), ("publish", "published")]
    assert await server.told(result) == ["post.published"]


@standing_still
async def test_refusals_for_now_wait_longer_each_time_and_end(
    server: Running, alice: Caller
) -> None:
    await alice.fault("status", route=CREATE, status=429, times=TRIES, body={"error": "Busy"})
    result = await server.post("Never")
    waits = []
    while (shown := await server.read(result))["status"] == "queued":
        assert shown["error"]["retryAfterSource"] == "backoff"
        waits.append(await server.waits_seconds())
        await server.run_due()
    ranges = [(5, 10), (10, 20), (20, 40), (40, 80)]
    assert all(least <= wait <= most for wait, (least, most) in zip(waits, ranges, strict=True))
    assert (shown["status"], shown["error"]["code"]) == ("failed", "platform_unavailable")
    assert shown["error"]["willRetry"] is False
    assert await server.endings() == [("publish", "try_later")] * TRIES
    assert await server.told(result) == ["post.failed"]
    assert await server.rows(attempts)
    assert await texts(alice) == []


async def test_upload_that_fails_creates_nothing_and_is_tried_again(
    server: Running, alice: Caller
) -> None:
    await alice.fault("html", route="repo.uploadBlob")
    result = await server.post("With an image", media=[inline_image()])
    assert result["status"] == "queued"
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "published"
    assert await server.endings() == [("publish", "try_later"), ("publish", "published")]
    assert shown["attempts"][0]["sendingAt"] is None
    assert len(await requests(alice, CREATE)) == 1


def inline_image() -> dict[str, Any]:
    content = base64.b64encode(samples.image("PNG", (8, 8))).decode()
    return {"kind": "image", "bytesBase64": content, "altText": "Noise"}


async def test_expired_token_is_refreshed_before_publishing(server: Running, alice: Caller) -> None:
    await alice.fault("expired_token", route=CREATE)
    result = await server.post("Fresh")
    assert (result["status"], await texts(alice)) == ("published", ["Fresh"])
    assert await server.endings() == [("publish", "published")]
    assert [each["status"] for each in await requests(alice, "server.refreshSession")] == [200]


async def test_revoked_access_asks_for_a_person(server: Running, alice: Caller) -> None:
    await alice.fault("revoked_token", route=CREATE)
    result = await server.post("Revoked")
    assert (result["status"], result["error"]["code"]) == ("rejected", "platform_auth_failed")
    assert result["error"]["willRetry"] is False
    assert await server.endings() == [("publish", "rejected")]
    assert await server.told(result) == ["post.rejected"]
    assert await texts(alice) == []


async def test_hidden_history_ends_in_an_honest_unknown(server: Running, alice: Caller) -> None:
    await alice.fault("cut_after_commit", route=CREATE)
    await alice.fault("hide_history", route=READ, times=50)
    result = await server.post("Where")
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "failed"
    assert shown["error"]["rule"] == "delivery.outcome_unknown"
    assert shown["error"]["retryable"] is False
    assert await texts(alice) == ["Where"]
    assert await server.told(result) == ["post.outcome_unknown", "post.failed"]


async def test_look_ups_that_fail_end_in_an_honest_unknown(server: Running, alice: Caller) -> None:
    await alice.fault("cut_after_commit", route=CREATE)
    await alice.fault("status", route=READ, status=503, times=50)
    result = await server.post("Where")
    shown = await server.run_to_the_end(result)
    assert shown["error"]["rule"] == "delivery.outcome_unknown"
    endings = [("publish", "unknown"), *[("reconcile", "unknown")] * TRIES]
    assert await server.endings() == endings
    assert len(await requests(alice, CREATE)) == 1
    assert await server.told(result) == ["post.outcome_unknown", "post.failed"]


async def test_look_up_that_may_not_be_made_never_says_refused(
    server: Running, alice: Caller
) -> None:
    """The post stands on the platform: that its account was lost since does not unmake it."""
    await alice.fault("cut_after_commit", route=CREATE)
    result = await server.post("There")
    deleted = await server.call("DELETE", f"/v1/accounts/{server.account_id}")
    assert deleted.status == 200
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "failed"
    assert shown["error"]["rule"] == "delivery.outcome_unknown"
    assert await texts(alice) == ["There"]


async def test_lost_comment_is_made_once_under_its_own_key(server: Running, alice: Caller) -> None:
    result_text, comment = "Post", {"text": "Comment"}
    # The comment's key is looked up before it is used, and only then is the comment's turn.
    await alice.fault("status", route=READ, status=503)
    result = await server.post(result_text, firstComment=comment)
    assert (result["phase"], await texts(alice)) == ("waiting", ["Post"])
    await alice.fault("cut_after_commit", route=CREATE)
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "published"
    assert sorted(await texts(alice)) == ["Comment", "Post"]
    assert shown["firstCommentUri"].endswith((await server.plan())["comment"]["rkey"])


async def test_comment_that_is_refused_leaves_the_post_published_with_a_warning(
    server: Running, alice: Caller
) -> None:
    await alice.fault("status", route=READ, status=503, times=50)
    result = await server.post("Post", firstComment={"text": "Comment"})
    assert (result["status"], result["phase"]) == ("publishing", "waiting")
    shown = await server.run_to_the_end(result)
    assert (shown["status"], await texts(alice)) == ("published", ["Post"])
    assert [each["code"] for each in shown["warnings"]] == ["bluesky.first_comment.not_published"]
    assert await server.told(result) == ["post.published"]


@pytest.mark.parametrize("status", [429, 503])
async def test_reply_waits_until_its_parent_can_be_read(
    server: Running, alice: Caller, status: int
) -> None:
    """Without the parent the thread is not known, and a guess would tear it apart."""
    root = await server.post("Root")
    first = await server.post(
        "First", options={"replyToUri": root["uri"], "replyToCid": root["cid"]}
    )
    await alice.fault("status", route=READ, status=status)
    second = await server.post(
        "Second", options={"replyToUri": first["uri"], "replyToCid": first["cid"]}
    )
    assert second["status"] == "queued"
    shown = await server.run_to_the_end(second)
    record = (await alice.read(shown["platformUri"].rpartition("/")[2])).body["value"]
    assert record["reply"]["root"] == {"uri": root["uri"], "cid": root["cid"]}


async def test_comment_of_a_reply_survives_a_parent_that_cannot_be_read(
    server: Running, alice: Caller
) -> None:
    root = await server.post("Root")
    # The parent is read for the post, which passes, and again for the comment, which does not.
    await alice.fault("status", route=READ, status=200, body={"value": {}})
    # Twice, since a GET that is cut on a connection used before is sent again by itself.
    await alice.fault("cut_before_commit", route=READ, times=2)
    result = await server.post(
        "Reply",
        options={
            "replyToUri": root["uri"],
            "replyToCid": root["cid"],
        },
        firstComment={"text": "Comment"},
    )
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "published"
    assert sorted(await texts(alice)) == ["Comment", "Reply", "Root"]
    assert await server.endings() == [
        ("publish", "published"),
        ("publish", "waiting"),
        ("publish", "published"),
    ]


async def test_many_posts_for_one_account_at_one_moment_have_keys_of_their_own(
    server: Running, alice: Caller
) -> None:
    targets = [{"accountId": server.account_id, "text": f"Number {number}"} for number in range(25)]
    headers = {"Prefer": "respond-async"}
    for _ in range(2):
        reply = await server.call("POST", "/v1/posts", {"targets": targets}, headers=headers)
        await server.idle()
        batch = (await server.call("GET", f"/v1/batches/{reply.body['id']}")).body
        assert batch["status"] == "published"
        assert len({each["uri"] for each in batch["results"]}) == len(targets)
    assert len(await texts(alice)) == 2 * len(targets)


@pytest.mark.parametrize(
    "body", [{"error": "Busy", "message": "a\0b"}, "half a picture: \0\x01", '{"error": "\\ud83d"}']
)
async def test_answer_that_no_database_takes_as_it_is_does_not_stop_the_ledger(
    server: Running, alice: Caller, body: Any
) -> None:
    await alice.fault("status", route=CREATE, status=429, body=body)
    result = await server.post("Stored")
    assert result["status"] == "queued", result
    shown = await server.run_to_the_end(result)
    assert (shown["status"], await texts(alice)) == ("published", ["Stored"])
