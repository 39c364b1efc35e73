"""Trying again: by itself, for as long as the platform says, and because somebody asks."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from letmepost.jobs.retry import backoff_seconds
from letmepost.jobs.tables import jobs
from letmepost.posts.tables import publications
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import (
    at,
    cancel,
    creates,
    due_in_seconds,
    fire,
    fire_in_time,
    retry,
    scheduled,
    texts,
)

CREATE = "createRecord"
ROUNDS = 12


@pytest.mark.parametrize("failed", range(1, 8))
@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_waits_double_from_ten_seconds_less_up_to_half(failed: int, chance: float) -> None:
    longest = min(10 * 2 ** (failed - 1), 3600)
    assert backoff_seconds(failed, lambda: chance) == longest * (0.5 + chance / 2)


def test_the_first_wait_is_the_operators() -> None:
    assert backoff_seconds(2, lambda: 1.0, first_wait=3) == 6


async def test_retry_after_is_waited_out_and_named_as_the_source(
    server: Running, alice: Caller
) -> None:
    await alice.fault("status", route=CREATE, status=429, headers={"Retry-After": "120"})
    result = await server.post("Limited")
    error = result["error"]
    assert result["status"] == "queued"
    assert (error["retryable"], error["willRetry"]) == (True, True)
    assert error["retryAfterSeconds"] == pytest.approx(120, abs=2)
    assert error["retryAfterSource"]
    assert await due_in_seconds(server) == pytest.approx(120, abs=10)
    await fire_in_time(server)
    assert (await server.read(result))["status"] == "published"


async def test_a_reset_time_is_waited_for_and_named_as_the_source(
    server: Running, alice: Caller
) -> None:
    reset = int((server.clock.now() + timedelta(seconds=300)).timestamp())
    headers = {"Retry-After": "", "RateLimit-Reset": str(reset)}
    await alice.fault("status", route=CREATE, status=429, headers=headers)
    result = await server.post("Limited")
    assert result["error"]["retryAfterSeconds"] == pytest.approx(300, abs=5)
    assert "Reset" in result["error"]["retryAfterSource"]
    assert await due_in_seconds(server) == pytest.approx(300, abs=10)


async def test_five_tries_and_then_it_has_failed(server: Running, alice: Caller) -> None:
    await alice.fault("status", route=CREATE, status=429, headers={"Retry-After": "1"}, times=5)
    result = await server.post("Limited")
    for _ in range(3):
        await fire_in_time(server)
        assert (await server.read(result))["error"]["willRetry"] is True
    await fire_in_time(server)
    shown = await server.read(result)
    assert (shown["status"], shown["error"]["willRetry"]) == ("failed", False)
    assert await server.rows(jobs) == []
    assert await server.endings() == [("publish", "try_later")] * 5
    assert await server.told(result) == ["post.failed"]


async def failed(server: Running, alice: Caller) -> Any:
    """A post that the platform refused for good."""
    body = {"error": "InvalidRequest", "message": "Not this one"}
    await alice.fault("status", route=CREATE, status=400, body=body)
    result = await server.post("Refused")
    assert result["status"] == "rejected"
    return result


async def test_a_refused_post_is_tried_again_when_asked(server: Running, alice: Caller) -> None:
    result = await failed(server, alice)
    reply = await retry(server, result)
    assert (reply.status, reply.body["status"]) == (200, "queued")
    assert await fire(server) == 1
    shown = await server.read(result)
    assert (shown["status"], shown.get("error")) == ("published", None)
    assert await server.told(result) == ["post.rejected", "post.queued", "post.published"]
    assert await texts(alice) == ["Refused"]


async def test_a_retry_may_have_a_time(server: Running, alice: Caller) -> None:
    result = await failed(server, alice)
    when = at(server)
    reply = await retry(server, result, scheduledAt=when)
    assert reply.body["scheduledAt"] == when
    assert await fire(server) == 0
    assert await fire_in_time(server) == 1
    assert await texts(alice) == ["Refused"]


async def test_a_canceled_post_may_be_retried(server: Running, alice: Caller) -> None:
    result = await scheduled(server)
    await cancel(server, result)
    assert (await retry(server, result)).status == 200
    assert await fire(server) == 1
    assert await texts(alice) == ["Later"]


@pytest.mark.parametrize("state", ["queued", "published"])
async def test_a_post_that_is_on_its_way_or_out_is_not_retried(server: Running, state: str) -> None:
    result = await (scheduled(server) if state == "queued" else server.post("Out"))
    reply = await retry(server, result)
    assert (reply.status, reply.body["error"]["rule"]) == (409, "post.retry.status")


async def test_a_post_of_a_lost_account_is_not_retried(server: Running, alice: Caller) -> None:
    result = await failed(server, alice)
    await server.call("DELETE", f"/v1/accounts/{server.account_id}")
    reply = await retry(server, result)
    assert (reply.status, reply.body["error"]["rule"]) == (409, "post.retry.account_missing")


async def unknown(server: Running, alice: Caller) -> Any:
    """A post that is there, and whose platform will not say so."""
    await alice.fault("cut_after_commit", route=CREATE)
    await alice.fault("hide_history", times=100)
    result = await server.post("Where")
    shown = await server.run_to_the_end(result)
    assert shown["error"]["rule"] == "delivery.outcome_unknown"
    assert await server.told(result) == ["post.outcome_unknown", "post.failed"]
    return result


async def test_an_unknown_outcome_is_only_retried_by_who_accepts_a_double(
    server: Running, alice: Caller
) -> None:
    result = await unknown(server, alice)
    for body in ({}, {"acceptDuplicateRisk": False}):
        reply = await retry(server, result, **body)
        assert (reply.status, reply.body["error"]["rule"]) == (409, "delivery.duplicate_risk")
    before = await creates(alice)
    assert (await retry(server, result, acceptDuplicateRisk=True)).status == 200
    assert await fire(server) == 1
    assert await creates(alice) == before + 1
    # Bluesky takes the key that was planned before the first try, so even this makes no double.
    assert await texts(alice) == ["Where"]


async def test_of_two_retries_at_once_one_wins(server: Running, alice: Caller) -> None:
    for number in range(ROUNDS):
        result = await scheduled(server, f"Post {number}")
        await cancel(server, result)
        replies = await asyncio.gather(*(retry(server, result) for _ in range(3)))
        statuses = sorted(reply.status for reply in replies)
        assert statuses == [200, 409, 409]
        rules = {reply.body["error"]["rule"] for reply in replies if reply.status == 409}
        assert rules <= {"post.retry.raced", "post.retry.status"}
        while await fire(server):
            pass
        assert (await texts(alice)).count(f"Post {number}") == 1
    assert {row["state"] for row in await server.rows(publications)} == {"published"}
