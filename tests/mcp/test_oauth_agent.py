"""An agent without a key gets access by OAuth, uses it, renews it, and loses it."""

import json
from pathlib import Path
from typing import Any

import pytest
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

from letmepost.tenancy.keys import Scope
from tests.api.client import Client
from tests.api.server import Organization, Server, running_server
from tests.clock import FakeClock
from tests.mcp.conftest import agent_with
from tests.mcp.test_endpoint import LIST, Raw
from tests.oauth.browser import REDIRECT_URI, Program

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Memory(TokenStorage):
    """What the client of the SDK keeps."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Person(Program):
    """Somebody with a browser and a key, who allows what the SDK's client asks."""

    asked: list[str]
    answer: dict[str, str]

    def provider(self, key: str, memory: Memory) -> OAuthClientProvider:
        self.asked = []

        async def decide(address: str) -> None:
            self.asked.append(address)
            page = await self.call("GET", address.removeprefix(self.url))
            assert "An agent of the SDK" in page.text
            self.answer = (await self.decide(page, key=key)).told

        async def return_to_client() -> AuthorizationCodeResult:
            told = self.answer
            return AuthorizationCodeResult(code=told["code"], state=told["state"], iss=told["iss"])

        metadata = OAuthClientMetadata.model_validate(
            {"client_name": "An agent of the SDK", "redirect_uris": [REDIRECT_URI]}
        )
        return OAuthClientProvider(
            f"{self.url}/mcp",
            metadata,
            memory,
            redirect_handler=decide,
            callback_handler=return_to_client,
        )


async def call(server: Server, token: str, tool: str, **arguments: Any) -> tuple[int, Any, str]:
    """A call of a tool as it stands on the wire: status, result, challenge."""
    params = {"name": tool, "arguments": arguments}
    status, headers, content = await Raw(server, token).post(
        {**LIST, "method": "tools/call", "params": params}
    )
    return status, json.loads(content).get("result"), headers.get("www-authenticate", "")


async def test_the_sdks_client_finds_its_way_from_a_401_to_a_post_and_to_the_end(
    server: Server, organization: Organization, client: Client
) -> None:
    connected = await organization.connect(client)
    person, memory = Person(server.http, server.url), Memory()
    auth = person.provider(str(client.key), memory)
    async with agent_with(server, auth=auth) as agent:
        made = await agent.call_tool("publish_post", {"text": "Allowed.", "accounts": ["bluesky"]})
        assert made.structured_content["status"] == "published"
        [shown] = await server.timeline(connected["displayName"])
        assert shown["text"] == "Allowed."
        assert len(person.asked) == 1
        assert memory.tokens is not None
        assert memory.client is not None
        assert memory.tokens.scope == "read publish"
        first = memory.tokens

        # As if an hour had gone by on the client's clock.
        auth.context.token_expiry_time = 1.0
        assert not (await agent.call_tool("list_accounts", {})).is_error
        assert memory.tokens.access_token != first.access_token
        assert memory.tokens.refresh_token != first.refresh_token
        assert len(person.asked) == 1

    form = {"client_id": memory.client.client_id, "token": str(memory.tokens.refresh_token)}
    assert (await person.call("POST", "/oauth/revoke", data=form)).status == 200
    assert (await Raw(server, memory.tokens.access_token).post())[0] == 401
    refused = await person.call(
        "POST", "/oauth/token", data={**form, "grant_type": "refresh_token", "refresh_token": "x"}
    )
    assert refused.body["error"] == "invalid_grant"


async def test_a_token_that_reads_may_look_and_nothing_else(server: Server, client: Client) -> None:
    program = await Program(server.http, server.url).registered()
    token = (await program.tokens(str(client.key), scope="read"))["access_token"]
    looked: list[tuple[str, dict[str, Any]]] = [
        ("list_accounts", {}),
        ("get_v1_posts", {}),
        ("get_v1_profiles", {}),
        ("explain_error", {"code": "rate_limited"}),
        ("validate_post", {"text": "x", "accounts": ["bluesky"]}),
        ("post_v1_posts_validate", {"text": "x", "targets": [{"platform": "bluesky"}]}),
    ]
    for tool, arguments in looked:
        status, result, _ = await call(server, token, tool, **arguments)
        assert (status, result.get("isError", False)) == (200, False)
    changed: list[tuple[str, dict[str, Any]]] = [
        ("publish_post", {"text": "x", "accounts": ["bluesky"]}),
        ("post_v1_profiles", {"name": "x"}),
        ("upload_media_from_url", {"url": "https://example.com/x.png"}),
        ("delete_v1_posts_by_id", {"id": "post_x"}),
    ]
    for tool, arguments in changed:
        status, result, challenge = await call(server, token, tool, **arguments)
        assert status == 403
        assert 'error="insufficient_scope", scope="publish"' in challenge
        assert "/.well-known/oauth-protected-resource/mcp" in challenge
        assert result["isError"] is True
        assert result["structuredContent"]["error"]["rule"] == "oauth.insufficient_scope"


async def test_the_sdks_client_asks_for_more_when_a_tool_needs_it(
    server: Server, organization: Organization, client: Client
) -> None:
    await organization.connect(client)
    person, memory = Person(server.http, server.url), Memory()
    await person.registered(client_name="An agent of the SDK")
    memory.tokens = OAuthToken.model_validate(await person.tokens(str(client.key), scope="read"))
    memory.client = OAuthClientInformationFull.model_validate(
        {"client_id": person.client_id, "redirect_uris": [REDIRECT_URI], "issuer": server.url}
    )
    async with agent_with(server, auth=person.provider(str(client.key), memory)) as agent:
        assert not (await agent.call_tool("list_accounts", {})).is_error
        assert person.asked == []
        made = await agent.call_tool("publish_post", {"text": "More.", "accounts": ["bluesky"]})
        assert made.structured_content["status"] == "published"
        assert len(person.asked) == 1
        assert set(str(memory.tokens.scope).split()) == {"read", "publish"}


async def test_an_agent_cannot_do_what_its_person_cannot(
    server: Server, organization: Organization
) -> None:
    reader = await organization.client(Scope.POSTS_READ, Scope.ACCOUNTS_READ)
    program = await Program(server.http, server.url).registered()
    token = (await program.tokens(str(reader.key), scope="publish"))["access_token"]
    assert not (await call(server, token, "list_accounts"))[1].get("isError")
    status, result, _ = await call(server, token, "post_v1_profiles", name="x")
    assert status == 200
    assert result["structuredContent"]["error"]["rule"] == "api_key.scope"
    _, result, _ = await call(server, token, "post_v1_api_keys", name="x")
    assert result["structuredContent"]["error"]["rule"] == "api_key.scope"


async def test_a_token_of_a_test_key_publishes_nothing(
    server: Server, organization: Organization, client: Client
) -> None:
    connected = await organization.connect(client)
    sandbox = await organization.test_client()
    program = await Program(server.http, server.url).registered()
    token = (await program.tokens(str(sandbox.key)))["access_token"]
    arguments = {"text": "Nothing.", "accounts": [connected["id"]]}
    _, result, _ = await call(server, token, "publish_post", **arguments)
    assert result["structuredContent"]["status"] == "published"
    assert await server.timeline(connected["displayName"]) == []


async def test_a_token_of_another_audience_is_refused(server: Server, client: Client) -> None:
    program = await Program(server.http, server.url).registered()
    tokens = await program.tokens(str(client.key), resource=f"{server.url}/v1")
    status, headers, _ = await Raw(server, tokens["access_token"]).post()
    assert status == 401
    assert headers["www-authenticate"].startswith("Bearer resource_metadata=")
    assert (await Raw(server, tokens["refresh_token"]).post())[0] == 401


async def test_a_token_ends_at_its_hour(
    tmp_path: Path, sqlite_copy: str, fake_clock: FakeClock
) -> None:
    async with running_server(tmp_path, sqlite_copy, clock=fake_clock) as server:
        key = str((await (await server.new_organization()).client()).key)
        program = await Program(server.http, server.url).registered()
        token = (await program.tokens(key))["access_token"]
        fake_clock.advance(3599)
        assert (await Raw(server, token).post())[0] == 200
        fake_clock.advance(1)
        assert (await Raw(server, token).post())[0] == 401
