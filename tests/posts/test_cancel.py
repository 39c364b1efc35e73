"""Cancelling a post while its time is ahead."""

import asyncio

from letmepost.jobs.tables import jobs
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import (
    cancel,
    fire,
    fire_in_time,
    make_due,
    pass_time,
    patch,
    scheduled,
    texts,
)

ROUNDS = 12


async def test_a_canceled_post_never_goes_out(server: Running, alice: Caller) -> None:
    result = await scheduled(server)
    reply = await cancel(server, result)
    assert (reply.status, reply.body) == (200, {"id": result["postId"], "status": "canceled"})
    assert await server.rows(jobs) == []
    assert await server.told(result) == ["post.queued", "post.canceled"]
    assert await fire_in_time(server) == 0
    assert await texts(alice) == []


async def test_a_canceled_post_is_not_canceled_again(server: Running) -> None:
    result = await scheduled(server)
    await cancel(server, result)
    reply = await cancel(server, result)
    assert (reply.status, reply.body["error"]["rule"]) == (409, "post.status")
    assert await server.told(result) == ["post.queued", "post.canceled"]


async def test_a_post_that_waits_for_its_next_try_may_be_canceled(
    server: Running, alice: Caller
) -> None:
    await alice.fault("status", route="createRecord", status=429, headers={"Retry-After": "600"})
    result = await server.post("Limited")
    assert result["status"] == "queued"
    assert (await cancel(server, result)).status == 200
    assert await fire_in_time(server) == 0
    assert await texts(alice) == []


async def test_of_canceling_and_changing_at_once_each_ends_as_it_was_told(server: Running) -> None:
    for number in range(ROUNDS):
        result = await scheduled(server, f"Round {number}")
        changed, canceled = await asyncio.gather(
            patch(server, result, text=f"Round {number} changed"), cancel(server, result)
        )
        shown = await server.read(result)
        told = await server.told(result)
        assert canceled.status == 200
        assert shown["status"] == "canceled"
        assert changed.status in (200, 409)
        updated = ["post.updated"] if changed.status == 200 else []
        assert told == ["post.queued", *updated, "post.canceled"]


async def test_canceling_and_the_worker_have_exactly_one_winner(
    server: Running, alice: Caller
) -> None:
    for number in range(ROUNDS):
        result = await scheduled(server, f"Post {number}")
        await make_due(server, 0.01 * (number % 2))
        reply, _ = await asyncio.gather(cancel(server, result), fire(server))
        await pass_time(server, 5)
        await fire(server)
        shown = await server.read(result)
        there = f"Post {number}" in await texts(alice)
        if reply.status == 200:
            assert (shown["status"], there) == ("canceled", False)
            assert await server.told(result) == ["post.queued", "post.canceled"]
        else:
            assert reply.status == 409
            assert (shown["status"], there) == ("published", True)
            assert await server.told(result) == ["post.queued", "post.published"]
