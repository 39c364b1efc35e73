"""A request that cannot be published is refused whole: nothing stored, nothing sent, all named."""

import io
from typing import Any

import pytest

from tests.api.server import ON_ONE_DATABASE, Organization, Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

TARGET = {"platform": "bluesky"}
PAIR = [TARGET, TARGET]


def _post(**fields: Any) -> dict[str, Any]:
    return {"targets": [TARGET], "text": "Never sent", **fields}


RAW_BODIES: dict[str, tuple[bytes, str]] = {
    "broken JSON": (b'{"targets": [', "body.json"),
    "an empty body": (b"", "body.json"),
    "no JSON at all": (b"text=hello&targets=bluesky", "body.json"),
    "a second document": (b"{} {}", "body.json"),
    "not UTF-8": (b'{"targets":[{"platform":"bluesky"}],"text":"\xff\xfe"}', "body.json"),
    "a lone surrogate": (b'{"targets":[{"platform":"bluesky"}],"text":"\\ud800"}', "body.json"),
    "NaN": (b'{"targets": NaN}', "targets"),
    "a list": (b"[]", "body"),
    "null": (b"null", "body"),
    "a text": (b'"post this"', "body"),
    "deep nesting": (b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body.json"),
    "deep nesting that is not closed": (b"[" * 1_000_000, "body.json"),
    "a huge number for a text": (b'{"targets":[],"text":' + b"9" * 5000 + b"}", "body.json"),
    "a huge number for a time": (
        b'{"targets":[{"platform":"bluesky"}],"text":"x","scheduledAt":1e999}',
        "scheduledAt",
    ),
}

BODIES: dict[str, tuple[Any, str]] = {
    "nothing": ({}, "targets.required"),
    "no targets": ({"text": "x"}, "targets.required"),
    "an empty list": ({"targets": [], "text": "x"}, "targets.required"),
    "26 targets": ({"targets": [TARGET] * 26, "text": "x"}, "targets.max"),
    "a target that names nobody": ({"targets": [{}], "text": "x"}, "targets.account.required"),
    "a text as a number": (_post(text=7), "text"),
    "a text as a list": (_post(text=["x"]), "text"),
    "a target as a text": ({"targets": ["bluesky"], "text": "x"}, "targets.0"),
    "targets as an object": ({"targets": TARGET, "text": "x"}, "targets"),
    "an account id as a number": (
        {"targets": [{"accountId": 7}], "text": "x"},
        "targets.0.accountId",
    ),
    "publishNow as a text": (_post(publishNow="perhaps"), "publishNow"),
    "an unknown field": (_post(shedule="2030-01-01T00:00:00Z"), "shedule"),
    "a snake_case field": (_post(scheduled_at="2030-01-01T00:00:00Z"), "scheduled_at"),
    "an unknown field of a target": (
        {"targets": [{**TARGET, "txt": "x"}], "text": "x"},
        "targets.0.txt",
    ),
    "an unknown field of a file": (
        _post(media=[{"kind": "image", "mediaId": "m", "alt": "x"}]),
        "media.0.alt",
    ),
    "a naive time": (_post(scheduledAt="2030-01-01T00:00:00"), "scheduledAt"),
    "a date alone": (_post(scheduledAt="2030-01-01"), "scheduledAt"),
    "a time as a number": (_post(scheduledAt=1_893_456_000), "scheduledAt"),
    "a time in words": (_post(scheduledAt="tomorrow at nine"), "scheduledAt"),
    "a time that is over": (_post(scheduledAt="2020-01-01T00:00:00Z"), "scheduledAt.future"),
    "a time that UTC has not": (
        _post(scheduledAt="0001-01-01T00:00:02+04:00"),
        "scheduledAt.future",
    ),
    "a time in a century": (_post(scheduledAt="2126-01-01T00:00:00Z"), "scheduledAt.horizon"),
    "now and later": (_post(publishNow=True, scheduledAt="2030-01-01T00:00:00Z"), "mode_conflict"),
    "both shapes": (
        {"account": {"platform": "bluesky", "id": "x"}, "targets": [TARGET], "text": "x"},
        "targets.shape",
    ),
    "options of another platform": (
        {
            "targets": [{**TARGET, "options": {"platform": "twitter", "replyToTweetId": "1"}}],
            "text": "x",
        },
        "targets.options.platform_mismatch",
    ),
    "options of no platform": (
        {"targets": [{**TARGET, "options": {"platform": "myspace"}}], "text": "x"},
        "targets.0.options.platform",
    ),
    "options with an unknown field": (
        {"targets": [{**TARGET, "options": {"platform": "bluesky", "lang": "en"}}], "text": "x"},
        "targets.0.options.lang",
    ),
    "options without a platform": (
        {"targets": [{**TARGET, "options": {"langs": ["en"]}}], "text": "x"},
        "targets.0.options.platform",
    ),
    "options as a list": (
        {"targets": [{**TARGET, "options": []}], "text": "x"},
        "targets.0.options",
    ),
    "neither text nor media": ({"targets": [TARGET]}, "targets.text.required"),
    "an empty text": (_post(text=""), "targets.text.required"),
    "two sources of one file": (
        _post(media=[{"kind": "image", "mediaId": "m", "url": "https://a.example/b.jpg"}]),
        "media.source.exactly_one",
    ),
    "no source of a file": (_post(media=[{"kind": "image"}]), "media.source.exactly_one"),
    "a file that is not base64": (
        _post(media=[{"kind": "image", "bytesBase64": "data:image/png;base64,AAAA"}]),
        "media.bytes_base64",
    ),
    "a sound": (_post(media=[{"kind": "audio", "mediaId": "m"}]), "media.0.kind"),
    "the same content on one account twice": (
        {"targets": PAIR, "text": "x"},
        "targets.duplicate_account",
    ),
    "a first comment without a text": (_post(firstComment={}), "firstComment.text"),
    "NUL in the text": (_post(text="a\0b"), "text"),
    "NUL in alt text": (
        _post(media=[{"kind": "image", "mediaId": "m", "altText": "a\0b"}]),
        "media.0.altText",
    ),
    "NUL in the first comment": (_post(firstComment={"text": "a\0b"}), "firstComment.text"),
    "NUL in an option": (
        {
            "targets": [{**TARGET, "options": {"platform": "bluesky", "langs": ["e\0"]}}],
            "text": "x",
        },
        "targets.0.options.langs.0",
    ),
}


@ON_ONE_DATABASE
async def test_a_body_that_cannot_be_read_changes_nothing(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    before = await server.traces()
    wrong = []
    for name, (raw, rule) in RAW_BODIES.items():
        for headers in ({}, {"Idempotency-Key": name}):
            answer = await client.call("POST", "/v1/posts", data=raw, headers=headers)
            if (answer.status, answer.error.get("rule")) != (400, rule):
                wrong.append((name, answer.body))
    assert wrong == []
    assert await server.traces() == before


async def test_a_body_that_makes_no_sense_changes_nothing_and_is_told_why(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    before = await server.traces()
    wrong = []
    for name, (body, rule) in BODIES.items():
        answer = await client.publish(body)
        if (answer.status, answer.error.get("rule")) != (400, rule):
            wrong.append((name, rule, answer.body))
    assert wrong == []
    assert await server.traces() == before


async def test_every_unknown_field_is_named(organization: Organization) -> None:
    client = await organization.client()
    answer = await client.publish(
        {"targets": [{**TARGET, "one": 1}], "text": "x", "two": 2, "three": {"four": 4}}
    )
    answer.refused(400, "validation_failed", "targets.0.one")
    fields = [each["field"] for each in answer.error["violations"]]
    assert fields == ["targets[0].one", "two", "three"]
    for each in answer.error["violations"]:
        assert each["field"] in each["message"]


async def test_ids_that_are_not_there_answer_404_and_change_nothing(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    before = await server.traces()
    ids = ["acc_0000000000000000000000", "7", "", "../..", "x" * 64, account["id"] + "x"]
    for each in ids:
        answer = await client.publish({"targets": [{"accountId": each}], "text": "x"})
        answer.refused(404, "not_found")
        answer = await client.publish({"account": {"platform": "bluesky", "id": each}, "text": "x"})
        answer.refused(404, "not_found")
        answer = await client.publish(_post(media=[{"kind": "image", "mediaId": f"m{each}"[:64]}]))
        answer.refused(404, "not_found", "media.unknown")
    assert await server.traces() == before


async def test_two_accounts_of_a_platform_must_be_told_apart(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    first = await organization.connect(client)
    second = await organization.connect(client)
    before = await server.traces()
    answer = await client.publish(_post())
    answer.refused(400, "validation_failed", "target.account.ambiguous")
    candidates = answer.error["platformResponse"]["candidates"]
    assert [each["accountId"] for each in candidates] == [first["id"], second["id"]]
    assert [each["displayName"] for each in candidates] == [
        first["displayName"],
        second["displayName"],
    ]
    assert await server.traces() == before


async def test_a_platform_without_an_account_is_refused(organization: Organization) -> None:
    client = await organization.client()
    for platform in ("bluesky", "myspace"):
        answer = await client.publish({"targets": [{"platform": platform}], "text": "x"})
        answer.refused(400, "validation_failed", "target.account.not_connected")
        assert f"POST /v1/accounts/connect/{platform}," in answer.error["remediation"]
        assert answer.error["remediation"] == answer.error["violations"][0]["remediation"]


async def test_an_account_and_a_platform_that_disagree_are_refused(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    target = {"accountId": account["id"], "platform": "twitter"}
    answer = await client.publish({"targets": [target], "text": "x"})
    answer.refused(400, "validation_failed", "targets.account.platform_mismatch")
    old = {"account": {"platform": "twitter", "id": account["id"]}, "text": "x"}
    answer = await client.publish(old)
    answer.refused(400, "validation_failed", "targets.account.platform_mismatch")


async def test_one_account_may_get_two_different_texts(organization: Organization) -> None:
    client = await organization.test_client()
    await organization.connect(client)
    targets = [{**TARGET, "text": "one"}, {**TARGET, "text": "two"}]
    answer = await client.publish({"targets": targets})
    assert answer.status == 200
    assert len({each["postId"] for each in answer.body["results"]}) == 2


async def test_a_body_over_the_limit_answers_413(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    await organization.connect(client)
    before = await server.traces()
    limit = server.service.state.settings.body_max_bytes
    declared = await client.call("POST", "/v1/posts", data=io.BytesIO(b" " * (limit + 1)))
    declared.refused(413, "validation_failed", "body.size_max")
    assert await server.traces() == before
