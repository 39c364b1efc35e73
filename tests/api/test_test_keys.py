"""Test keys rehearse everything, end as the text asks, and reach no platform."""

import pytest

from letmepost.posts import sandbox
from tests.api.client import Client
from tests.api.server import Organization, Server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

TARGET = [{"platform": "bluesky"}]


async def _ready(organization: Organization) -> Client:
    client = await organization.test_client()
    await organization.connect(client, {"identifier": "me.example", "appPassword": "x"})
    return client


async def test_nothing_reaches_a_platform(server: Server, organization: Organization) -> None:
    client = await _ready(organization)
    before = await server.upstream()
    media = [{"kind": "image", "mediaId": (await client.upload(image())).body["id"]}]
    answer = await client.publish(
        {
            "targets": TARGET,
            "text": "Hello https://example.com @me.example #tag",
            "media": media,
            "firstComment": {"text": "Hi"},
        }
    )
    assert (answer.status, answer.body["status"]) == (200, "published")
    (result,) = answer.body["results"]
    assert result["sandbox"] is True
    assert result["cid"].startswith("sandbox_")
    assert result["uri"].startswith("https://sandbox.letmepost.dev/bluesky/")
    assert "sandbox.no_platform_write" in [each["code"] for each in result["warnings"]]
    shown = (await client.get(f"/v1/posts/{result['postId']}")).body
    assert shown["sandbox"] is True
    assert shown["attempts"][0]["succeeded"] is True
    assert await server.upstream() == before


async def test_the_older_shape_says_sandbox_too(organization: Organization) -> None:
    client = await _ready(organization)
    account = (await client.get("/v1/accounts")).body["data"][0]
    body = {"account": {"platform": "bluesky", "id": account["id"]}, "text": "Old"}
    answer = await client.publish(body)
    assert (answer.status, answer.body["sandbox"]) == (201, True)


async def test_a_test_key_may_rehearse_on_real_accounts(
    server: Server, organization: Organization
) -> None:
    live = await organization.client()
    account = await organization.connect(live)
    test = await organization.test_client()
    before = await server.upstream()
    answer = await test.publish({"targets": [{"accountId": account["id"]}], "text": "Rehearsal"})
    assert answer.body["results"][0]["sandbox"] is True
    assert await server.upstream() == before
    assert await server.timeline(account["displayName"]) == []


async def test_the_text_chooses_the_ending(
    server: Server, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "SLOW_SECONDS", 0.05)
    client = await _ready(organization)
    before = await server.upstream()
    for text, http, status, code in (
        ("[lmp:rejected]", 200, "rejected", "platform_rejected"),
        ("[lmp:auth_failed]", 200, "rejected", "platform_auth_failed"),
        ("[lmp:unavailable]", 202, "queued", "platform_unavailable"),
        ("[lmp:slow]", 200, "published", None),
    ):
        answer = await client.publish({"targets": TARGET, "text": f"A rehearsal {text}"})
        (result,) = answer.body["results"]
        assert (answer.status, result["status"]) == (http, status), answer.body
        assert result.get("error", {}).get("code") == code
        assert result["sandbox"] is True
    assert await server.upstream() == before


async def test_an_unknown_outcome_is_said_to_be_unknown(organization: Organization) -> None:
    client = await _ready(organization)
    answer = await client.publish(
        {"targets": TARGET, "text": "A rehearsal [lmp:unknown]"}, headers={"Prefer": "wait=0"}
    )
    (result,) = answer.body["results"]
    assert (answer.status, result["status"]) == (202, "publishing")


async def test_a_slow_one_is_reported_as_it_stands(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "SLOW_SECONDS", 0.3)
    client = await _ready(organization)
    answer = await client.publish(
        {"targets": TARGET, "text": "A rehearsal [lmp:slow]"}, headers={"Prefer": "wait=0"}
    )
    (result,) = answer.body["results"]
    assert (answer.status, result["status"]) == (202, "publishing")


async def test_preflight_is_the_real_one(organization: Organization) -> None:
    client = await _ready(organization)
    answer = await client.publish({"targets": TARGET, "text": "x" * 301})
    answer.refused(400, "preflight_failed", "bluesky.text.max_graphemes")


async def test_a_live_key_does_not_know_test_accounts(organization: Organization) -> None:
    await _ready(organization)
    live = await organization.client()
    answer = await live.publish({"targets": TARGET, "text": "x"})
    answer.refused(400, "validation_failed", "target.account.not_connected")
