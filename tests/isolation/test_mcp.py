"""No tool of an agent tells or changes anything of another organization or another profile."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from mcp.client.client import Client as Agent

from letmepost.api.app import OPERATIONS
from letmepost.mcp.operation_tools import tool_name
from tests.isolation.attempts import Attempt, attempts, path_ids
from tests.isolation.conftest import Isolation
from tests.isolation.victim import contents
from tests.mcp.conftest import agent_with

pytestmark = pytest.mark.asyncio(loop_scope="session")

_OF_OPERATIONS = {tool_name(each.method, each.path): each for each in OPERATIONS}
_POST = {"text": "Mine", "accounts": ["{acc}"]}
# What an agent's own tools would name; None where there is nothing to name.
CLAIMS: Mapping[str, dict[str, Any] | None] = {
    "publish_post": _POST,
    "schedule_post": {**_POST, "scheduledAt": "2090-01-31T09:00:00Z"},
    "validate_post": _POST,
    "list_accounts": {"profileId": "{prof}"},
    "explain_error": None,
    "get_post_status": {"id": "{post}"},
    "upload_media_from_url": {"url": "https://a.example/a.jpg", "profileId": "{prof}"},
}


def _arguments(attempt: Attempt, places: Mapping[str, str]) -> dict[str, Any]:
    return {**places, **dict(attempt.query), **(attempt.body or {})}


async def _tried(isolation: Isolation, agent: Agent, name: str, arguments: Any) -> None:
    given = json.dumps(arguments)
    result = await agent.call_tool(name, arguments)
    told = result.model_dump_json()
    untold = [each for each in isolation.victim.untold if each in told and each not in given]
    # The other profile is one of the same organization.
    assert [each for each in untold if not each.startswith("org_")] == [], (name, told)
    content = result.structured_content or {}
    assert result.is_error or content.get("data") == [] or "valid" in content, (name, told)


async def test_tools_find_nothing_of_somebody_else(isolation: Isolation) -> None:
    ids = isolation.victim.ids
    before = await contents(isolation.server)
    for stranger in isolation.strangers:
        async with agent_with(isolation.server, stranger.client.key) as agent:
            tried = set()
            for tool in (await agent.list_tools()).tools:
                tried.add(tool.name)
                if tool.name not in _OF_OPERATIONS:
                    claim = CLAIMS[tool.name]
                    if claim is not None:
                        filled = json.dumps(claim)
                        for kind, each in ids.items():
                            filled = filled.replace(f"{{{kind}}}", each)
                        await _tried(isolation, agent, tool.name, json.loads(filled))
                    continue
                operation = _OF_OPERATIONS[tool.name]
                for attempt in attempts(operation, ids, {}):
                    arguments = _arguments(attempt, path_ids(operation, ids))
                    await _tried(isolation, agent, tool.name, arguments)
            assert CLAIMS.keys() <= tried
    assert await contents(isolation.server) == before
