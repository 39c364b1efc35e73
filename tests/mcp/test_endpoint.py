"""The door of the MCP server: who is let in, by which name it may be called, and what it says."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.client import Client
from tests.api.server import Organization, Server, running_server
from tests.clock import FakeClock

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIST: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ACCEPT = "application/json, text/event-stream"


class Raw:
    """Requests as they are written, without an SDK."""

    def __init__(self, server: Server, token: str | None = None) -> None:
        self.server, self.token = server, token

    async def post(
        self, document: Any = LIST, *, method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        sent = {"Accept": ACCEPT, "Content-Type": "application/json"}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        async with self.server.http.request(
            method, f"{self.server.url}/mcp", data=io.BytesIO(data), headers={**sent, **headers}
        ) as response:
            found = {name.lower(): value for name, value in response.headers.items()}
            return response.status, found, await response.read()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("token", [None, "lmp_live_unknown", "lmp_access_unknown", "", "basic"])
async def test_nobody_without_good_credentials_is_told_anything(
    server: Server, method: str, token: str | None
) -> None:
    status, headers, content = await Raw(server, token).post(method=method)
    assert status == 401
    metadata = f"{server.url}/.well-known/oauth-protected-resource/mcp"
    assert headers["www-authenticate"] == f'Bearer resource_metadata="{metadata}"'
    if method != "HEAD":
        assert json.loads(content)["error"]["code"] == "unauthenticated"
    async with server.http.get(metadata) as described:
        assert (await described.json())["resource"] == f"{server.url}/mcp"


async def test_a_revoked_key_is_refused(server: Server, organization: Organization) -> None:
    owner, other = await organization.client(), await organization.client()
    assert (await Raw(server, other.key).post())[0] == 200
    await owner.delete(f"/v1/api-keys/{other.minted['id']}")
    assert (await Raw(server, other.key).post())[0] == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil:1", ""]
)
async def test_an_evil_host_is_refused(server: Server, client: Client, host: str) -> None:
    assert (await Raw(server, client.key).post())[0] == 200
    status, _, _ = await Raw(server, client.key).post(Host=host)
    assert 400 <= status < 500


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://127.0.0.1.evil.example", "http://localhost.evil"],
)
async def test_an_evil_origin_is_refused(server: Server, client: Client, origin: str) -> None:
    assert (await Raw(server, client.key).post())[0] == 200
    status, _, _ = await Raw(server, client.key).post(Origin=origin)
    assert 400 <= status < 500


@pytest.mark.parametrize("name", ["localhost:8000", "127.0.0.1", "[::1]:8000", "localhost"])
async def test_names_of_this_machine_are_good(server: Server, client: Client, name: str) -> None:
    status, _, _ = await Raw(server, client.key).post(Host=name, Origin=f"http://{name}")
    assert status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
async def test_there_is_nothing_to_listen_to(server: Server, client: Client, method: str) -> None:
    status, headers, _ = await Raw(server, client.key).post(method=method)
    assert (status, headers["allow"]) == (405, "POST")


async def test_the_answer_is_one_json_document_without_a_session(
    server: Server, client: Client
) -> None:
    begin = {
        "jsonrpc": "2.0",
        "id": "first",
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    status, headers, content = await Raw(server, client.key).post(begin)
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert "mcp-session-id" not in headers
    assert headers["x-request-id"].startswith("req_")
    result = json.loads(content)["result"]
    assert result["serverInfo"]["name"] == "letmepost"
    assert "publish_post" in result["instructions"]
    assert set(result["capabilities"]) >= {"tools", "resources", "prompts"}


async def test_lists_are_equal_whoever_asks_and_carry_the_id_of_their_request(
    server: Server, organization: Organization
) -> None:
    first, second = await organization.client(), await organization.client()
    answers = []
    for token, request_id in ((first.key, 1), (first.key, "two"), (second.key, 3)):
        request = {**LIST, "id": request_id}
        status, _, content = await Raw(server, token).post(request)
        assert status == 200
        document = json.loads(content)
        assert document["id"] == request_id
        answers.append(document["result"])
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    "document",
    [
        {**LIST, "params": {"cursor": 5}},
        {**LIST, "jsonrpc": "1.0"},
        {**LIST, "method": "tools/lost"},
        [LIST],
        b"{",
        b'"tools/list"',
        b"[" * 1500,
    ],
)
async def test_what_is_no_request_is_refused(server: Server, client: Client, document: Any) -> None:
    for _ in range(2):
        status, _, content = await Raw(server, client.key).post(document)
        assert status in (200, 400, 404)
        assert "error" in json.loads(content)


@pytest.mark.parametrize("request_id", [None, True, [1]])
async def test_a_list_without_a_good_id_is_no_list(
    server: Server, client: Client, request_id: Any
) -> None:
    _, _, content = await Raw(server, client.key).post({**LIST, "id": request_id})
    assert b'"tools":' not in content


async def test_a_list_is_asked_for_in_the_version_that_is_named(
    server: Server, client: Client
) -> None:
    raw = Raw(server, client.key)
    assert (await raw.post(**{"MCP-Protocol-Version": "2025-06-18"}))[0] == 200
    status, _, content = await raw.post(**{"MCP-Protocol-Version": "1999-01-01"})
    assert status == 400
    assert "error" in json.loads(content)
    assert (await raw.post(Accept="text/html"))[0] == 406
    assert (await raw.post(**{"Content-Type": "text/plain"}))[0] == 400


async def test_a_body_may_be_as_large_as_one_of_the_api(tmp_path: Path, sqlite_copy: str) -> None:
    limit = {"LETMEPOST_BODY_MAX_BYTES": "6000000"}
    async with running_server(tmp_path, sqlite_copy, settings=limit) as server:
        client = await (await server.new_organization()).client()

        def call(size: int) -> Any:
            arguments = {"name": "x" * size}
            params = {"name": "post_v1_profiles", "arguments": arguments}
            return {**LIST, "method": "tools/call", "params": params}

        status, _, content = await Raw(server, client.key).post(call(5_000_000))
        assert status == 200
        result = json.loads(content)["result"]
        assert result["structuredContent"]["error"]["code"] == "validation_failed"
        assert (await Raw(server, client.key).post(call(6_000_000)))[0] == 413


async def test_the_first_requests_may_come_together(tmp_path: Path, sqlite_copy: str) -> None:
    async with running_server(tmp_path, sqlite_copy) as server:
        client = await (await server.new_organization()).client()
        raw = Raw(server, client.key)
        answers = await asyncio.gather(*(raw.post({**LIST, "id": each}) for each in range(8)))
        assert {status for status, _, _ in answers} == {200}


async def test_requests_of_tools_count_as_requests_of_the_key(
    tmp_path: Path, sqlite_copy: str, fake_clock: FakeClock
) -> None:
    few = {"LETMEPOST_RATE_LIMIT": "3/minute"}
    async with running_server(tmp_path, sqlite_copy, settings=few, clock=fake_clock) as server:
        client = await (await server.new_organization()).client()
        params = {"name": "list_accounts", "arguments": {}}
        call = {**LIST, "method": "tools/call", "params": params}
        for _ in range(3):
            _, _, content = await Raw(server, client.key).post(call)
            assert not json.loads(content)["result"].get("isError")
        _, _, content = await Raw(server, client.key).post(call)
        result = json.loads(content)["result"]
        assert result["isError"]
        error = result["structuredContent"]["error"]
        assert error["code"] == "rate_limited"
        assert error["retryAfterSeconds"] > 0
