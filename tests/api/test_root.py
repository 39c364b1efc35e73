"""The addresses that need no key: what this is, whether it lives, whether it can work."""

from typing import Any

import pytest

from letmepost.kit.database import Database, DatabaseAwayError
from tests.api.server import ON_ONE_DATABASE, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")


@ON_ONE_DATABASE
async def test_the_root_says_what_this_is(server: Server) -> None:
    answer = await server.stranger.get("/")
    assert answer.status == 200
    assert set(answer.body) == {
        "name",
        "description",
        "version",
        "status",
        "documentation",
        "endpoints",
        "authentication",
        "source",
    }
    assert (answer.body["name"], answer.body["status"]) == ("letmepost", "ok")
    for link in ("documentation", "endpoints"):
        page = await server.stranger.get(answer.body[link].removeprefix(server.url))
        assert page.status == 200


@ON_ONE_DATABASE
async def test_a_browser_at_the_root_is_sent_on(server: Server) -> None:
    answer = await server.stranger.get("/", headers={"Accept": "text/html,*/*"})
    assert answer.status == 302


@ON_ONE_DATABASE
async def test_health_says_that_the_process_answers(server: Server) -> None:
    answer = await server.stranger.get("/health")
    assert (answer.status, answer.body) == (200, {"status": "ok"})
    assert (await server.stranger.call("HEAD", "/health")).status == 200


async def test_ready_looks_at_the_database_and_the_storage(server: Server) -> None:
    answer = await server.stranger.get("/ready")
    assert answer.status == 200
    assert answer.body["status"] == "ok"
    assert answer.body["checks"]["database"] == "ok"
    assert answer.body["checks"]["storage"] == "ok"


async def test_without_its_database_it_lives_and_is_not_ready(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await (await server.new_organization()).client()

    async def gone(*_: Any, **__: Any) -> None:
        raise DatabaseAwayError(ConnectionRefusedError("10.1.2.3:5432"))

    monkeypatch.setattr(Database, "read", gone)
    monkeypatch.setattr(Database, "write", gone)
    answer = await server.stranger.get("/ready")
    answer.refused(503, "internal_error")
    assert "database" in answer.error["message"]
    assert b"10.1.2.3" not in answer.raw
    fault = await client.get("/v1/posts")
    fault.refused(503, "internal_error")
    assert b"10.1.2.3" not in fault.raw
    assert (await server.stranger.get("/health")).status == 200


@ON_ONE_DATABASE
async def test_without_its_storage_it_is_not_ready(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: Any) -> bool:
        raise OSError("s3.internal is gone")

    monkeypatch.setattr(server.service.state.library.storage, "exists", gone)
    answer = await server.stranger.get("/ready")
    answer.refused(503, "internal_error")
    assert "storage" in answer.error["message"]
    assert b"s3.internal" not in answer.raw
