"""A scripted agent publishes, is refused, reads the remedy, applies it and publishes."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from mcp.client.client import Client as Agent
from mcp_types import TextContent

from letmepost.mcp.agent_inputs import PublishInput
from tests.api.client import Client
from tests.api.server import Organization, Server
from tests.mcp.conftest import agent_with
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "The ferry leaves at nine, and whoever is late swims. " * 8


async def use(agent: Agent, tool: str, **arguments: Any) -> Any:
    """A call that an agent reads; errors of tools are for reading too."""
    result = await agent.call_tool(tool, arguments)
    assert result.structured_content is not None
    [block] = result.content
    assert isinstance(block, TextContent)
    assert json.loads(block.text) == result.structured_content
    # A post that failed has an error too, and asking for it did not fail.
    assert result.is_error == (set(result.structured_content) == {"error"})
    return result.structured_content


async def test_an_agent_mends_its_post_and_publishes_it(
    agent: Agent, client: Client, organization: Organization, server: Server
) -> None:
    connected = await organization.connect(client)
    await agent.list_tools()

    accounts = (await use(agent, "list_accounts"))["data"]
    assert [each["id"] for each in accounts] == [connected["id"]]
    where = [accounts[0]["id"]]

    refused = await use(agent, "publish_post", text=LONG, accounts=where)
    error = refused["error"]
    assert error["code"] == "preflight_failed"
    assert error["violations"][0]["remediation"]
    assert await server.timeline(connected["displayName"]) == []

    told = await use(agent, "explain_error", rule=error["rule"])
    assert told["limit"] == 300
    assert told["docsUrl"].startswith(server.url)
    assert "300" in told["meaning"]
    assert "{" not in told["meaning"] + told["remedy"]

    looked = await use(agent, "validate_post", text=LONG, accounts=where)
    assert looked["valid"] is False
    fixes = looked["targets"][0]["fixes"]
    shorter = next(each["value"] for each in fixes if each["kind"] == "shorten_text")

    published = await use(agent, "publish_post", text=shorter, accounts=where)
    assert published["status"] == "published"
    result = published["results"][0]
    assert result["uri"].startswith("at://")
    status = await use(agent, "get_post_status", id=result["postId"])
    assert status["status"] == "published"
    assert len(status["attempts"]) == 1
    whole = await use(agent, "get_post_status", id=published["id"])
    assert whole["results"][0]["postId"] == result["postId"]
    [shown] = await server.timeline(connected["displayName"])
    assert shown["text"] == shorter


async def test_an_agent_repeats_a_lost_call_without_publishing_twice(
    agent: Agent, client: Client, organization: Organization, server: Server
) -> None:
    connected = await organization.connect(client)
    arguments = {"text": "Only once.", "accounts": ["bluesky"], "idempotencyKey": "agent-1"}
    first = await use(agent, "publish_post", **arguments)
    again = await use(agent, "publish_post", **arguments)
    assert first == again
    assert len(await server.timeline(connected["displayName"])) == 1


async def test_an_agent_schedules_and_cancels(
    agent: Agent, client: Client, organization: Organization, server: Server
) -> None:
    await organization.connect(client)
    due = (server.service.state.clock.now() + timedelta(days=1)).isoformat()
    made = await use(
        agent, "schedule_post", text="Tomorrow.", accounts=["Bluesky"], scheduledAt=due
    )
    assert made["status"] == "queued"
    post_id = made["results"][0]["postId"]
    gone = await use(agent, "delete_v1_posts_by_id", id=post_id)
    assert gone["status"] == "canceled"
    past = await use(
        agent,
        "schedule_post",
        text="Yesterday.",
        accounts=["bluesky"],
        scheduledAt="2020-01-01T00:00:00Z",
    )
    assert past["error"]["rule"] == "scheduledAt.future"


async def test_an_agent_keeps_a_draft_for_a_person_to_publish(
    agent: Agent, client: Client, organization: Organization, server: Server
) -> None:
    connected = await organization.connect(client)
    text = "A harbour is a place of safety. " * 12
    made = await use(agent, "draft_post", text=text, accounts=["bluesky"])
    assert made["status"] == "draft"
    broken = made["results"][0]["violations"]
    assert [each["rule"] for each in broken] == ["bluesky.text.max_graphemes"]
    await use(agent, "patch_v1_posts_by_id", id=made["results"][0]["postId"], text="Safe.")
    assert await server.timeline(connected["displayName"]) == []
    published = await use(agent, "post_v1_batches_by_id_publish", id=made["id"])
    assert published["status"] == "published"
    assert [each["text"] for each in await server.timeline(connected["displayName"])] == ["Safe."]


async def test_an_agent_fetches_a_picture_and_posts_it_with_its_words(
    agent: Agent, client: Client, organization: Organization, server: Server
) -> None:
    connected = await organization.connect(client)
    stored = await client.upload(image("PNG", (64, 48)))
    made = await use(
        agent,
        "publish_post",
        text="The ferry.",
        accounts=[connected["id"]],
        media=[stored.body["id"]],
        altText=["A ferry at the quay."],
        firstComment="It was late.",
    )
    assert made["status"] == "published", made
    assert "A ferry at the quay." in json.dumps(await server.timeline(connected["displayName"]))
    assert made["results"][0]["firstCommentUri"]


async def test_an_agent_keeps_a_file_from_an_address(
    agent: Agent, client: Client, server: Server
) -> None:
    lies = await client.upload(image("PNG", (48, 64)))
    address = f"{server.url}/v1/media/{lies.body['id']}/file"
    kept = await use(agent, "upload_media_from_url", url=address)
    assert kept["id"] == lies.body["id"]
    refused = await use(agent, "upload_media_from_url", url="file:///etc/passwd")
    assert refused["error"]["rule"] == "media.url.disallowed"


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ("https://a.example/x.MP4?size=1", "video"),
        ("https://a.example/deck.pdf", "document"),
        ("https://a.example/mp4", "image"),
        ("med_1", "image"),
    ],
)
async def test_the_kind_of_a_file_is_told_by_its_address(named: str, kind: str) -> None:
    def files(**more: Any) -> Any:
        given = {"text": "x", "accounts": ["bluesky"], "media": [named], **more}
        return PublishInput.model_validate(given).body()["media"]

    assert files()[0]["kind"] == kind
    assert files(mediaKind="video")[0]["kind"] == "video"
    source = "mediaId" if named.startswith("med_") else "url"
    assert files(altText=["words"])[0] == {"kind": kind, source: named, "altText": "words"}


@pytest.mark.parametrize("code", ["rate_limited", "platform_unavailable"])
async def test_a_code_is_explained(agent: Agent, server: Server, code: str) -> None:
    for asked in ({"code": code}, {"rule": code}):
        told = await use(agent, "explain_error", **asked)
        assert told["code"] == code
        assert told["retryable"] is True
        assert told["docsUrl"] == f"{server.url}/docs/errors/{code}"
        assert told["remedy"]


async def test_a_field_is_explained_where_an_error_names_one(agent: Agent) -> None:
    told = await use(agent, "explain_error", rule="scheduledAt")
    assert told["docsUrl"].endswith("/docs/preflight/scheduledat")
    assert "scheduledAt" in told["meaning"]


@pytest.mark.parametrize("rule", ["no.such.rule", "../../etc", "\u2603", "a/b?c"])
async def test_what_is_no_rule_is_not_explained(agent: Agent, rule: str) -> None:
    told = await use(agent, "explain_error", rule=rule)
    assert told["error"]["code"] == "not_found"


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_agents_of_both_eras_of_the_protocol_are_served(
    server: Server, client: Client, organization: Organization, mode: str
) -> None:
    connected = await organization.connect(client)
    async with agent_with(server, client.key, mode=mode) as agent:
        assert (await agent.list_tools()).tools
        made = await use(
            agent, "publish_post", text=f"In the way of {mode}.", accounts=[connected["id"]]
        )
        assert made["status"] == "published"
        assert (await agent.list_prompts()).prompts
        assert (await agent.list_resources()).resources
        # Without a session, many requests may be under way.
        many = await asyncio.gather(*(use(agent, "list_accounts") for _ in range(10)))
        assert {each["data"][0]["id"] for each in many} == {connected["id"]}


async def test_agents_see_nothing_of_each_other(
    server: Server, client: Client, organization: Organization
) -> None:
    await organization.connect(client)
    stranger = await (await server.new_organization()).client()
    async with agent_with(server, client.key) as one, agent_with(server, stranger.key) as other:
        seen = await asyncio.gather(*(use(each, "list_accounts") for each in (one, other) * 5))
        assert [len(each["data"]) for each in seen] == [1, 0] * 5
