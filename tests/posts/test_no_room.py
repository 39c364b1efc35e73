"""A server with its hands full leaves posts that nobody waits for to the workers."""

import pytest

from letmepost.posts.tables import attempts
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import fire, texts

TARGETS = [{"platform": "bluesky"}]


async def test_what_nobody_waits_for_is_queued_where_there_is_no_room(
    server: Running, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = server.service.state.runner
    body = {"targets": TARGETS, "text": "No hurry"}
    with monkeypatch.context() as full:
        full.setattr(runner, "_room", 0)
        reply = await server.call("POST", "/v1/posts", body, headers={"Prefer": "respond-async"})
        [result] = reply.body["results"]
        assert (reply.status, result["status"]) == (202, "queued")
        await server.idle()
        assert await texts(alice) == []
        assert await server.rows(attempts) == []
        # Who waits for his post waits no longer than before.
        waited = await server.call("POST", "/v1/posts", {"targets": TARGETS, "text": "Now"})
        assert waited.body["results"][0]["status"] == "published"
    assert await fire(server) == 1
    assert (await server.read(result))["status"] == "published"
    assert sorted(await texts(alice)) == ["No hurry", "Now"]
    assert await server.told(result) == ["post.published"]


async def test_a_draft_that_is_published_without_waiting_is_queued_too(
    server: Running, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"targets": TARGETS, "text": "From a draft", "status": "draft"}
    [draft] = (await server.call("POST", "/v1/posts", body)).body["results"]
    with monkeypatch.context() as full:
        full.setattr(server.service.state.runner, "_room", 0)
        reply = await server.call(
            "POST",
            f"/v1/posts/{draft['postId']}/publish",
            {},
            headers={"Prefer": "respond-async"},
        )
        assert (reply.status, reply.body["status"]) == (202, "queued")
    assert await fire(server) == 1
    assert await texts(alice) == ["From a draft"]
