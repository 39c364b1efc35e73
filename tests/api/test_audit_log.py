"""The audit log: every change leaves an entry in its own transaction, and no entry a secret."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from letmepost.api.app import OPERATIONS
from letmepost.kit.clock import wire_time
from letmepost.tenancy import audit
from letmepost.tenancy.audit import COMMAND, AuditAction, forget_entries
from letmepost.tenancy.keys import TEST, Scope
from letmepost.tenancy.tables import audit_log
from tests.api.client import Client
from tests.api.server import Organization, Server, running_server
from tests.isolation.victim import contents

pytestmark = pytest.mark.asyncio(loop_scope="session")

_POSTS = "a post has its own record: attempts with their transcripts, and events"
_FILES = "a file has its own record: it is listed, and its end is an event"
_DELIVERIES = "sends what has happened once more; the log of deliveries has it"
# Operations that change something and leave no entry, and why.
NOT_RECORDED: Mapping[str, str] = {
    "createPost": _POSTS,
    "publishPost": _POSTS,
    "publishBatch": _POSTS,
    "replaceDraft": _POSTS,
    "editPost": _POSTS,
    "cancelPost": _POSTS,
    "retryPost": _POSTS,
    "validatePost": "changes nothing",
    "uploadMedia": _FILES,
    "fetchMedia": _FILES,
    "deleteMedia": _FILES,
    "beginUpload": _FILES,
    "completeUpload": _FILES,
    "putUploadContent": _FILES,
    "createPinterestBoard": "a board is the platform's; nothing of it is kept here",
    "startConnect": "nothing is connected yet",
    "redeliverWebhook": _DELIVERIES,
    "replayWebhooks": _DELIVERIES,
    "testWebhookEndpoint": _DELIVERIES,
}
SECRET = "s3cret-in-an-address"
_ENDPOINT = {"url": f"https://hooks.example/{SECRET}?token={SECRET}", "description": "For tests"}
# By operation: the address, its body, and the action that the log names. What stands in braces is
# made before.
DEEDS: Mapping[str, tuple[str, Any, AuditAction]] = {
    "mintKey": ("/v1/api-keys", {"name": "Made"}, AuditAction.KEY_CREATED),
    "revokeKey": ("/v1/api-keys/{key}", None, AuditAction.KEY_REVOKED),
    "createProfile": ("/v1/profiles", {"name": "Made"}, AuditAction.PROFILE_CREATED),
    "changeProfile": ("/v1/profiles/{profile}", {"name": "New"}, AuditAction.PROFILE_CHANGED),
    "setSlots": (
        "/v1/profiles/{profile}/slots",
        {"timeZone": "UTC", "times": [{"weekday": "monday", "time": "09:00"}]},
        AuditAction.PROFILE_CHANGED,
    ),
    "deleteProfile": ("/v1/profiles/{profile}", None, AuditAction.PROFILE_DELETED),
    "completeConnect": (
        "/v1/accounts/connect/bluesky/complete",
        {"identifier": "made.test", "appPassword": "abcd-efgh-ijkl-mnop"},
        AuditAction.ACCOUNT_CONNECTED,
    ),
    "pauseAccount": ("/v1/accounts/{account}/pause", None, AuditAction.ACCOUNT_PAUSED),
    "resumeAccount": ("/v1/accounts/{account}/resume", None, AuditAction.ACCOUNT_RESUMED),
    "choosePinterestDefaultBoard": (
        "/v1/accounts/{pinterest}/pinterest/default-board",
        {"boardId": "{board}"},
        AuditAction.ACCOUNT_CHANGED,
    ),
    "disconnectAccount": ("/v1/accounts/{account}", None, AuditAction.ACCOUNT_DISCONNECTED),
    "makeConnectLink": (
        "/v1/connect-links",
        {"platforms": ["bluesky"]},
        AuditAction.CONNECT_LINK_CREATED,
    ),
    "createWebhookEndpoint": ("/v1/webhook-endpoints", _ENDPOINT, AuditAction.WEBHOOK_CREATED),
    "changeWebhookEndpoint": (
        "/v1/webhook-endpoints/{endpoint}",
        {"active": False, "url": _ENDPOINT["url"]},
        AuditAction.WEBHOOK_CHANGED,
    ),
    "rotateWebhookSecret": (
        "/v1/webhook-endpoints/{endpoint}/rotate-secret",
        None,
        AuditAction.WEBHOOK_SECRET_ROTATED,
    ),
    "deleteWebhookEndpoint": (
        "/v1/webhook-endpoints/{endpoint}",
        None,
        AuditAction.WEBHOOK_DELETED,
    ),
}
# Changes only what is live, so it has a test of its own.
LIVE_ONLY = {"refreshAccount"}
_METHODS = {each.name: each.method for each in OPERATIONS}


async def _scene(organization: Organization) -> tuple[Client, dict[str, str]]:
    """A client with a test key, and what deeds are done to."""
    client = await organization.client(prefix=TEST)
    pinterest = await client.post("/v1/accounts/connect/pinterest")
    address = pinterest.body["descriptor"]["authorizationUrl"]
    state = address.partition("state=")[2].partition("&")[0]
    connected = await client.post(
        "/v1/accounts/connect/pinterest/complete", {"code": "x", "state": state}
    )
    assert connected.status == 201, connected.body
    made = {
        "account": (await organization.connect(client))["id"],
        "pinterest": connected.body["id"],
        "profile": await organization.profile("Deeds"),
    }
    boards = await client.get(f"/v1/accounts/{made['pinterest']}/pinterest/boards")
    made["board"] = boards.body["data"][0]["id"]
    for name, path, body in (
        ("key", "/v1/api-keys", {"name": "x"}),
        ("endpoint", "/v1/webhook-endpoints", _ENDPOINT),
    ):
        made[name] = (await client.post(path, body)).body["id"]
    return client, made


async def _entries(organization: Organization, query: str = "") -> list[Any]:
    reader = await organization.client(Scope.AUDIT_READ)
    answer = await reader.get(f"/v1/audit-log{query}")
    assert answer.status == 200, answer.body
    data: list[Any] = answer.body["data"]
    return data


async def _do(client: Client, name: str, made: Mapping[str, str], **more: Any) -> Any:
    path, body, _ = DEEDS[name]
    if body is not None:
        filled = json.dumps(body).replace("{board}", made["board"])
        more["json"] = json.loads(filled)
    return await client.call(_METHODS[name], path.format(**made), **more)


async def test_every_change_leaves_an_entry(organization: Organization) -> None:
    client, made = await _scene(organization)
    for name, (_, _, action) in DEEDS.items():
        answer = await _do(client, name, made, headers={"X-Request-Id": f"asked-{name}"})
        assert answer.status < 300, (name, answer.body)
        entry = (await _entries(organization, "?limit=1"))[0]
        assert (entry["action"], entry["requestId"]) == (action, f"asked-{name}")
        assert entry["actor"] == {"kind": "key", "id": client.minted["id"]}
        assert entry["address"] == "127.0.0.1"
        if "{" in DEEDS[name][0]:
            assert entry["targetId"] in made.values(), name


async def test_a_change_without_its_entry_does_not_happen(
    server: Server, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, made = await _scene(organization)
    before = await contents(server)

    def broken(_prefix: str) -> str:
        raise RuntimeError("the log is full")

    monkeypatch.setattr(audit, "new_id", broken)
    for name in DEEDS:
        answer = await _do(client, name, made)
        assert (answer.status, answer.error["code"]) == (500, "internal_error"), name
        assert await contents(server) == before, name


async def test_every_operation_that_changes_something_is_done_or_has_a_reason() -> None:
    changing = {each.name for each in OPERATIONS if each.method != "GET"}
    assert changing == DEEDS.keys() | NOT_RECORDED.keys() | LIVE_ONLY
    assert not DEEDS.keys() & NOT_RECORDED.keys()


async def test_a_token_that_is_renewed_on_request_leaves_an_entry(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    answer = await client.post(f"/v1/accounts/{account['id']}/refresh")
    assert answer.status == 200, answer.body
    entry = (await _entries(organization, "?limit=1"))[0]
    assert entry["action"] == AuditAction.ACCOUNT_TOKEN_RENEWED
    assert entry["targetId"] == account["id"]
    assert entry["actor"]["id"] == client.minted["id"]


async def test_entries_hold_no_secret(server: Server, organization: Organization) -> None:
    client, made = await _scene(organization)
    secrets = [SECRET, "abcd-efgh-ijkl-mnop"]
    for name in DEEDS:
        answer = await _do(client, name, made)
        shown = answer.body
        secrets += [shown[each] for each in ("key", "signingSecret", "url") if each in shown]
    rows = await server.service.state.database.read(
        lambda connection: connection.execute(select(audit_log)).all()
    )
    written = "\n".join(str(tuple(each)) for each in rows)
    assert len(secrets) > len(DEEDS) // 3
    assert [each for each in secrets if each in written] == []


async def test_the_log_is_read_in_pages_and_narrowed(organization: Organization) -> None:
    client, made = await _scene(organization)
    for name in ("pauseAccount", "resumeAccount", "mintKey"):
        await _do(client, name, made)
    whole = await _entries(organization)
    reader = await organization.client(Scope.AUDIT_READ)
    paged: list[Any] = []
    cursor = ""
    while cursor is not None:
        answer = await reader.get(f"/v1/audit-log?limit=2&cursor={cursor}")
        paged += answer.body["data"]
        cursor = answer.body["nextCursor"]
    assert paged == whole
    assert [each["createdAt"] for each in whole] == sorted(
        (each["createdAt"] for each in whole), reverse=True
    )
    of_account = await _entries(organization, f"?targetId={made['account']}")
    assert [each["action"] for each in of_account] == [
        "account.resumed", "account.paused", "account.connected",
    ]  # fmt: skip
    some = await _entries(organization, "?action=account.paused,account.resumed")
    assert some == of_account[:2]
    assert await _entries(organization, f"?actorId={client.minted['id']}") != []
    assert await _entries(organization, "?actorId=key_other") == []
    soon = wire_time(organization.server.service.state.clock.now() + timedelta(hours=1))
    assert await _entries(organization, f"?after={soon}") == []
    assert await _entries(organization, f"?before={soon}") == whole
    for query in ("action=nothing", "after=yesterday", "limit=0"):
        refused = await reader.get(f"/v1/audit-log?{query}")
        refused.refused(400, "validation_failed", query.partition("=")[0])


async def test_a_pinned_key_reads_what_concerns_its_profile(organization: Organization) -> None:
    client, made = await _scene(organization)
    await _do(client, "changeProfile", made)
    pinned = await organization.client(Scope.AUDIT_READ, profile_id=made["profile"])
    data = (await pinned.get("/v1/audit-log")).body["data"]
    assert {each["profileId"] for each in data} == {made["profile"]}
    other = await pinned.get(f"/v1/audit-log?profileId={organization.profile_id}")
    other.refused(404, "not_found", "api_key.profile_scope")


async def test_entries_are_forgotten_past_their_time(organization: Organization) -> None:
    state = organization.server.service.state
    now = state.clock.now()

    def write(connection: Any) -> int:
        for age in (364, 366):
            audit.record(
                connection,
                COMMAND,
                AuditAction.PROFILE_CREATED,
                organization_id=organization.id,
                target_id=f"prof_{age}",
                now=now - timedelta(days=age),
            )
        assert forget_entries(connection, now, None) == 0
        return forget_entries(connection, now, timedelta(days=state.settings.audit_days))

    assert await state.database.write(write) >= 1
    assert [each["targetId"] for each in await _entries(organization)] == ["prof_364"]


async def test_an_address_is_believed_of_a_trusted_proxy_alone(
    sqlite_copy: str, tmp_path: Any
) -> None:
    for networks, told in (("10.0.0.0/8", "127.0.0.1"), ("127.0.0.1/32", "198.51.100.7")):
        folder = tmp_path / networks.partition("/")[0]
        folder.mkdir()
        settings = {"LETMEPOST_TRUSTED_PROXIES": networks}
        async with running_server(folder, sqlite_copy, settings=settings) as server:
            organization = await server.new_organization()
            client = await organization.client()
            headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
            await client.post("/v1/profiles", {"name": "x"}, headers=headers)
            [entry] = await _entries(organization)
            assert entry["address"] == told
            assert "203.0.113.9" not in json.dumps(entry)
