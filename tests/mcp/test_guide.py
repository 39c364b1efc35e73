"""The Python and the settings of the guide work as they stand there."""

import json
import re
from typing import Any

import pytest

from tests.api.client import Client
from tests.api.server import Organization, Server
from tests.mcp.test_tools import AGENT_TOOLS

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def guide(client: Client) -> str:
    return (await client.get("/docs/mcp.md")).raw.decode()


async def test_the_python_of_the_guide_publishes(
    server: Server, organization: Organization, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = await organization.connect(client)
    found = re.search(r"```python\n(.*?)```", await guide(client), re.DOTALL)
    assert found is not None
    monkeypatch.setenv("LETMEPOST_API_URL", server.url)
    monkeypatch.setenv("LETMEPOST_API_KEY", str(client.key))
    names: dict[str, Any] = {}
    exec(found[1], names)  # noqa: S102 - what a reader would run
    made = await names["publish"]("As the guide says.")
    assert made["status"] == "published"
    [shown] = await server.timeline(connected["displayName"])
    assert shown["text"] == "As the guide says."


async def test_the_settings_of_the_guide_are_json_and_name_this_server(
    server: Server, client: Client
) -> None:
    blocks = re.findall(r"```json\n(.*?)```", await guide(client), re.DOTALL)
    by_http, by_stdio = (json.loads(each)["mcpServers"]["letmepost"] for each in blocks)
    assert by_http["url"] == f"{server.url}/mcp"
    assert (by_stdio["command"], by_stdio["args"]) == ("letmepost", ["mcp"])
    assert by_stdio["env"]["LETMEPOST_API_URL"] == server.url


async def test_the_guide_names_every_tool_that_is_made_for_agents(
    client: Client, agent: Any
) -> None:
    written = await guide(client)
    for name in AGENT_TOOLS:
        assert f"| `{name}` |" in written
    for prompt in (await agent.list_prompts()).prompts:
        assert f"`{prompt.name}`" in written
