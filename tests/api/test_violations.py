"""Every broken rule of every target is told at once, in one order, with warnings apart."""

import re
from typing import Any

import pytest

from tests.api.client import Answer
from tests.api.server import Organization, Server
from tests.media.samples import animation, image

pytestmark = pytest.mark.asyncio(loop_scope="session")

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def _without_ids(answer: Answer) -> bytes:
    return re.sub(rb'"requestId":"[^"]+"', b"", answer.raw)


async def _broken_everywhere(organization: Organization) -> tuple[Any, dict[str, Any]]:
    client = await organization.client()
    first = await organization.connect(client)
    second = await organization.connect(client)
    too_many = [(await client.upload(image())).body["id"] for _ in range(5)]
    body = {
        "text": FAMILY * 301,
        "targets": [
            {"accountId": first["id"]},
            {
                "accountId": second["id"],
                "text": "x" * 3001,
                "firstComment": {"text": "y" * 301},
                "media": [{"kind": "image", "mediaId": each} for each in too_many],
                "options": {"platform": "bluesky", "replyToUri": "at://nobody"},
            },
            {"accountId": first["id"], "text": "Fine by itself"},
        ],
    }
    return client, body


async def test_every_violation_of_every_target_is_told_at_once(
    server: Server, organization: Organization
) -> None:
    client, body = await _broken_everywhere(organization)
    before = await server.traces()
    answer = await client.publish(body)
    assert answer.status == 400
    violations = answer.error["violations"]
    assert answer.error["rule"] == violations[0]["rule"]
    assert answer.error["message"] == violations[0]["message"]
    assert {(each["target"], each["rule"]) for each in violations} >= {
        (0, "bluesky.text.max_graphemes"),
        (0, "bluesky.text.max_bytes"),
        (1, "bluesky.text.max_graphemes"),
        (1, "bluesky.text.max_bytes"),
        (1, "bluesky.media.count_max"),
    }
    assert [each["target"] for each in violations] == sorted(each["target"] for each in violations)
    assert {each["target"] for each in violations} == {0, 1}
    assert {re.split(r"[.\[]", each["field"])[0] for each in violations if each["target"] == 1} >= {
        "text",
        "firstComment",
        "media",
    }
    graphemes = violations[0]
    assert (graphemes["actual"], graphemes["limit"], graphemes["unit"]) == (301, 300, "graphemes")
    for each in violations:
        assert each["severity"] == "error"
        assert each["message"]
        assert each["remediation"]
        assert each["ruleUrl"].startswith(f"{server.url}/docs/preflight/")
    assert await server.traces() == before


async def test_the_same_request_gets_the_same_bytes(organization: Organization) -> None:
    client, body = await _broken_everywhere(organization)
    answers = [await client.publish(body) for _ in range(5)]
    assert len({_without_ids(each) for each in answers}) == 1


async def test_one_broken_target_stops_them_all(server: Server, organization: Organization) -> None:
    client = await organization.client()
    first = await organization.connect(client)
    second = await organization.connect(client)
    targets = [{"accountId": first["id"]}, {"accountId": second["id"], "text": "x" * 301}]
    answer = await client.publish({"targets": targets, "text": "Fine"})
    answer.refused(400, "preflight_failed", "bluesky.text.max_graphemes")
    assert [each["target"] for each in answer.error["violations"]] == [1]
    assert await server.timeline(first["displayName"]) == []


async def test_the_last_accepted_and_the_first_refused_text(organization: Organization) -> None:
    client = await organization.test_client()
    await organization.connect(client)
    target = [{"platform": "bluesky"}]
    accepted = await client.publish({"targets": target, "text": "x" * 300})
    assert accepted.status == 200
    refused = await client.publish({"targets": target, "text": "x" * 301})
    refused.refused(400, "preflight_failed", "bluesky.text.max_graphemes")


async def test_a_warning_does_not_stop_the_post_and_stands_apart(
    organization: Organization,
) -> None:
    client = await organization.client()
    await organization.connect(client)
    file = await client.upload(animation(), content_type="image/gif")
    media = [{"kind": "image", "mediaId": file.body["id"], "altText": "Noise"}]
    answer = await client.publish(
        {"targets": [{"platform": "bluesky"}], "text": "It does not move", "media": media}
    )
    assert answer.status == 200
    (result,) = answer.body["results"]
    assert result["status"] == "published"
    assert [each["code"] for each in result["warnings"]] == ["bluesky.media.gif_static"]
    assert "error" not in result
    shown = (await client.get(f"/v1/posts/{result['postId']}")).body
    assert shown["warnings"] == result["warnings"]


async def test_a_refusal_lists_no_warnings_among_its_violations(
    organization: Organization,
) -> None:
    client = await organization.client()
    await organization.connect(client)
    media = [{"kind": "image", "mediaId": (await client.upload(animation())).body["id"]}]
    answer = await client.publish(
        {"targets": [{"platform": "bluesky"}], "text": "x" * 301, "media": media}
    )
    assert [each["severity"] for each in answer.error["violations"]] == ["error"]


async def test_a_target_replaces_the_default_and_does_not_merge(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    login = await server.new_login()
    account = await organization.connect(client, login)
    media = [{"kind": "image", "mediaId": (await client.upload(image())).body["id"]}]
    answer = await client.publish(
        {
            "targets": [{"accountId": account["id"], "text": "Own", "media": []}],
            "text": "x" * 1000,
            "media": media,
        }
    )
    assert answer.status == 200, answer.body
    (entry,) = await server.timeline(login["identifier"])
    assert (entry["text"], entry["media"]) == ("Own", [])


async def test_results_come_in_the_order_of_the_targets(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    accounts = [await organization.connect(client) for _ in range(3)]
    await server.fault("slow", seconds=0.3, route="createRecord")
    answer = await client.publish(
        {"targets": [{"accountId": each["id"]} for each in accounts], "text": "In order"}
    )
    assert answer.body["status"] == "published"
    assert [each["accountId"] for each in answer.body["results"]] == [
        each["id"] for each in accounts
    ]


async def test_one_refusal_upstream_leaves_the_others_published(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    accounts = [await organization.connect(client) for _ in range(2)]
    await server.fault("status", status=400, route="createRecord")
    answer = await client.publish(
        {"targets": [{"accountId": each["id"]} for each in accounts], "text": "Mixed"}
    )
    assert (answer.status, answer.body["status"]) == (200, "partial_failed")
    statuses = sorted(each["status"] for each in answer.body["results"])
    assert statuses == ["published", "rejected"]
