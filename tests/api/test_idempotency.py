"""Idempotency-Key: the same request twice is one request, and nothing else is."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import insert, select, update

from letmepost.api import idempotency
from letmepost.api.tables import idempotency_keys as entries
from letmepost.posts.check import Checker
from tests.api.client import Answer
from tests.api.server import Organization, Server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

BODY = {"targets": [{"platform": "bluesky"}], "text": "Once"}


def _replayed(first: Answer, second: Answer) -> None:
    assert second.headers["Idempotency-Replayed"] == "true"
    assert (second.status, second.raw) == (first.status, first.raw)
    assert second.headers["Content-Type"] == first.headers["Content-Type"]


async def _entry(server: Server, organization: Organization) -> Any:
    return await server.service.state.database.read(
        lambda connection: connection.execute(
            select(entries).where(entries.c.organization_id == organization.id)
        ).one_or_none()
    )


async def _change(server: Server, organization: Organization, **values: Any) -> None:
    await server.service.state.database.write(
        lambda connection: connection.execute(
            update(entries).where(entries.c.organization_id == organization.id).values(**values)
        )
    )


async def test_fifty_at_once_are_one(server: Server, organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    answers = await asyncio.gather(*(client.publish(BODY, key="fifty") for _ in range(50)))
    real = [each for each in answers if each.status == 200]
    first = [each for each in real if "Idempotency-Replayed" not in each.headers]
    assert len(first) == 1
    for answer in answers:
        assert answer.headers["Idempotency-Key"] == "fifty"
        if answer.status == 200:
            assert answer.raw == first[0].raw
        else:
            answer.refused(409, "idempotency_conflict", "idempotency_key.in_progress")
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.error["retryable"] is True
    assert len(await server.timeline(account["displayName"])) == 1
    _replayed(first[0], await client.publish(BODY, key="fifty"))


async def test_a_repeated_request_gets_the_first_answer(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    first = await client.publish(BODY, key="a" * 255)
    assert first.status == 200
    assert first.headers["Idempotency-Key"] == "a" * 255
    assert "Idempotency-Replayed" not in first.headers
    before = await server.traces()
    _replayed(first, await client.publish(BODY, key="a" * 255))
    alias = await client.post("/posts/", BODY, headers={"Idempotency-Key": "a" * 255})
    _replayed(first, alias)
    assert await server.traces() == before
    assert len(await server.timeline(account["displayName"])) == 1


async def test_another_key_of_the_organization_may_repeat_the_request(
    organization: Organization,
) -> None:
    client = await organization.client()
    await organization.connect(client)
    first = await client.publish(BODY, key="rotated")
    _replayed(first, await (await organization.client()).publish(BODY, key="rotated"))


async def test_the_same_key_with_another_body_is_a_conflict(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    first = await client.publish(BODY, key="k")
    before = await server.traces()
    answer = await client.publish({**BODY, "text": "Twice"}, key="k")
    answer.refused(409, "idempotency_conflict", "idempotency_key.body_mismatch")
    assert answer.error["retryable"] is False
    assert await server.traces() == before
    _replayed(first, await client.publish(BODY, key="k"))


async def test_the_key_is_of_one_path_method_and_organization(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    headers = {"Idempotency-Key": "same"}
    one = await client.post("/v1/profiles", {"name": "One"}, headers=headers)
    path = f"/v1/profiles/{one.body['id']}"
    two = await client.call("PATCH", path, json={"name": "Two"}, headers=headers)
    assert (two.status, two.body["name"]) == (200, "Two")
    three = await client.post("/v1/api-keys", {"name": "One"}, headers=headers)
    assert three.status == 201
    four = await client.delete(path, headers=headers)
    assert four.status == 200
    _replayed(four, await client.delete(path, headers=headers))
    elsewhere = await (await server.new_organization()).client()
    five = await elsewhere.post("/v1/profiles", {"name": "One"}, headers=headers)
    assert five.status == 201
    assert five.body["id"] != one.body["id"]


async def test_live_and_test_keys_do_not_answer_for_each_other(
    server: Server, organization: Organization
) -> None:
    live, test = await organization.client(), await organization.test_client()
    account = await organization.connect(live)
    rehearsed = await test.publish(BODY, key="order-7")
    assert rehearsed.body["results"][0]["sandbox"] is True
    published = await live.publish(BODY, key="order-7")
    assert published.status == 200
    assert "sandbox" not in published.body["results"][0]
    assert len(await server.timeline(account["displayName"])) == 1


async def test_a_pinned_key_is_not_told_the_answer_of_another_profile(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    body = {"targets": [{"accountId": account["id"]}], "text": "Ours"}
    await client.publish(body, key="ours")
    pinned = await organization.client(profile_id=await organization.profile("Brand"))
    answer = await pinned.publish(body, key="ours")
    answer.refused(409, "idempotency_conflict", "idempotency_key.body_mismatch")
    assert len(await server.timeline(account["displayName"])) == 1


async def test_a_key_of_the_wrong_length_is_refused(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    before = await server.traces()
    for key in ("", "k" * 256):
        answer = await client.publish(BODY, key=key)
        answer.refused(400, "validation_failed", "idempotency_key.length")
        answer = await client.upload(image(), key=key)
        answer.refused(400, "validation_failed", "idempotency_key.length")
    assert await server.traces() == before


async def test_a_refused_request_is_answered_the_same_again(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    long = {**BODY, "text": "x" * 301}
    first = await client.publish(long, key="refused")
    first.refused(400, "preflight_failed", "bluesky.text.max_graphemes")
    before = await server.traces()
    _replayed(first, await client.publish(long, key="refused"))
    assert await server.traces() == before


async def test_an_upload_is_repeated_whatever_its_boundary(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    content = image()
    first = await client.upload(content, boundary="one", key="u")
    assert first.status == 201
    before = await server.traces()
    _replayed(first, await client.upload(content, boundary="two", key="u"))
    for other in (
        {"content": image()},
        {"content": content, "filename": "other.jpg"},
        {"content": content, "content_type": "image/png"},
        {"content": content, "query": f"?profileId={await organization.profile('Brand')}"},
    ):
        answer = await client.upload(**other, key="u")
        answer.refused(409, "idempotency_conflict", "idempotency_key.body_mismatch")
    after = await server.traces()
    assert (after.objects, after.working_files) == (before.objects, before.working_files)


async def test_a_failure_that_left_nothing_is_not_kept(
    server: Server, organization: Organization, unused_tcp_port: int, listening: Any
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    url = f"http://127.0.0.1:{unused_tcp_port}/a.jpg"
    body = {**BODY, "media": [{"kind": "image", "url": url}]}
    before = await server.traces()
    for _ in range(2):
        answer = await client.publish(body, key="down")
        answer.refused(503, "platform_unavailable", "media.url.unavailable")
        assert "Idempotency-Replayed" not in answer.headers
    assert await server.traces() == before

    async def picture(_: web.Request) -> web.Response:
        return web.Response(body=image(), content_type="image/jpeg")

    files = web.Application()
    files.router.add_get("/a.jpg", picture)
    await listening(files, unused_tcp_port)
    first = await client.publish(body, key="down")
    assert first.status == 200
    _replayed(first, await client.publish(body, key="down"))
    assert len(await server.timeline(account["displayName"])) == 1


async def test_a_fault_of_our_own_is_not_kept(
    server: Server, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await organization.client()
    await organization.connect(client)

    async def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(Checker, "check", broken)
        (await client.publish(BODY, key="fault")).refused(500, "internal_error")
    assert await _entry(server, organization) is None
    assert (await client.publish(BODY, key="fault")).status == 200


async def test_a_secret_that_is_shown_once_is_sealed_in_the_table(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    headers = {"Idempotency-Key": "mint"}
    first = await client.post("/v1/api-keys", {"name": "x"}, headers=headers)
    entry = await _entry(server, organization)
    for secret in (first.body["key"], first.body["key"][9:], first.body["id"]):
        assert secret not in str(entry)
    _replayed(first, await client.post("/v1/api-keys", {"name": "x"}, headers=headers))


async def test_an_entry_that_has_expired_is_replaced(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    headers = {"Idempotency-Key": "old"}
    first = await client.post("/v1/profiles", {"name": "One"}, headers=headers)
    entry = await _entry(server, organization)
    assert entry.expires_at - entry.created_at == timedelta(hours=24)
    await _change(server, organization, expires_at=entry.created_at)
    second = await client.post("/v1/profiles", {"name": "Two"}, headers=headers)
    assert second.status == 201
    assert second.body["id"] != first.body["id"]
    entry = await _entry(server, organization)
    assert entry.expires_at - entry.created_at == timedelta(hours=24)
    _replayed(second, await client.post("/v1/profiles", {"name": "Two"}, headers=headers))


async def test_expired_entries_are_deleted(server: Server, organization: Organization) -> None:
    client = await organization.client()
    await client.post("/v1/profiles", {"name": "One"}, headers={"Idempotency-Key": "old"})
    entry = await _entry(server, organization)
    await server.service.state.idempotency.delete_expired()
    assert await _entry(server, organization) is not None
    await _change(server, organization, expires_at=entry.created_at)
    await server.service.state.idempotency.delete_expired()
    assert await _entry(server, organization) is None


async def test_after_a_crash_the_same_key_answers_from_the_post_that_was_made(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    for body in (BODY, {"account": {"platform": "bluesky", "id": account["id"]}, "text": "Old"}):
        first = await client.publish(body, key="crash")
        past = server.service.state.clock.now() - timedelta(seconds=1)
        unanswered = {"status": None, "headers": None, "body": None, "owner": "dead:1"}
        await _change(server, organization, lease_until=past, **unanswered)
        before = await server.traces()
        _replayed(first, await client.publish(body, key="crash"))
        assert await server.traces() == before
        await _change(server, organization, expires_at=past)
    assert len(await server.timeline(account["displayName"])) == 2


async def test_after_a_crash_that_made_nothing_the_same_key_works_anew(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    now = server.service.state.clock.now()
    row = {
        "organization_id": organization.id,
        "method": "POST",
        "path": "/v1/profiles",
        "key": "dead",
        "fingerprint": idempotency.fingerprint(b'{"name": "One"}'),
        "owner": "dead:1",
        "lease_until": now + timedelta(seconds=30),
        "created_at": now,
        "expires_at": now + timedelta(hours=24),
    }
    await server.service.state.database.write(
        lambda connection: connection.execute(insert(entries).values(row))
    )

    async def again() -> Answer:
        return await client.call(
            "POST",
            "/v1/profiles",
            data=b'{"name": "One"}',
            headers={"Idempotency-Key": "dead"},
        )

    (await again()).refused(409, "idempotency_conflict", "idempotency_key.in_progress")
    await _change(server, organization, lease_until=now)
    first = await again()
    assert first.status == 201
    _replayed(first, await again())


async def test_a_request_that_outlives_its_lease_keeps_it(
    server: Server, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LEASE", timedelta(seconds=0.3))
    monkeypatch.setattr(idempotency, "RENEW_EVERY_SECONDS", 0.05)
    client = await organization.client()
    account = await organization.connect(client)
    await server.fault("slow", seconds=1.2, route="createRecord")
    first = asyncio.create_task(client.publish(BODY, key="slow"))
    await asyncio.sleep(0.6)
    for _ in range(3):
        answer = await client.publish(BODY, key="slow")
        answer.refused(409, "idempotency_conflict", "idempotency_key.in_progress")
        await asyncio.sleep(0.1)
    answer = await first
    assert answer.status == 200
    _replayed(answer, await client.publish(BODY, key="slow"))
    assert len(await server.timeline(account["displayName"])) == 1


async def test_a_request_that_ended_in_an_upstream_failure_is_not_sent_again(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    await server.fault("status", status=500, route="createRecord")
    first = await client.publish(BODY, key="upstream")
    assert first.status == 202
    assert first.body["results"][0]["status"] in ("queued", "publishing")
    _replayed(first, await client.publish(BODY, key="upstream"))
