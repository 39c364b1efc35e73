"""Every method of either client works on a real server."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from letmepost.platform_kit.simulator_visit import visit
from letmepost_sdk import (
    Letmepost,
    PreflightFailedError,
    UnauthenticatedError,
    ValidationError,
    is_webhook_signed,
    verify_webhook,
)
from sdk.python.tests.run_scenarios import settled
from sdk.python.tests.scripted_server import Scripted, ScriptedServer
from sdk.python.tests.test_every_operation import operations
from tests.sdk.live_server import OTHER_SECRET, LiveServer, png


async def _entries(several: Any) -> list[Any]:
    if hasattr(several, "__aiter__"):
        return [each async for each in several]
    return list(several)


async def _until(ask: Any) -> Any:
    for _ in range(400):
        if found := await ask():
            return found
    raise AssertionError("waited in vain")


async def _publish(client: Any, live: LiveServer) -> None:
    target = {"accountId": live.account_id}
    batch = await settled(client.posts.create({"targets": [target], "text": "Every method"}))
    post_id = batch["results"][0]["postId"]
    assert (await settled(client.batches.get(batch["id"])))["status"] == "published"
    assert (await settled(client.posts.wait(post_id)))["attempts"]
    assert [each["id"] for each in await _entries(client.posts.iterate(q="Every method", limit=1))]
    assert (await settled(client.posts.validate({"targets": [target], "text": "x"})))["valid"]
    with pytest.raises(ValidationError) as caught:
        await settled(client.posts.retry(post_id))
    assert caught.value.rule == "post.retry.status"
    assert (await settled(client.posts.delete(post_id, wait_seconds=5)))["status"] == "deleted"

    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    later = {"targets": [target], "text": "Every method, later", "scheduledAt": at}
    queued = (await settled(client.posts.create(later)))["results"][0]["postId"]
    changed = await settled(client.posts.update(queued, {"text": "Changed"}))
    assert changed["text"] == "Changed"
    moved = await settled(client.posts.reschedule(queued, datetime(2030, 1, 1, tzinfo=UTC)))
    assert moved["scheduledAt"] == "2030-01-01T00:00:00.000Z"
    assert (await settled(client.posts.cancel(queued)))["status"] == "canceled"
    retried = await settled(client.posts.retry(queued, {"scheduledAt": at}))
    assert retried["status"] == "queued"
    assert (await settled(client.posts.get(queued)))["status"] == "queued"
    found = await settled(
        client.posts.list(status="queued", q="Changed", after=datetime(2026, 1, 1, tzinfo=UTC))
    )
    assert queued in [each["id"] for each in found["data"]]
    days = (await settled(client.posts.calendar(first=at[:10], days=1, per_day=50)))["days"]
    assert queued in [each["id"] for each in days[0]["posts"]]
    await settled(client.posts.cancel(queued))


async def _keep(client: Any, live: LiveServer) -> None:
    """Drafts, which go out when they are asked to."""
    draft = {"status": "draft", "targets": [{"accountId": live.account_id}], "text": "Kept"}
    kept = await settled(client.posts.create(draft))
    assert kept["status"] == "draft"
    changed = await settled(client.batches.replace(kept["id"], {**draft, "text": "Kept again"}))
    post_id = changed["results"][0]["postId"]
    assert (await settled(client.posts.get(post_id)))["text"] == "Kept again"
    assert (await settled(client.batches.publish(kept["id"])))["status"] == "published"
    alone = (await settled(client.posts.create({**draft, "text": "Alone"})))["results"][0]["postId"]
    assert (await settled(client.posts.publish(alone)))["status"] == "published"


async def _store(client: Any) -> None:
    # Three sizes: the same file a second time would be the same file.
    stored = await settled(client.media.upload(png(1)))
    direct = await settled(client.media.upload_direct(io.BytesIO(png(2))))
    assert (stored["width"], direct["width"]) == (1, 2)
    assert (await settled(client.media.fetch({"url": stored["url"]})))["id"] == stored["id"]
    begun = await settled(client.media.begin_upload({"sizeBytes": len(png(3))}))
    async with (
        aiohttp.ClientSession() as browser,
        browser.put(begun["url"], data=png(3), headers=begun["headers"]) as put,
    ):
        assert put.status == 200
    completed = await settled(client.media.complete_upload(begun["id"]))
    assert completed["contentType"] == "image/png"
    listed = await settled(client.media.list(limit=1))
    assert listed["data"][0]["id"] == completed["id"]
    ours = [each["id"] for each in (completed, direct, stored)]
    assert [each["id"] for each in await _entries(client.media.iterate(limit=2))] == ours
    for each in ours:
        assert (await settled(client.media.delete(each)))["deleted"]


async def _look_after_accounts(client: Any, live: LiveServer) -> None:
    ours = live.account_id
    listed = await settled(client.accounts.list())
    assert ours in [each["id"] for each in listed["data"]]
    assert (await settled(client.accounts.get(ours)))["platform"] == "bluesky"
    assert (await settled(client.accounts.check(ours)))["ok"]
    assert (await settled(client.accounts.health(ours)))["accountId"] == ours
    assert (await settled(client.accounts.refresh(ours)))["accountId"] == ours
    assert (await settled(client.accounts.pause(ours)))["pausedAt"] is not None
    assert (await settled(client.accounts.resume(ours)))["pausedAt"] is None
    assert (await settled(client.accounts.connect_link()))["url"]
    started = await settled(client.accounts.connect("bluesky"))
    assert started["descriptor"]["kind"] == "credentials"


async def _pin(client: Any, live: LiveServer) -> None:
    started = await settled(client.accounts.connect("pinterest", {}))
    async with aiohttp.ClientSession() as browser:
        given = live.simulation["accounts"]["pinterest"]
        back = await visit(browser, started["descriptor"]["authorizationUrl"], given)
    fields = {name: back[name] for name in ("code", "state")}
    pins = (await settled(client.accounts.complete_connect("pinterest", fields)))["id"]
    made = await settled(
        client.accounts.add_pinterest_board(pins, {"name": "Ferries", "upsert": True})
    )
    boards = await settled(client.accounts.list_pinterest_boards(pins))
    assert made["id"] in [each["id"] for each in boards["data"]]
    chosen = await settled(client.accounts.set_pinterest_default_board(pins, made["id"]))
    assert chosen["defaultBoardId"] == made["id"]
    assert (await settled(client.accounts.delete(pins)))["deleted"]


async def _own(client: Any) -> None:
    profile = await settled(client.profiles.create({"name": "For a moment"}))
    assert (await settled(client.profiles.get(profile["id"])))["name"] == "For a moment"
    renamed = await settled(client.profiles.update(profile["id"], {"name": "Another"}))
    assert renamed["name"] == "Another"
    assert len((await settled(client.profiles.list()))["data"]) == 2
    times = [{"weekday": "monday", "time": "09:00"}]
    plan = {"timeZone": "Europe/Vienna", "times": times}
    planned = await settled(client.profiles.set_slots(profile["id"], plan))
    assert planned == await settled(client.profiles.slots(profile["id"]))
    assert (planned["times"], len(planned["nextFree"])) == (times, 10)
    key = await settled(client.api_keys.create({"name": "k", "prefix": "lmp_test_"}))
    assert key["key"].startswith("lmp_test_")
    assert (await settled(client.api_keys.list(limit=1)))["data"][0]["id"] == key["id"]
    assert key["id"] in [each["id"] for each in await _entries(client.api_keys.iterate(limit=1))]
    assert (await settled(client.api_keys.delete(key["id"])))["revokedAt"]
    assert (await settled(client.profiles.delete(profile["id"])))["deleted"]
    [ended] = (await settled(client.audit_log.list(target_id=key["id"], limit=1)))["data"]
    assert ended["action"] == "key.revoked"
    told = await _entries(client.audit_log.iterate(target_id=key["id"], limit=1))
    assert [each["action"] for each in told] == ["key.revoked", "key.created"]


async def _be_told(client: Any, live: LiveServer) -> None:
    hooks = client.webhooks
    endpoint = (await settled(hooks.create({"url": "http://127.0.0.1:1/hooks"})))["id"]
    body = {"targets": [{"accountId": live.account_id}], "text": "To be told of"}
    post_id = (await settled(client.posts.create(body)))["results"][0]["postId"]

    async def delivered() -> Any:
        return (await settled(hooks.list_deliveries(endpoint, limit=1)))["data"]

    (delivery,) = await _until(delivered)
    assert await _entries(hooks.iterate_deliveries(endpoint, limit=1))
    again = await settled(hooks.redeliver(endpoint, delivery["id"]))
    assert again["eventId"] == delivery["eventId"]
    assert (await settled(hooks.get(endpoint)))["active"]
    assert (await settled(hooks.rotate_secret(endpoint)))["signingSecret"].startswith("whsec_")
    assert not (await settled(hooks.test(endpoint)))["delivered"]
    after = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert await settled(hooks.replay(endpoint, {"after": after}))
    assert not (await settled(hooks.update(endpoint, {"active": False})))["active"]
    assert (await settled(hooks.list()))["data"]
    assert endpoint in [each["id"] for each in await _entries(hooks.iterate(limit=1))]
    assert (await settled(hooks.delete(endpoint)))["deleted"]

    events = await _entries(client.events.iterate(post_id=post_id, order="asc", limit=1))
    assert [each["type"] for each in events] == ["post.validated", "post.published"]
    assert (await settled(client.events.get(events[0]["id"])))["sequence"] == 1
    page = await settled(client.events.list(type=["post.published"], limit=1, order="asc"))
    assert page["resumeCursor"]
    assert (await settled(client.events.types()))["data"]


async def _read_the_catalogue(client: Any) -> None:
    rules = await settled(client.rules.list(platform="bluesky"))
    rule = await settled(client.rules.get(rules["data"][0]["id"]))
    assert rule["platform"] == "bluesky"
    versions = await settled(client.platform_versions.list())
    assert "bluesky" in [each["platform"] for each in versions["data"]]
    assert (await settled(client.server.health()))["status"] == "ok"
    assert (await settled(client.server.ready()))["checks"]["database"] == "ok"


async def test_every_method_works_on_a_real_server(client: Any, live: LiveServer) -> None:
    before = len(live.proxy.passed)
    await _publish(client, live)
    await _keep(client, live)
    await _store(client)
    await _look_after_accounts(client, live)
    await _pin(client, live)
    await _own(client)
    await _be_told(client, live)
    await _read_the_catalogue(client)
    passed = {(each.method, each.path) for each in live.proxy.passed[before:]}
    missed = [
        (method, path)
        for method, path in operations()
        if not any(
            each == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), address)
            for each, address in passed
        )
    ]
    assert missed == []


async def test_errors_have_the_class_of_their_code(client: Any, live: LiveServer) -> None:
    too_long = {"targets": [{"accountId": live.account_id}], "text": "x" * 301}
    with pytest.raises(PreflightFailedError) as caught:
        await settled(client.posts.create(too_long))
    error = caught.value
    assert (error.status, error.rule) == (400, "bluesky.text.max_graphemes")
    assert error.platform == "bluesky"
    assert error.violations[0]["limit"] == 300
    assert error.rule_url is not None
    assert error.request_id is not None
    assert error.retryable is False
    with pytest.raises(UnauthenticatedError):
        await settled(client.posts.list(headers={"Authorization": "Bearer lmp_live_wrong"}))


async def test_what_the_server_delivers_is_verified(
    client: Any, live: LiveServer, scripted: ScriptedServer
) -> None:
    scripted.answer(*[Scripted(204, text="")] * 20)
    hooks = client.webhooks
    given = {"url": f"{scripted.url}/hooks", "events": ["post.published"]}
    endpoint = await settled(hooks.create(given))
    changed = await settled(hooks.rotate_secret(endpoint["id"]))
    body = {"targets": [{"accountId": live.account_id}], "text": "Delivered"}
    post_id = (await settled(client.posts.create(body)))["results"][0]["postId"]

    async def delivered() -> Any:
        return scripted.asked

    first, *_ = await _until(delivered)
    await settled(hooks.delete(endpoint["id"]))
    # Until a day after the change, either secret is good.
    for secret in (endpoint["signingSecret"], changed["signingSecret"]):
        event = verify_webhook(first.body, first.headers, secret)
        assert event["type"] == "post.published"
        assert event["data"]["id"] == post_id
    assert not is_webhook_signed(first.body, first.headers, OTHER_SECRET)


def test_threads_may_share_a_client(live: LiveServer) -> None:
    at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    target = {"accountId": live.account_id}

    def schedule(number: int) -> str:
        body: Any = {"targets": [target], "text": f"Of thread {number}", "scheduledAt": at}
        return client.posts.create(body)["results"][0]["postId"]

    with Letmepost(base_url=live.url, api_key=live.key) as client, ThreadPoolExecutor(8) as pool:
        ours = list(pool.map(schedule, range(24)))
        found = [post["id"] for post in client.posts.iterate(q="Of thread", limit=5)]
    assert sorted(found) == sorted(ours)
