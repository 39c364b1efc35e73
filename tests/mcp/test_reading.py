"""What an agent reads besides tools: the docs, the rules, and the beginnings of tasks."""

import json
from pathlib import Path

import pytest
from mcp.client.client import Client as Agent
from mcp.shared.exceptions import MCPError
from mcp_types import TextContent, TextResourceContents

from tests.api.client import Client
from tests.api.server import Server, running_server
from tests.mcp.conftest import agent_with

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def text_of(agent: Agent, address: str) -> tuple[str | None, str]:
    [content] = (await agent.read_resource(address)).contents
    assert isinstance(content, TextResourceContents)
    assert content.uri == address
    return content.mime_type, content.text


async def test_every_page_that_is_listed_can_be_read(agent: Agent) -> None:
    listed = (await agent.list_resources()).resources
    addresses = [each.uri for each in listed]
    assert {
        "letmepost://rules",
        "letmepost://docs/index",
        "letmepost://docs/quickstart",
        "letmepost://docs/platforms/bluesky",
    } <= {*addresses}
    # What errors name is found by its name, and would bury the rest.
    assert len(addresses) < 60
    for each in listed:
        assert each.title
        assert each.description
        mime_type, text = await text_of(agent, each.uri)
        assert mime_type == each.mime_type
        assert len(text) > 200


async def test_a_rule_is_read_by_its_id(agent: Agent, client: Client) -> None:
    mime_type, text = await text_of(agent, "letmepost://rules/bluesky.text.max_graphemes")
    assert mime_type == "application/json"
    expected = await client.get("/v1/rules/bluesky.text.max_graphemes")
    assert json.loads(text) == expected.body
    _, catalogue = await text_of(agent, "letmepost://rules")
    assert json.loads(catalogue) == (await client.get("/v1/rules")).body
    templates = (await agent.list_resource_templates()).resource_templates
    assert "letmepost://rules/{id}" in {each.uri_template for each in templates}


async def test_a_page_that_is_not_listed_is_read_by_its_path(agent: Agent) -> None:
    mime_type, text = await text_of(agent, "letmepost://docs/errors/rate_limited")
    assert mime_type == "text/markdown"
    assert "rate_limited" in text


@pytest.mark.parametrize(
    "address",
    [
        "letmepost://docs/nowhere",
        "letmepost://rules/no.such.rule",
        "letmepost://rules/../accounts",
        "letmepost://docs/../../v1/accounts",
        "letmepost://accounts",
        "letmepost://",
        "file:///etc/passwd",
        "rules",
    ],
)
async def test_there_is_nothing_elsewhere(agent: Agent, address: str) -> None:
    with pytest.raises(MCPError, match="There is nothing at"):
        await agent.read_resource(address)


async def test_prompts_are_filled_with_what_a_person_gives(agent: Agent) -> None:
    prompts = {each.name: each for each in (await agent.list_prompts()).prompts}
    assert set(prompts) == {"cross_post", "adapt_per_platform", "mend_refused_post"}
    given = {"text": "We sail at {nine}.", "accounts": "bluesky"}
    filled = await agent.get_prompt("cross_post", given)
    [message] = filled.messages
    assert isinstance(message.content, TextContent)
    assert "We sail at {nine}." in message.content.text
    assert "validate_post" in message.content.text
    for name, prompt in prompts.items():
        needed = {each.name: "x" for each in prompt.arguments or () if each.required}
        assert (await agent.get_prompt(name, needed)).messages


async def test_a_prompt_without_what_it_needs_is_refused(agent: Agent) -> None:
    with pytest.raises(MCPError, match="text is missing"):
        await agent.get_prompt("cross_post", {"accounts": "bluesky"})
    with pytest.raises(MCPError, match="no prompt"):
        await agent.get_prompt("sing")


async def test_a_tool_that_is_not_there_is_refused(agent: Agent) -> None:
    with pytest.raises(MCPError, match="no tool"):
        await agent.call_tool("sing", {})


async def test_docs_that_are_published_elsewhere_are_read_here(
    tmp_path: Path, sqlite_copy: str
) -> None:
    elsewhere = {"LETMEPOST_DOCS_URL": "https://docs.example/letmepost"}
    async with running_server(tmp_path, sqlite_copy, settings=elsewhere) as server:
        client = await (await server.new_organization()).client()
        async with agent_with(server, client.key) as agent:
            listed = [each.uri for each in (await agent.list_resources()).resources]
            assert "letmepost://docs/guides/webhooks" in listed
            _, text = await text_of(agent, "letmepost://docs/guides/webhooks")
            assert "https://docs.example/letmepost/events/index" in text
            told = await agent.call_tool("explain_error", {"code": "rate_limited"})
            address = told.structured_content["docsUrl"]
            assert address == "https://docs.example/letmepost/errors/rate_limited"


async def test_a_fault_of_ours_is_an_error_of_the_tool(
    agent: Agent, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_arguments: object) -> None:
        raise RuntimeError("the inside")

    monkeypatch.setattr(type(server.service.state.directory), "usable", broken)
    result = await agent.call_tool("list_accounts", {})
    assert result.is_error
    error = result.structured_content["error"]
    assert error["code"] == "internal_error"
    assert "the inside" not in json.dumps(error)
