"""Changing a post while its time is ahead."""

import asyncio
import base64

import pytest

from letmepost.posts.ledger import TERMINAL
from letmepost.webhooks.tables import events
from tests.media import samples
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import (
    at,
    cancel,
    claim,
    fire,
    fire_in_time,
    key_for_tests,
    make_due,
    pass_time,
    patch,
    scheduled,
    texts,
)

ROUNDS = 12


async def test_another_time_is_kept_and_told(server: Running, alice: Caller) -> None:
    result = await scheduled(server)
    before = (await server.read(result))["scheduledAt"]
    later = at(server, 7200)
    reply = await patch(server, result, scheduledAt=later)
    assert (reply.status, reply.body["scheduledAt"]) == (200, later)
    assert await server.told(result) == ["post.queued", "post.rescheduled"]
    told = (await server.rows(events))[-1]["data"]
    assert (told["previousScheduledAt"], told["scheduledAt"]) == (before, later)
    assert await fire_in_time(server) == 0
    assert await fire_in_time(server) == 1
    assert await texts(alice) == ["Later"]


async def test_an_earlier_time_is_kept_too(server: Running, alice: Caller) -> None:
    result = await scheduled(server)
    assert (await patch(server, result, scheduledAt=at(server, 60))).status == 200
    await pass_time(server, 61)
    assert await fire(server) == 1
    assert await texts(alice) == ["Later"]


async def test_another_text_goes_out(server: Running, alice: Caller) -> None:
    result = await scheduled(server, "Before")
    reply = await patch(server, result, text="After")
    assert (reply.status, reply.body["text"]) == (200, "After")
    assert await server.told(result) == ["post.queued", "post.updated"]
    assert (await server.rows(events))[-1]["data"]["changed"] == ["text"]
    await fire_in_time(server)
    assert await texts(alice) == ["After"]


async def test_time_and_text_together_are_two_events_in_order(server: Running) -> None:
    result = await scheduled(server)
    await patch(server, result, text="After", scheduledAt=at(server, 60))
    assert await server.told(result) == ["post.queued", "post.rescheduled", "post.updated"]
    mine = [row for row in await server.rows(events) if row["subject_id"] == result["postId"]]
    assert [row["sequence"] for row in mine] == [1, 2, 3, 4]


async def test_files_are_taken_in_and_taken_away(server: Running, alice: Caller) -> None:
    inline = base64.b64encode(samples.image("PNG")).decode()
    result = await scheduled(server, "Picture")
    media = [{"kind": "image", "bytesBase64": inline, "altText": "Noise"}]
    assert (await patch(server, result, media=media)).status == 200
    other = await scheduled(server, "No picture", media=media)
    assert (await patch(server, other, media=[])).status == 200
    await fire_in_time(server)
    shown = {entry["text"]: len(entry["media"]) for entry in await alice.timeline()}
    assert shown == {"Picture": 1, "No picture": 0}


async def test_a_comment_is_added_and_taken_away(server: Running, alice: Caller) -> None:
    result = await scheduled(server, "With")
    assert (await patch(server, result, firstComment={"text": "Comment"})).status == 200
    other = await scheduled(server, "Without", firstComment={"text": "Gone"})
    assert (await patch(server, other, firstComment=None)).status == 200
    await fire_in_time(server)
    assert sorted(await texts(alice)) == ["Comment", "With", "Without"]


async def test_options_are_changed(server: Running, alice: Caller) -> None:
    parent = await server.post("Parent")
    result = await scheduled(server, "Child")
    options = {
        "platform": "bluesky",
        "replyToUri": parent["uri"],
        "replyToCid": parent["cid"],
    }
    assert (await patch(server, result, options=options)).status == 200
    await fire_in_time(server)
    assert (await server.read(result))["status"] == "published"
    assert sorted(await texts(alice)) == ["Child", "Parent"]


async def test_a_change_is_checked_like_a_new_post_and_leaves_the_old_one(
    server: Running, alice: Caller
) -> None:
    result = await scheduled(server, "Short")
    reply = await patch(server, result, text="x" * 301)
    assert (reply.status, reply.body["error"]["rule"]) == (400, "bluesky.text.max_graphemes")
    assert await server.told(result) == ["post.queued"]
    await fire_in_time(server)
    assert await texts(alice) == ["Short"]


@pytest.mark.parametrize("body", [{}, {"scheduledAt": None}, {"nothing": 1}])
async def test_a_change_that_changes_nothing_is_refused(
    server: Running, body: dict[str, object]
) -> None:
    result = await scheduled(server)
    assert (await patch(server, result, **body)).status == 400


async def test_a_time_in_the_past_is_refused(server: Running) -> None:
    reply = await patch(server, await scheduled(server), scheduledAt=at(server, -60))
    assert (reply.status, reply.body["error"]["rule"]) == (400, "scheduledAt.future")


async def test_a_post_that_is_due_is_not_changed_any_more(server: Running, alice: Caller) -> None:
    result = await scheduled(server)
    await pass_time(server, 3601)
    for reply in (await patch(server, result, text="Too late"), await cancel(server, result)):
        assert (reply.status, reply.body["error"]["rule"]) == (409, "post.scheduledAt.window")
    await fire(server)
    assert await texts(alice) == ["Later"]


async def test_a_post_in_a_workers_hands_is_not_changed_any_more(server: Running) -> None:
    result = await scheduled(server)
    await pass_time(server, 3601)
    assert len(await claim(server)) == 1
    for reply in (await patch(server, result, text="Too late"), await cancel(server, result)):
        assert (reply.status, reply.body["error"]["rule"]) == (409, "post.scheduledAt.window")


async def test_a_post_that_has_ended_is_not_changed_any_more(server: Running) -> None:
    result = await server.post("Out")
    reply = await patch(server, result, text="Too late")
    assert (reply.status, reply.body["error"]["rule"]) == (409, "post.status")


async def test_a_post_whose_account_is_gone_is_not_there_to_be_changed(server: Running) -> None:
    result = await scheduled(server)
    await server.call("DELETE", f"/v1/accounts/{server.account_id}")
    assert (await server.read(result))["status"] == "canceled"
    assert await server.told(result) == ["post.queued", "post.canceled"]
    assert (await patch(server, result, text="x")).body["error"]["rule"] == "post.status"


async def test_a_test_key_does_not_change_what_goes_out_for_real(server: Running) -> None:
    result = await scheduled(server)
    server.key = await key_for_tests(server)
    for reply in (await patch(server, result, text="x"), await cancel(server, result)):
        assert (reply.status, reply.body["error"]["rule"]) == (409, "post.environment")


async def test_of_two_changes_at_once_one_wins_and_the_other_is_told(
    server: Running,
) -> None:
    for number in range(ROUNDS):
        result = await scheduled(server, f"Round {number}")
        replies = await asyncio.gather(
            *(patch(server, result, text=f"Round {number} by {who}") for who in "ab")
        )
        statuses = sorted(reply.status for reply in replies)
        assert statuses in ([200, 200], [200, 409])
        for reply in replies:
            assert reply.status == 200 or reply.body["error"]["rule"] == "post.changed"
        told = await server.told(result)
        assert told == ["post.queued"] + ["post.updated"] * statuses.count(200)


async def test_a_change_and_the_worker_have_exactly_one_winner(
    server: Running, alice: Caller
) -> None:
    won = {200: 0, 409: 0}
    for number in range(ROUNDS):
        result = await scheduled(server, f"Before {number}")
        # A few milliseconds decide, and where the clock stands still, every second round.
        await make_due(server, 0.01 * (number % 2))
        changing = asyncio.create_task(patch(server, result, text=f"After {number}"))
        firing = asyncio.create_task(fire(server))
        reply = await changing
        await firing
        won[reply.status] += 1
        await pass_time(server, 5)
        await fire(server)
        shown = await server.read(result)
        assert shown["status"] in TERMINAL
        expected = f"After {number}" if reply.status == 200 else f"Before {number}"
        assert [text for text in await texts(alice) if text.endswith(f" {number}")] == [expected]
    assert sum(won.values()) == ROUNDS
