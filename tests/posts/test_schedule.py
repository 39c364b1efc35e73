"""Posts for later: what is accepted, what is kept, and what happens when their time has come."""

import asyncio
import base64
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from letmepost.jobs.tables import jobs
from letmepost.kit.clock import wire_time
from letmepost.posts.tables import attempts, publications
from letmepost.webhooks.tables import events
from tests.media import samples
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running
from tests.posts.scheduling import (
    at,
    creates,
    fire,
    fire_in_time,
    key_for_tests,
    pass_time,
    scheduled,
    texts,
)

TARGETS = [{"platform": "bluesky"}]


async def test_a_post_for_later_is_kept_queued_and_goes_out_at_its_time(
    server: Running, alice: Caller
) -> None:
    result = await scheduled(server, "Later")
    assert await fire(server) == 0
    assert await texts(alice) == []
    assert await server.told(result) == ["post.queued"]
    assert await fire_in_time(server) == 1
    shown = await server.read(result)
    assert (shown["status"], await texts(alice)) == ("published", ["Later"])
    assert shown.get("warnings", []) == []
    assert await server.told(result) == ["post.queued", "post.published"]
    assert [row["sequence"] for row in await server.rows(events) if row["subject_id"]] == [
        0,
        1,
        2,
        3,
    ]


@pytest.mark.parametrize("shape", ["targets", "account"])
async def test_both_shapes_answer_202_with_the_time(server: Running, shape: str) -> None:
    when = at(server)
    body: dict[str, Any] = {"text": "Later", "scheduledAt": when}
    if shape == "targets":
        body["targets"] = TARGETS
    else:
        body["account"] = {"platform": "bluesky", "id": server.account_id}
    reply = await server.call("POST", "/v1/posts", body)
    assert (reply.status, reply.body["status"]) == (202, "queued")
    assert reply.body["scheduledAt"] == when


@pytest.mark.parametrize("offset", ["Z", "+00:00", "+05:30", "-08:00"])
async def test_a_time_may_carry_any_offset(server: Running, offset: str) -> None:
    moment = (server.clock.now() + timedelta(hours=20)).replace(microsecond=0)
    sign = -1 if offset.startswith("-") else 1
    hours, minutes = (int(offset[1:3]), int(offset[4:6])) if offset != "Z" else (0, 0)
    local = moment + sign * timedelta(hours=hours, minutes=minutes)
    await scheduled(server, scheduledAt=f"{local:%Y-%m-%dT%H:%M:%S}{offset}")
    [row] = await server.rows(publications)
    assert row["scheduled_at"] == moment


@pytest.mark.parametrize(
    ("seconds", "rule"),
    [
        (-60, "scheduledAt.future"),
        (0.5, "scheduledAt.future"),
        (6 * 366 * 86400, "scheduledAt.horizon"),
    ],
)
async def test_a_time_that_cannot_be_meant_is_refused_and_nothing_is_kept(
    server: Running, seconds: float, rule: str
) -> None:
    body = {"targets": TARGETS, "text": "x", "scheduledAt": at(server, seconds)}
    reply = await server.call("POST", "/v1/posts", body)
    assert (reply.status, reply.body["error"]["rule"]) == (400, rule)
    assert await server.rows(publications) == await server.rows(jobs) == []


@pytest.mark.parametrize("written", ["2030-01-01T10:00:00", "tomorrow", 1893456000])
async def test_a_time_without_an_offset_or_sense_is_refused(server: Running, written: Any) -> None:
    body = {"targets": TARGETS, "text": "x", "scheduledAt": written}
    reply = await server.call("POST", "/v1/posts", body)
    assert reply.status == 400
    assert "scheduledAt" in reply.text


async def test_now_and_later_exclude_each_other(server: Running) -> None:
    body = {"targets": TARGETS, "text": "x", "scheduledAt": at(server), "publishNow": True}
    reply = await server.call("POST", "/v1/posts", body)
    assert reply.body["error"]["rule"] == "mode_conflict"


async def test_each_target_may_have_a_time_of_its_own(server: Running, alice: Caller) -> None:
    targets = [
        {"platform": "bluesky", "text": "Second", "scheduledAt": at(server, 7200)},
        {"platform": "bluesky", "text": "First"},
    ]
    body = {"targets": targets, "scheduledAt": at(server)}
    reply = await server.call("POST", "/v1/posts", body)
    assert reply.status == 202
    await fire_in_time(server)
    assert await texts(alice) == ["First"]
    await fire_in_time(server)
    assert sorted(await texts(alice)) == ["First", "Second"]


async def test_one_target_now_and_one_later(server: Running, alice: Caller) -> None:
    targets = [
        {"platform": "bluesky", "text": "Now"},
        {"platform": "bluesky", "text": "Later", "scheduledAt": at(server)},
    ]
    reply = await server.call("POST", "/v1/posts", {"targets": targets})
    assert reply.status == 202
    assert [each["status"] for each in reply.body["results"]] == ["published", "queued"]
    await fire_in_time(server)
    assert sorted(await texts(alice)) == ["Later", "Now"]


async def test_the_first_comment_and_the_reply_are_used_at_its_time(
    server: Running, alice: Caller
) -> None:
    parent = await server.post("Parent")
    reply_to = {"replyToUri": parent["uri"], "replyToCid": parent["cid"]}
    result = await scheduled(
        server, "Child", options=reply_to, firstComment={"text": "And a comment"}
    )
    await fire_in_time(server)
    shown = await server.read(result)
    assert shown["status"] == "published"
    assert sorted(await texts(alice)) == ["And a comment", "Child", "Parent"]
    parameters = {"repo": parent["uri"].split("/")[2], "collection": "app.bsky.feed.post"}
    rkey = shown["platformUri"].rsplit("/", 1)[-1]
    record = (await alice.query("com.atproto.repo.getRecord", **parameters, rkey=rkey)).body
    assert record["value"]["reply"]["parent"]["uri"] == parent["uri"]


async def test_a_file_whose_address_is_gone_by_then_is_published_all_the_same(
    server: Running, alice: Caller
) -> None:
    picture = samples.image("JPEG")

    async def show(_request: web.Request) -> web.Response:
        return web.Response(body=picture, content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/picture.jpg", show)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    media = [{"kind": "image", "url": f"http://127.0.0.1:{port}/picture.jpg", "altText": "Noise"}]
    result = await scheduled(server, "With a picture", media=media)
    await runner.cleanup()
    await fire_in_time(server)
    assert (await server.read(result))["status"] == "published"
    [entry] = await alice.timeline()
    assert [each["alt"] for each in entry["media"]] == ["Noise"]


async def test_an_inline_file_is_kept_and_used(server: Running, alice: Caller) -> None:
    inline = base64.b64encode(samples.image("PNG")).decode()
    result = await scheduled(server, "Inline", media=[{"kind": "image", "bytesBase64": inline}])
    await fire_in_time(server)
    assert (await server.read(result))["status"] == "published"
    [entry] = await alice.timeline()
    assert [each["mimeType"] for each in entry["media"]] == ["image/png"]


async def test_what_has_become_wrong_by_its_time_is_refused_before_anything_is_sent(
    server: Running, alice: Caller
) -> None:
    result = await scheduled(server, "Right")

    def spoil(connection: Any) -> None:
        connection.execute(publications.update().values(text="x" * 301))

    await server.service.state.database.write(spoil)
    await fire_in_time(server)
    shown = await server.read(result)
    assert (shown["status"], shown["error"]["code"]) == ("rejected", "preflight_failed")
    assert shown["error"]["rule"] == "bluesky.text.max_graphemes"
    assert (await texts(alice), await creates(alice)) == ([], 0)


async def test_more_than_five_minutes_late_is_said(server: Running, alice: Caller) -> None:
    result = await scheduled(server)
    await pass_time(server, 3600 + 6 * 60)
    await fire(server)
    shown = await server.read(result)
    assert (shown["status"], await texts(alice)) == ("published", ["Later"])
    assert [each["code"] for each in shown["warnings"]] == ["schedule.late"]


async def test_four_minutes_late_is_on_time(server: Running) -> None:
    result = await scheduled(server)
    await pass_time(server, 3600 + 4 * 60)
    await fire(server)
    assert (await server.read(result)).get("warnings", []) == []


async def test_more_than_a_day_late_is_not_published(server: Running, alice: Caller) -> None:
    result = await scheduled(server)
    await pass_time(server, 3600 + 25 * 3600)
    await fire(server)
    shown = await server.read(result)
    assert (shown["status"], shown["error"]["rule"]) == ("failed", "schedule.missed")
    assert (await texts(alice), await creates(alice)) == ([], 0)
    assert await server.told(result) == ["post.queued", "post.failed"]
    assert await server.rows(jobs) == []


async def test_a_test_post_fires_on_time_and_no_platform_is_called(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.key = await key_for_tests(server)
    result = await scheduled(server, "Rehearsal")

    async def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a test key calls nobody")

    monkeypatch.setattr(aiohttp.ClientSession, "_request", refuse)
    assert await fire(server) == 0
    assert await fire_in_time(server) == 1
    shown = await server.read(result)
    assert (shown["status"], shown["sandbox"]) == ("published", True)
    assert await server.told(result) == ["post.queued", "post.published"]
    # A post that is nowhere is not looked for either.
    assert await server.rows(jobs) == []
    [attempt] = await server.rows(attempts)
    assert attempt["transcript"] == []


async def test_the_same_post_again_within_ten_minutes_is_warned_of(server: Running) -> None:
    first = await scheduled(server, "Twice")
    second = await scheduled(server, "Twice")
    [warning] = second["warnings"]
    assert warning["code"] == "post.recent_duplicate"
    assert first["postId"] in warning["message"]
    assert "warnings" not in await scheduled(server, "Once")


async def test_the_same_post_again_is_refused_where_the_caller_says_so(server: Running) -> None:
    await scheduled(server, "Twice")
    body = {"targets": TARGETS, "text": "Twice", "onDuplicate": "refuse"}
    reply = await server.call("POST", "/v1/posts", body)
    assert (reply.status, reply.body["error"]["rule"]) == (409, "post.recent_duplicate")
    assert len(await server.rows(publications)) == 1


async def test_of_the_same_post_twice_at_one_moment_one_is_refused(server: Running) -> None:
    body = {"targets": TARGETS, "text": "Twice", "onDuplicate": "refuse"}
    replies = await asyncio.gather(
        *(server.call("POST", "/v1/posts", {**body, "scheduledAt": at(server)}) for _ in range(4))
    )
    assert sorted(reply.status for reply in replies) == [202, 409, 409, 409]
    assert len(await server.rows(publications)) == 1


async def test_an_idempotency_key_says_that_a_second_post_is_meant(server: Running) -> None:
    await scheduled(server, "Twice")
    body = {"targets": TARGETS, "text": "Twice", "scheduledAt": at(server)}
    reply = await server.call("POST", "/v1/posts", body, headers={"Idempotency-Key": "second"})
    [result] = reply.body["results"]
    assert "warnings" not in result


async def test_more_posts_than_the_platform_takes_in_an_hour_are_foreseen(server: Running) -> None:
    await scheduled(server, "One")

    def crowd(connection: Any) -> None:
        [row] = connection.execute(publications.select()).all()
        copies = [
            {**row._mapping, "id": f"post_{number}", "position": number}
            for number in range(1, 1700)
        ]
        connection.execute(publications.insert(), copies)

    await server.service.state.database.write(crowd)
    server.clock.advance(11)
    again = await server.post(
        "One more", scheduledAt=wire_time(server.clock.now() + timedelta(seconds=3589))
    )
    assert "quota.forecast" in [each["code"] for each in again["warnings"]]
