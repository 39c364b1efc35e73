"""The inspector of the MCP project, another implementation, lists and calls our tools."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests import environment
from tests.api.client import Client
from tests.api.server import Organization, Server
from tests.npm_packages import UnavailableError, check_node, install, tool

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLDER = Path(__file__).parent / "inspector"
OLDEST_NODE = 20
# Its own words for a tool that answered with an error.
TOOL_ERROR = 5


@dataclass(frozen=True)
class Seen:
    """How the inspector ended, and what it printed."""

    code: int
    document: Any
    complaint: str


@dataclass(frozen=True)
class Inspector:
    """The inspector on its command line."""

    server: Server
    key: str

    async def run(self, method: str, *arguments: str) -> Seen:
        process = await asyncio.create_subprocess_exec(
            *(tool("npx"), "--offline", "mcp-inspector", "--cli", f"{self.server.url}/mcp"),
            *("--transport", "http", "--header", f"Authorization: Bearer {self.key}"),
            *("--method", method, *arguments),
            cwd=FOLDER,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complained = await process.communicate()
        assert process.returncode is not None
        assert said, complained.decode()
        return Seen(process.returncode, json.loads(said), complained.decode())


@pytest_asyncio.fixture(loop_scope="session")
async def inspector(server: Server, client: Client) -> Inspector:
    try:
        check_node(OLDEST_NODE)
        # It starts no program of anybody's while it is installed. In a thread: a loop that stands
        # for a minute does not see which of its kept connections are closed.
        await asyncio.to_thread(install, FOLDER, "--ignore-scripts")
    except UnavailableError as reason:
        environment.cannot_test("THE MCP INSPECTOR", str(reason))
    return Inspector(server, str(client.key))


async def test_the_inspector_lists_every_tool_and_finds_no_fault(
    inspector: Inspector, agent: Any
) -> None:
    seen = await inspector.run("tools/list", "--strict")
    assert seen.code == 0, seen.complaint
    assert "0 errors" in seen.complaint
    listed = [each["name"] for each in seen.document["tools"]]
    assert listed == [each.name for each in (await agent.list_tools()).tools]


async def test_the_inspector_calls_tools(
    inspector: Inspector, organization: Organization, client: Client, server: Server
) -> None:
    connected = await organization.connect(client)
    found = await inspector.run("tools/call", "--tool-name", "list_accounts")
    assert found.code == 0
    assert found.document["structuredContent"]["data"][0]["id"] == connected["id"]
    accounts = json.dumps([connected["id"]])
    made = await inspector.run(
        *("tools/call", "--tool-name", "publish_post"),
        *("--tool-arg", "text=Inspected.", f"accounts={accounts}"),
    )
    assert made.code == 0, made.complaint
    assert made.document["structuredContent"]["status"] == "published"
    [shown] = await server.timeline(connected["displayName"])
    assert shown["text"] == "Inspected."
    refused = await inspector.run(
        *("tools/call", "--tool-name", "get_v1_posts_by_id", "--tool-arg", "id=post_unknown")
    )
    assert refused.code == TOOL_ERROR
    assert refused.document["structuredContent"]["error"]["code"] == "not_found"


async def test_the_inspector_reads_resources_and_prompts(inspector: Inspector) -> None:
    listed = await inspector.run("resources/list")
    assert "letmepost://docs/quickstart" in {each["uri"] for each in listed.document["resources"]}
    read = await inspector.run(
        "resources/read", "--uri", "letmepost://rules/bluesky.text.max_graphemes"
    )
    assert "300" in read.document["contents"][0]["text"]
    prompts = await inspector.run("prompts/list")
    assert "cross_post" in {each["name"] for each in prompts.document["prompts"]}
