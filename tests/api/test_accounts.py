"""Accounts: connected by what the descriptor asks for, listed without secrets, disconnected."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from letmepost.accounts.tables import accounts
from letmepost.jobs.tables import jobs
from tests.api.server import Organization, Server, connect

pytestmark = pytest.mark.asyncio(loop_scope="session")

LATER = "2030-01-01T09:00:00+02:00"


async def _row(server: Server, account_id: str) -> Any:
    return await server.service.state.database.read(
        lambda connection: connection.execute(
            select(accounts).where(accounts.c.id == account_id)
        ).one()
    )


async def test_the_start_says_what_must_be_filled_in(organization: Organization) -> None:
    client = await organization.client()
    for body in (None, {}, {"profileId": organization.profile_id, "returnTo": "https://a.example"}):
        answer = await client.post("/v1/accounts/connect/bluesky", body)
        assert answer.status == 200
        assert answer.body["platform"] == "bluesky"
        assert answer.body["state"] == "live"
        descriptor = answer.body["descriptor"]
        assert descriptor["kind"] == "credentials"
        assert [
            (each["name"], each["type"], each["required"]) for each in descriptor["fields"]
        ] == [
            ("identifier", "text", True),
            ("appPassword", "password", True),
            ("pdsUrl", "url", False),
        ]


async def test_an_unknown_platform_is_refused(server: Server, organization: Organization) -> None:
    client = await organization.client()
    before = await server.traces()
    for name in ("myspace", "Bluesky", "x" * 300):
        for path in (f"/v1/accounts/connect/{name}", f"/v1/accounts/connect/{name}/complete"):
            answer = await client.post(path, {})
            answer.refused(400, "validation_failed", "platform")
            assert "bluesky" in answer.error["remediation"]
    assert await server.traces() == before


async def test_a_new_account_answers_201_and_the_same_one_200(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    brand = await organization.profile("Brand")
    login = await server.new_login()
    first = await connect(client, {**login, "profileId": brand})
    assert first.status == 201
    assert first.body["profileId"] == brand
    assert first.body["displayName"] == login["identifier"]
    assert first.body["platformAccountId"].startswith("did:plc:")
    assert first.body["sandbox"] is False
    assert first.body["tokenExpiresAt"]
    again = await connect(client, {**login, "profileId": organization.profile_id})
    assert again.status == 200
    assert (again.body["id"], again.body["profileId"]) == (first.body["id"], brand)
    listed = (await client.get("/v1/accounts")).body["data"]
    assert [each["id"] for each in listed] == [first.body["id"]]
    assert (await client.get(f"/v1/accounts/{first.body['id']}")).body == again.body


async def test_the_same_account_connected_at_once_is_one(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    answers = await asyncio.gather(*(connect(client, login) for _ in range(5)))
    assert sorted(each.status for each in answers) == [200, 200, 200, 200, 201]
    assert len({each.body["id"] for each in answers}) == 1


async def test_a_handle_is_an_identifier(server: Server, organization: Organization) -> None:
    client = await organization.client()
    login = await server.new_login()
    body = {"handle": f"@{login['identifier']}", "appPassword": login["appPassword"]}
    assert (await connect(client, body)).status == 201


async def test_a_wrong_password_is_the_platforms_word(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    rows = await server.rows()
    answer = await connect(client, {**login, "appPassword": "aaaa-bbbb-cccc-dddd"})
    assert (answer.status, answer.error["code"]) == (401, "platform_auth_failed")
    assert answer.error["platform"] == "bluesky"
    assert answer.error["platformResponse"]
    assert b"aaaa-bbbb" not in answer.raw
    assert await server.rows() == rows


async def test_a_main_password_is_refused_before_anybody_is_called(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    before = await server.traces()
    answer = await connect(client, {**login, "appPassword": "correct horse battery"})
    answer.refused(400, "validation_failed", "bluesky.credentials.app_password_format")
    assert b"horse" not in answer.raw
    assert await server.traces() == before


async def test_fields_that_are_missing_unknown_or_no_texts_are_refused(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    before = await server.traces()
    for body in (
        {},
        {"identifier": login["identifier"]},
        {"appPassword": login["appPassword"]},
        {**login, "identifier": " "},
        {**login, "identifier": 7},
    ):
        answer = await connect(client, body)  # type: ignore[arg-type]
        answer.refused(400, "validation_failed", "connect.field.required")
    answer = await connect(client, {**login, "password": "x"})
    answer.refused(400, "validation_failed", "connect.field.unknown")
    for raw in (b"", b"[]", b"{"):
        answer = await client.call("POST", "/v1/accounts/connect/bluesky/complete", data=raw)
        assert (answer.status, answer.error["code"]) == (400, "validation_failed")
    assert await server.traces() == before


async def test_a_server_address_in_our_own_network_is_not_called(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    before = await server.traces()
    for url in ("http://169.254.169.254", "http://10.0.0.1", "http://[fd00::1]", "file:///etc"):
        answer = await connect(client, {**login, "pdsUrl": url})
        answer.refused(400, "validation_failed")
        assert answer.error["retryable"] is False
    assert await server.traces() == before


async def test_a_platform_that_is_down_answers_503_and_the_same_key_works_later(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    await server.fault("status", status=503, route="createSession")
    headers = {"Idempotency-Key": "connect"}
    down = await connect(client, login, headers=headers)
    assert (down.status, down.error["code"]) == (503, "platform_unavailable"), down.body
    assert (await connect(client, login, headers=headers)).status == 201


async def test_a_test_key_connects_a_synthetic_account_and_calls_nobody(
    server: Server, organization: Organization
) -> None:
    test, live = await organization.test_client(), await organization.client()
    before = await server.upstream()
    login = {"identifier": "anybody.example", "appPassword": "whatever it is"}
    made = await connect(test, login)
    assert made.status == 201
    assert made.body["sandbox"] is True
    assert made.body["displayName"] == "anybody.example"
    again = await connect(test, login)
    assert (again.status, again.body["id"]) == (200, made.body["id"])
    assert await server.upstream() == before
    (await live.get(f"/v1/accounts/{made.body['id']}")).refused(404, "not_found")
    assert (await live.get("/v1/accounts")).body["data"] == []
    (await live.delete(f"/v1/accounts/{made.body['id']}")).refused(404, "not_found")
    row = await _row(server, made.body["id"])
    assert "whatever it is" not in str(row)


async def test_a_disconnected_account_is_gone_and_its_history_stays(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    account = await organization.connect(client, login)
    target = {"targets": [{"accountId": account["id"]}]}
    posted = await client.publish({**target, "text": "Sent"})
    queued = await client.publish({**target, "text": "Later", "scheduledAt": LATER})
    assert (posted.status, queued.status) == (200, 202)
    gone = await client.delete(f"/v1/accounts/{account['id']}")
    assert gone.status == 200
    assert gone.body == {
        "id": account["id"],
        "deleted": True,
        "canceledPosts": 1,
        "revocation": {"revoked": True, "reason": None},
    }
    post_id = queued.body["results"][0]["postId"]
    assert (await client.get(f"/v1/posts/{post_id}")).body["status"] == "canceled"
    published = await client.get(f"/v1/posts/{posted.body['results'][0]['postId']}")
    assert published.body["status"] == "published"
    assert published.body["account"]["displayName"] == login["identifier"]
    waiting = await server.service.state.database.read(
        lambda connection: connection.execute(select(jobs).where(jobs.c.key == post_id)).all()
    )
    assert waiting == []
    row = await _row(server, account["id"])
    assert (row.credentials, row.token_expires_at) == (None, None)
    assert row.disconnected_at is not None
    (await client.get(f"/v1/accounts/{account['id']}")).refused(404, "not_found")
    (await client.delete(f"/v1/accounts/{account['id']}")).refused(404, "not_found")
    (await client.publish({**target, "text": "x"})).refused(404, "not_found")
    assert (await client.get("/v1/accounts")).body["data"] == []


async def test_an_account_that_comes_back_keeps_its_id(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    account = await organization.connect(client, login)
    await client.delete(f"/v1/accounts/{account['id']}")
    back = await connect(client, login)
    assert (back.status, back.body["id"]) == (201, account["id"])
    answer = await client.publish({"targets": [{"platform": "bluesky"}], "text": "Back"})
    assert answer.body["results"][0]["status"] == "published"


async def test_accounts_are_listed_by_profile(organization: Organization) -> None:
    client = await organization.client()
    brand = await organization.profile("Brand")
    ours = await organization.connect(client)
    theirs = await organization.connect(client, profileId=brand)
    everything = (await client.get("/v1/accounts")).body["data"]
    assert [each["id"] for each in everything] == [ours["id"], theirs["id"]]
    narrowed = (await client.get(f"/v1/accounts?profileId={brand}")).body["data"]
    assert [each["id"] for each in narrowed] == [theirs["id"]]
    assert (await client.get("/v1/accounts?profileId=nonsense")).body["data"] == []


async def test_an_account_that_is_not_there_answers_404(organization: Organization) -> None:
    client = await organization.client()
    for account_id in (
        "acc_0000000000000000000000",
        "x",
        "%00",
        "a%2fb",
        "%F0%9F%91%8B",
        "x" * 300,
    ):
        (await client.get(f"/v1/accounts/{account_id}")).refused(404, "not_found")
        (await client.delete(f"/v1/accounts/{account_id}")).refused(404, "not_found")
