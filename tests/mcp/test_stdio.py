"""`letmepost mcp` brings a server's tools to an agent on the same machine."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from mcp.client.client import Client as Agent
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import TextResourceContents

from tests.api.client import Client
from tests.api.server import Organization, Server
from tests.server_process import environment

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def by_stdio(settings: Mapping[str, str]) -> AsyncIterator[Agent]:
    started = StdioServerParameters(
        command=sys.executable, args=["-m", "letmepost", "mcp"], env=environment(settings)
    )
    async with Agent(stdio_client(started)) as agent:
        yield agent


@pytest.mark.parametrize(
    "names", [("LETMEPOST_API_URL", "LETMEPOST_API_KEY"), ("LMP_API_BASE", "LMP_API_KEY")]
)
async def test_tools_are_listed_and_called(
    server: Server, organization: Organization, client: Client, agent: Agent, names: tuple[str, str]
) -> None:
    connected = await organization.connect(client)
    url, key = names
    async with by_stdio({url: f"{server.url}/", key: str(client.key)}) as local:
        assert (await local.list_tools()).tools == (await agent.list_tools()).tools
        made = await local.call_tool(
            "publish_post", {"text": "From here.", "accounts": [connected["id"]]}
        )
        assert made.structured_content["status"] == "published"
        listed = await local.call_tool("get_v1_posts", {"status": ["published"], "limit": 5})
        assert len(listed.structured_content["data"]) == 1
        for wicked in ("../accounts", "%2e", "a?b=c"):
            lost = await local.call_tool("get_v1_posts_by_id", {"id": wicked})
            assert lost.structured_content["error"]["code"] == "not_found"
        wrong = await local.call_tool("publish_post", {"text": "x"})
        assert wrong.is_error
        assert wrong.structured_content["error"]["code"] == "validation_failed"
        told = await local.call_tool("explain_error", {"code": "rate_limited"})
        assert told.structured_content["docsUrl"].startswith(server.url)
        [page] = (await local.read_resource("letmepost://docs/quickstart")).contents
        assert isinstance(page, TextResourceContents)
        assert "curl" in page.text


async def test_a_wrong_key_is_an_error_of_each_tool(server: Server) -> None:
    settings = {"LETMEPOST_API_URL": server.url, "LETMEPOST_API_KEY": "lmp_live_wrong"}
    async with by_stdio(settings) as local:
        refused = await local.call_tool("list_accounts", {})
        assert refused.structured_content["error"]["code"] == "unauthenticated"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "LETMEPOST_API_URL is not set"),
        ({"LMP_API_BASE": "http://127.0.0.1:1"}, "LETMEPOST_API_KEY is not set"),
        ({"LMP_API_BASE": "http://127.0.0.1:1", "LMP_API_KEY": "lmp_live_x"}, "does not answer"),
    ],
)
async def test_what_is_missing_is_said_in_words(settings: dict[str, str], words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "letmepost", "mcp"),
        env=environment(settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert process.returncode == 1
    assert said == b""
    assert words in complained.decode()
    assert "Traceback" not in complained.decode()
