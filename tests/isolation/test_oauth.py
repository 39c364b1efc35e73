"""No program gets, uses or ends what people of another organization allowed to another one."""

import pytest
from starlette.routing import Route

from letmepost.api.app import OPERATIONS
from tests.isolation.conftest import Isolation
from tests.isolation.victim import contents
from tests.mcp.conftest import agent_with
from tests.oauth.browser import Program

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What is not behind a key or a session, and why nothing of an organization can be asked for there.
ELSEWHERE = {
    "/": "says what this server is",
    "/metrics": "counts of the whole server, without an id",
    "/openapi.json": "the same for everybody",
    "/mcp": "tried with its tools",
    "/llms.txt": "the same for everybody",
    "/llms-full.txt": "the same for everybody",
    "/v1/accounts/oauth/{platform}/callback": "the state is the proof, and is used up",
    "/connect/ended": "shows what its own address says",
    "/connect/{token}": "the token is the proof",
    "/connect/{token}/{platform}": "the token is the proof",
    "/connect/{token}/accounts/{choice}": "both tokens must be of one profile",
    "/deauth/{family}": "signed by the platform",
    "/data-deletion/status": "shows what its own address says",
    "/data-deletion/{family}": "signed by the platform",
    "/oauth/register": "makes a program that nobody allowed anything",
    "/oauth/authorize": "asks whoever is signed in",
    "/oauth/token": "tried here",
    "/oauth/revoke": "tried here",
    "/v1/oauth-exchange": "tried here",
}
_THE_SAME_FOR_ALL = ("/docs", "/.well-known/", "/connect/static/", "/connect/icons/", "/dashboard")


async def _programs(isolation: Isolation) -> tuple[Program, Program, str]:
    server, organization = isolation.server, isolation.victim.organization
    mine = await Program(server.http, server.url).registered()
    other = await Program(server.http, server.url).registered()
    key = (await organization.client()).key
    assert key is not None
    return mine, other, key


async def test_a_code_is_of_no_use_to_another_program(isolation: Isolation) -> None:
    mine, other, key = await _programs(isolation)
    code = await mine.allowed(key)
    before = await contents(isolation.server)
    refused = await other.redeem(code)
    assert (refused.status, refused.body["error"]) == (400, "invalid_grant")
    assert await contents(isolation.server) == before
    assert (await mine.redeem(code)).status == 200


async def test_tokens_are_of_no_use_to_another_program(isolation: Isolation) -> None:
    mine, other, key = await _programs(isolation)
    tokens = await mine.tokens(key)
    before = await contents(isolation.server)
    refused = await other.refresh(tokens["refresh_token"])
    assert (refused.status, refused.body["error"]) == (400, "invalid_grant")
    for token in (tokens["refresh_token"], tokens["access_token"]):
        # RFC 7009: whoever revokes is not told whether there was anything.
        fields = {"client_id": other.client_id, "token": token}
        revoked = await other.call("POST", "/oauth/revoke", data=fields)
        assert (revoked.status, revoked.text) == (200, "")
    assert await contents(isolation.server) == before
    assert (await mine.refresh(tokens["refresh_token"])).status == 200


async def test_a_token_for_agents_gives_no_key(isolation: Isolation) -> None:
    mine, _, key = await _programs(isolation)
    tokens = await mine.tokens(key)
    before = await contents(isolation.server)
    assert (await mine.exchange(tokens["access_token"])).status == 401
    assert await contents(isolation.server) == before


async def test_a_token_goes_no_further_than_the_key_that_allowed_it(isolation: Isolation) -> None:
    for stranger in isolation.strangers:
        program = await Program(isolation.server.http, isolation.server.url).registered()
        assert stranger.client.key is not None
        tokens = await program.tokens(stranger.client.key)
        async with agent_with(isolation.server, tokens["access_token"]) as agent:
            for name, kind in (
                ("get_v1_posts_by_id", "post"),
                ("get_v1_accounts_by_id", "acc"),
                ("delete_v1_media_by_id", "med"),
                ("get_v1_webhook_endpoints_by_id", "whe"),
            ):
                result = await agent.call_tool(name, {"id": isolation.victim.ids[kind]})
                assert result.is_error, (stranger.who, name)
                assert "not_found" in result.model_dump_json()


async def test_every_address_is_tried_or_has_nothing_to_tell(isolation: Isolation) -> None:
    app = isolation.server.service.app
    routes = [each for each in app._app.routes if isinstance(each, Route)]  # type: ignore[attr-defined]
    operations = {each.path for each in OPERATIONS}
    others = {
        each.path
        for each in routes
        if each.path not in operations and not each.path.startswith(_THE_SAME_FOR_ALL)
    }
    assert others == ELSEWHERE.keys()
