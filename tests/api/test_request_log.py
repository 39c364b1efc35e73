"""The log of requests: what is noted of each, what never is, and how long it is kept."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from letmepost.tenancy.request_log import (
    BATCH,
    WAITING_MAX,
    Noted,
    RequestFilters,
    RequestLog,
    forget_requests,
    list_requests,
)
from letmepost.tenancy.tables import request_log
from tests.api.server import ON_ONE_DATABASE, Organization, Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def logged(organization: Organization, **filters: Any) -> Sequence[Row[Any]]:
    """What the log says of an organization by now, the newest first."""
    state = organization.server.service.state
    await state.request_log.write()
    return await state.database.read(
        lambda connection: list_requests(
            connection, organization.id, RequestFilters(**filters), limit=200, before=None
        )
    )


async def test_a_request_is_noted_with_its_key_its_post_and_how_it_ended(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    headers = {"X-Request-Id": f"order-{organization.id}"}
    body = {"targets": [{"accountId": account["id"]}], "text": "Hello"}
    made = await client.publish(body, headers=headers)
    post = made.body["results"][0]["postId"]
    (row,) = await logged(organization, request_id=headers["X-Request-Id"])
    assert (row.method, row.route, row.status) == ("POST", "/v1/posts", 200)
    assert (row.key_id, row.key_name) == (client.minted["id"], "test")
    assert (row.post_id, row.error_code, row.profile_id) == (post, None, None)
    assert row.duration_ms > 0
    await client.get(f"/v1/posts/{post}")
    newest = (await logged(organization))[0]
    assert (newest.route, newest.post_id) == ("/v1/posts/{id}", post)


async def test_errors_are_noted_by_their_code(organization: Organization) -> None:
    client = await organization.client()
    await client.get("/v1/posts/post_nothing")
    await client.publish({"targets": [], "text": "Nowhere"})
    weak = await organization.client(profile_id=organization.profile_id)
    await weak.get("/v1/posts?limit=0")
    rows = await logged(organization)
    assert [(each.status, each.error_code) for each in rows[:3]] == [
        (400, "validation_failed"),
        (400, "validation_failed"),
        (404, "not_found"),
    ]
    assert rows[0].profile_id == organization.profile_id
    assert len(await logged(organization, statuses=(400, 499), method="GET")) == 2
    assert len(await logged(organization, key_id=weak.minted["id"])) == 1


async def test_a_repeated_error_is_noted_by_its_code_too(organization: Organization) -> None:
    client = await organization.client()
    body = {"targets": [], "text": "Nowhere"}
    for _ in range(2):
        await client.publish(body, headers={"Idempotency-Key": "twice"})
    rows = await logged(organization, method="POST")
    assert [each.error_code for each in rows] == ["validation_failed"] * 2


async def test_a_fault_is_noted(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await organization.client()

    def fail(*_given: Any, **_named: Any) -> Any:
        raise RuntimeError("broken for a test")

    monkeypatch.setattr("letmepost.api.post_lists.list_publications", fail)
    assert (await client.get("/v1/posts")).status == 500
    row = (await logged(organization))[0]
    assert (row.route, row.status, row.error_code) == ("/v1/posts", 500, "internal_error")


async def test_whoever_is_unknown_is_in_nobodys_log(organization: Organization) -> None:
    state = organization.server.service.state
    await state.request_log.write()
    before = await organization.server.logged()
    await organization.server.stranger.get("/v1/posts")
    await organization.server.stranger.get("/health")
    await state.request_log.write()
    assert await organization.server.logged() == before


async def test_neither_bodies_nor_secrets_nor_queries_are_noted(
    organization: Organization,
) -> None:
    client = await organization.client()
    await client.get("/v1/posts?q=SECRETWORD")
    await client.publish({"targets": [], "text": "SECRETWORD"})
    await client.post("/v1/api-keys", {"name": "SECRETWORD"})
    await logged(organization)
    rows = await organization.server.service.state.database.read(
        lambda connection: connection.execute(
            select(request_log).where(request_log.c.organization_id == organization.id)
        ).all()
    )
    assert len(rows) == 3
    assert "SECRETWORD" not in str(rows)
    assert str(client.key) not in str(rows)


async def test_a_page_of_the_log_leads_to_the_next(organization: Organization) -> None:
    client = await organization.client()
    for number in range(3):
        await client.get("/v1/profiles", headers={"X-Request-Id": f"{number}"})
    rows = await logged(organization)
    state = organization.server.service.state
    older = await state.database.read(
        lambda connection: list_requests(
            connection, organization.id, RequestFilters(), limit=1, before=rows[0].id
        )
    )
    assert [each.request_id for each in older] == ["1"]


async def test_old_requests_are_deleted_and_so_is_what_is_too_much(
    server: Server, organization: Organization
) -> None:
    state = server.service.state
    now = state.clock.now()
    await state.request_log.write()
    requests = RequestLog(state.database, on=True)
    for number in range(BATCH + 10):
        old = number < BATCH + 5
        requests.note(_noted(organization, now - timedelta(days=8 if old else 1), f"{number}"))
    await requests.write()
    # Whatever other tests have noted is younger, and may stand before it.
    await state.database.write(
        lambda connection: connection.execute(
            update(request_log)
            .where(request_log.c.organization_id != organization.id)
            .values(at=now - timedelta(days=9))
        )
    )
    await forget_requests(state.database, now, timedelta(days=7))
    kept = await logged(organization)
    assert [each.request_id for each in kept] == [f"{BATCH + 9 - each}" for each in range(5)]
    await forget_requests(state.database, now, timedelta(days=7), kept_max=2)
    assert [each.request_id for each in await logged(organization)] == [
        f"{BATCH + 9}",
        f"{BATCH + 8}",
    ]


def _noted(organization: Organization, at: Any, request_id: str = "req_x") -> Noted:
    return Noted(
        organization.id, at, request_id, "GET", "/v1/posts", 200, None, 1.5, "key_x", None, None
    )


@ON_ONE_DATABASE
async def test_a_database_that_takes_nothing_costs_no_request_and_no_memory(
    server: Server, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = server.service.state
    requests = RequestLog(state.database, on=True)
    for _ in range(WAITING_MAX + 5):
        requests.note(_noted(organization, state.clock.now()))

    async def fail(_work: Any) -> Any:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(state.database, "write", fail)
        with pytest.raises(OSError, match="full"):
            await requests.write()
    await requests.write()
    assert await server.logged(organization.id) == WAITING_MAX


async def test_the_log_can_be_turned_off(sqlite_copy: str, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("off")
    off = {"LETMEPOST_REQUEST_LOG": "false"}
    async with running_server(folder, sqlite_copy, settings=off) as server:
        organization = await server.new_organization()
        client = await organization.client()
        await client.get("/v1/posts")
        assert await logged(organization) == []
