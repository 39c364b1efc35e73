"""Every operation is a tool, described so that a program can rely on it, and answers as REST."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from mcp.client.client import Client as Agent
from mcp_types import TextContent, Tool

from letmepost.api.app import OPERATIONS
from letmepost.kit.database import Database, DatabaseAwayError
from letmepost.tenancy.keys import Scope
from tests.api.client import Client
from tests.api.server import Organization
from tests.mcp.conftest import agent_with

pytestmark = pytest.mark.asyncio(loop_scope="session")

AGENT_TOOLS = [
    "publish_post",
    "schedule_post",
    "draft_post",
    "validate_post",
    "list_accounts",
    "explain_error",
    "get_post_status",
    "upload_media_from_url",
]


async def tools_of(agent: Agent) -> dict[str, Tool]:
    return {each.name: each for each in (await agent.list_tools()).tools}


async def test_there_is_a_tool_for_each_operation_that_takes_and_gives_json(agent: Agent) -> None:
    tools = await tools_of(agent)
    assert list(tools)[: len(AGENT_TOOLS)] == AGENT_TOOLS
    operations = {each.name for each in OPERATIONS} - {
        "putUploadContent",
        "readMediaFile",
        "uploadMedia",
    }
    assert len(tools) == len(AGENT_TOOLS) + len(operations)
    assert {
        "post_v1_posts",
        "get_v1_posts_by_id",
        "post_v1_posts_by_id_retry",
        "patch_v1_accounts_by_id_pinterest_default_board",
        "post_v1_accounts_connect_by_platform_complete",
        "delete_v1_webhook_endpoints_by_id",
    } <= tools.keys()
    assert "post_v1_media" not in tools


async def test_names_and_schemas_are_what_clients_take(agent: Agent) -> None:
    for tool in (await tools_of(agent)).values():
        # Some model providers take no longer name.
        assert len(tool.name) <= 64, tool.name
        assert tool.description
        assert tool.output_schema is not None
        for schema in (tool.input_schema, tool.output_schema):
            assert schema["type"] == "object"
            Draft202012Validator.check_schema(schema)
            written = json.dumps(schema)
            assert "#/components" not in written
            definitions = schema.get("$defs", {})
            for reference in written.split('"$ref": "#/$defs/')[1:]:
                assert reference.partition('"')[0] in definitions


async def test_what_agents_give_is_flat_and_explained(agent: Agent) -> None:
    tools = await tools_of(agent)
    for name in AGENT_TOOLS:
        schema = tools[name].input_schema
        assert "$defs" not in schema
        for field, declared in schema["properties"].items():
            assert declared["type"] in ("string", "array"), (name, field)
            assert declared["description"], (name, field)
            assert declared.get("items", {"type": "string"}) == {"type": "string"}


async def test_hints_say_what_a_tool_may_do(agent: Agent) -> None:
    tools = await tools_of(agent)

    def hints(name: str) -> tuple[Any, ...]:
        found = tools[name].annotations
        assert found is not None
        return (
            found.read_only_hint,
            found.destructive_hint,
            found.idempotent_hint,
            found.open_world_hint,
        )

    assert hints("get_v1_posts") == (True, False, True, True)
    assert hints("get_v1_api_keys") == (True, False, True, False)
    assert hints("post_v1_posts_validate") == (True, False, True, False)
    assert hints("post_v1_profiles") == (False, False, False, False)
    assert hints("delete_v1_posts_by_id") == (False, True, True, True)
    assert hints("patch_v1_profiles_by_id") == (False, True, True, False)
    assert hints("publish_post") == (False, False, False, True)
    assert hints("explain_error") == (True, False, True, False)


async def test_an_answer_is_that_of_rest_and_fits_its_schema(
    agent: Agent, client: Client, organization: Organization
) -> None:
    await organization.connect(client)
    # Having the list, the SDK's client holds each answer against its schema.
    tools = await tools_of(agent)
    asked = 0
    for name, tool in tools.items():
        if name.startswith("get_v1") and not tool.input_schema["required"]:
            result = await agent.call_tool(name, {})
            path = f"/{name.removeprefix('get_')}".replace("v1_", "v1/").replace("_", "-")
            expected = (await client.get(path)).body
            assert not result.is_error, result
            assert result.structured_content == expected
            [block] = result.content
            assert isinstance(block, TextContent)
            assert json.loads(block.text) == expected
            asked += 1
    assert asked >= 8


async def test_arguments_go_to_the_path_the_query_and_the_body(
    agent: Agent, client: Client
) -> None:
    await agent.list_tools()
    made = await agent.call_tool("post_v1_profiles", {"name": "Harbour"})
    assert not made.is_error
    profile_id = made.structured_content["id"]
    arguments = {"id": profile_id, "name": "Quay"}
    assert not (await agent.call_tool("patch_v1_profiles_by_id", arguments)).is_error
    assert (await client.get(f"/v1/profiles/{profile_id}")).body["name"] == "Quay"
    page = await agent.call_tool(
        "get_v1_posts", {"status": ["queued", "failed"], "limit": 1, "platform": "bluesky"}
    )
    assert page.structured_content == {"data": [], "nextCursor": None}
    gone = await agent.call_tool("delete_v1_profiles_by_id", {"id": profile_id})
    assert gone.structured_content == {"id": profile_id, "deleted": True}


async def test_writing_again_under_one_key_is_a_replay(agent: Agent, client: Client) -> None:
    arguments = {"name": "Once", "idempotencyKey": "the-same"}
    first = await agent.call_tool("post_v1_profiles", arguments)
    again = await agent.call_tool("post_v1_profiles", arguments)
    assert first.structured_content == again.structured_content
    other = await agent.call_tool("post_v1_profiles", {**arguments, "name": "Twice"})
    assert other.is_error
    error = other.structured_content["error"]
    assert error["rule"] == "idempotency_key.body_mismatch"
    names = [each["name"] for each in (await client.get("/v1/profiles")).body["data"]]
    assert names.count("Once") == 1


async def test_without_a_key_two_calls_are_two(agent: Agent) -> None:
    first = await agent.call_tool("post_v1_profiles", {"name": "One"})
    second = await agent.call_tool("post_v1_profiles", {"name": "One"})
    assert not first.is_error
    assert second.structured_content["error"]["rule"] == "profile.slug.unique"


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("get_v1_posts_by_id", {}, "id is required"),
        ("get_v1_posts_by_id", {"id": 5}, "id is required"),
        ("get_v1_posts_by_id", {"id": "."}, "id is required"),
        ("delete_v1_posts_by_id", {"id": ".."}, "id is required"),
        ("get_v1_posts", {"colour": "red"}, "colour is no argument"),
        ("get_v1_posts", {"limit": 10_000}, "limit"),
        ("post_v1_profiles", {"name": "x", "colour": "red"}, "colour"),
        ("publish_post", {"text": "x"}, "accounts is required"),
        ("publish_post", {"text": "x", "accounts": []}, "accounts"),
        (
            "publish_post",
            {"text": "x", "accounts": ["bluesky"], "scheduledAt": "2030"},
            "scheduled",
        ),
        ("publish_post", {"text": "x", "accounts": ["b"], "altText": ["a"]}, "altText"),
        ("explain_error", {}, "give rule or code"),
        ("get_post_status", {"id": "../../v1/accounts"}, "id"),
    ],
)
async def test_wrong_arguments_are_an_error_that_says_so(
    agent: Agent, tool: str, arguments: dict[str, Any], words: str
) -> None:
    result = await agent.call_tool(tool, arguments)
    assert result.is_error
    error = result.structured_content["error"]
    assert error["code"] == "validation_failed"
    assert words in json.dumps(error)
    assert error["docUrl"].endswith("/docs/errors/validation_failed")


async def test_what_stands_in_an_id_stays_in_it(agent: Agent) -> None:
    for wicked in ("../accounts", "a/b", "%2e%2e", "a?b=c", "x#y", "\u2603"):
        result = await agent.call_tool("get_v1_posts_by_id", {"id": wicked})
        assert result.structured_content["error"]["code"] == "not_found"


async def test_an_error_of_the_api_is_the_error_of_the_tool(agent: Agent) -> None:
    result = await agent.call_tool("get_v1_posts_by_id", {"id": "post_unknown"})
    assert result.is_error
    [block] = result.content
    assert isinstance(block, TextContent)
    assert json.loads(block.text) == result.structured_content
    assert result.structured_content["error"]["code"] == "not_found"


async def test_while_the_database_is_away_a_tool_says_so(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object) -> None:
        raise DatabaseAwayError(ConnectionRefusedError("10.1.2.3:5432"))

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", gone)
        result = await agent.call_tool("get_v1_posts", {})
    assert result.is_error is True
    assert result.structured_content is not None
    error = result.structured_content["error"]
    assert (error["code"], error["retryAfterSeconds"]) == ("internal_error", 5)
    assert "database" in error["message"]


async def test_a_key_does_by_tools_what_it_may(organization: Organization) -> None:
    narrow = await organization.client(Scope.POSTS_READ)
    async with agent_with(organization.server, narrow.key) as reader:
        assert not (await reader.call_tool("get_v1_posts", {})).is_error
        refused = await reader.call_tool("post_v1_profiles", {"name": "x"})
        assert refused.structured_content["error"]["rule"] == "api_key.scope"


async def test_an_agent_gives_a_key_no_scope_that_its_own_lacks(organization: Organization) -> None:
    narrow = await organization.client(Scope.KEYS_WRITE, Scope.POSTS_READ)
    async with agent_with(organization.server, narrow.key) as agent:
        asked = {"name": "x", "scopes": ["posts:read", "posts:write"]}
        refused = await agent.call_tool("post_v1_api_keys", asked)
        assert refused.structured_content["error"]["rule"] == "api_key.scope"
        made = await agent.call_tool("post_v1_api_keys", {"name": "x"})
        assert made.structured_content["scopes"] == ["posts:read"]
