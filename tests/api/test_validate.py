"""`POST /v1/posts/validate`: what publishing would say and send, and nothing comes of it."""

import base64
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from letmepost.platforms import platforms, rules_for
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server
from tests.api.test_bad_posts import BODIES
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = "/v1/posts/validate"
LATER = "2030-01-31T09:00:00Z"
CREATE_RECORD = "com.atproto.repo.createRecord"
# Chosen anew for every attempt, or known only once the files are there.
OF_THE_ATTEMPT = {"rkey", "createdAt", "image"}


def _picture(**more: Any) -> dict[str, Any]:
    inline = base64.b64encode(image()).decode()
    return {"kind": "image", "altText": "Noise", "bytesBase64": inline, **more}


async def _told(client: Client, body: Any) -> list[dict[str, Any]]:
    answer = await client.post(PATH, body)
    assert answer.status == 200, answer.body
    targets: list[dict[str, Any]] = answer.body["targets"]
    assert answer.body["valid"] == all(each["valid"] for each in targets)
    assert [each["valid"] for each in targets] == [not each["violations"] for each in targets]
    return targets


def _settled(value: Any) -> Any:
    """A request without what is chosen anew for every attempt."""
    if isinstance(value, dict):
        return {name: _settled(each) for name, each in value.items() if name not in OF_THE_ATTEMPT}
    return [_settled(each) for each in value] if isinstance(value, list) else value


async def test_validating_sends_and_stores_nothing(
    server: Server, organization: Organization
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    stored = (await client.upload(image())).body["id"]
    bodies = [
        {"targets": [{"platform": "bluesky"}], "text": "Fine", "media": [_picture()]},
        {"targets": [{"accountId": account["id"]}], "text": "x" * 301, "scheduledAt": LATER},
        {"account": {"platform": "bluesky", "id": account["id"]}, "text": "Older"},
        {
            "targets": [{"platform": "bluesky"}],
            "text": "Stored",
            "media": [{"kind": "image", "mediaId": stored}],
            "fit": "auto",
        },
    ]
    before = await server.traces()
    for body in bodies:
        await _told(client, body)
        assert (await client.post(PATH, body, headers={"Idempotency-Key": "k"})).status == 200
    assert await server.traces() == before


@ON_ONE_DATABASE
async def test_a_post_that_would_go_out_is_told_whole(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    (target,) = await _told(client, {"targets": [{"platform": "bluesky"}], "text": "Twelve chars"})
    assert (target["target"], target["platform"]) == (0, "bluesky")
    assert target["accountId"] == account["id"]
    assert target["valid"]
    assert (target["violations"], target["warnings"], target["quota"]) == ([], [], [])
    assert target["fixes"] == []
    declared = [each for each in rules_for(platforms()["bluesky"]) if each.check is not None]
    assert sorted(each["rule"] for each in target["rules"]) == sorted(each.id for each in declared)
    assert {each["result"] for each in target["rules"]} == {"pass"}
    left = {(each["rule"], each["used"], each["left"]) for each in target["lengths"]}
    assert ("bluesky.text.max_graphemes", 12, 288) in left


@ON_ONE_DATABASE
async def test_every_rule_says_pass_fail_or_why_it_was_skipped(organization: Organization) -> None:
    client = await organization.client()
    for target in await _told(client, {"targets": [{"platform": "twitter"}], "text": "Hello"}):
        assert target["valid"]
        assert target["accountId"] is None
        assert [each["rule"] for each in target["warnings"]] == ["target.account.assumed"]
        needing = {
            each.id
            for each in rules_for(platforms()["twitter"])
            if each.check is not None and each.needs_account
        }
        skipped = {each["rule"]: each["why"] for each in target["rules"] if "why" in each}
        assert set(skipped) == needing
        assert all("account" in why for why in skipped.values())
    failing = {"targets": [{"platform": "bluesky"}], "text": "x" * 301}
    (told,) = await _told(client, failing)
    failed = [each["rule"] for each in told["rules"] if each["result"] == "fail"]
    assert failed == [each["rule"] for each in told["violations"]] == ["bluesky.text.max_graphemes"]
    assert told["request"] is None


RICH = "Tell @{handle} of https://letmepost.dev/docs and #ships \U0001f6a2"
SENT: dict[str, dict[str, Any]] = {
    "a text": {"text": "Plain"},
    "a text with a link, a name and a tag": {"text": RICH},
    "a text of several lines": {"text": "One\r\nTwo\rThree\n"},
    "languages and labels": {
        "text": "Bonjour",
        "options": {"platform": "bluesky", "langs": ["fr"], "tags": ["harbour"]},
    },
    "an image": {"text": "Seen", "media": [_picture()]},
    "two images without a text": {"media": [_picture(), _picture(altText="Again")]},
    "a first comment": {"text": "First", "firstComment": {"text": "Second, with #ships"}},
    "a first comment that names somebody": {"text": "First", "firstComment": {"text": RICH}},
    "a card": {
        "text": "Read this",
        "options": {
            "platform": "bluesky",
            "card": {"uri": "https://letmepost.dev/", "title": "Title", "description": "More"},
        },
    },
    "a reply, a quote and a card": {
        "text": "So it is",
        "firstComment": {"text": "And more"},
        "options": {
            "platform": "bluesky",
            "replyToUri": "{uri}",
            "replyToCid": "{cid}",
            "replyRootUri": "{uri}",
            "replyRootCid": "{cid}",
            "quoteUri": "{uri}",
            "quoteCid": "{cid}",
            "card": {"uri": "https://letmepost.dev/", "title": "T", "description": "D"},
        },
    },
    "a quote": {
        "text": "So it is",
        "options": {"platform": "bluesky", "quoteUri": "{uri}", "quoteCid": "{cid}"},
    },
    "a gallery": {
        "text": "Seen",
        "media": [_picture()] * 5,
        "options": {"platform": "bluesky", "gallery": True},
    },
}


@ON_ONE_DATABASE
@pytest.mark.parametrize("name", SENT)
async def test_the_effective_request_is_what_publishing_then_sends(
    server: Server, organization: Organization, name: str
) -> None:
    client = await organization.client()
    login = await server.new_login()
    await organization.connect(client, login)
    (earlier,) = (
        await client.publish({"targets": [{"platform": "bluesky"}], "text": "Said before"})
    ).body["results"]
    target = json.dumps({"platform": "bluesky", **SENT[name]})
    for hole, filled in (
        ("{handle}", login["identifier"]),
        ("{uri}", earlier["uri"]),
        ("{cid}", earlier["cid"]),
    ):
        target = target.replace(hole, filled)
    body = {"targets": [json.loads(target)]}
    (told,) = await _told(client, body)
    before = len(await server.upstream())
    published = await client.publish(body)
    assert published.body.get("status") == "published", published.body
    sent = [each for each in (await server.upstream())[before:] if CREATE_RECORD in each["path"]]
    assert len(told["request"]) == len(sent)
    for planned, real in zip(told["request"], sent, strict=True):
        assert planned["method"] == real["method"]
        assert planned["url"].endswith(CREATE_RECORD)
        ours, theirs = _settled(planned["json"]), _settled(json.loads(real["body"]))
        reply = ours["record"].get("reply", {})
        for end in [end for end, named in reply.items() if named == "(the post)"]:
            # The comment answers a post whose address nobody knows before it is there.
            reply[end] = theirs["record"]["reply"][end]
        for facets in (ours["record"].get("facets", []), theirs["record"].get("facets", [])):
            for feature in (feature for facet in facets for feature in facet["features"]):
                if "did" in feature:
                    feature["did"] = "(a DID)"
        assert ours == theirs


@ON_ONE_DATABASE
async def test_both_shapes_are_told_the_same(organization: Organization) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    options = {"langs": ["en", "fr", "de", "it"]}
    for text in ("Fine", "x" * 301):
        newer = {
            "targets": [
                {"accountId": account["id"], "options": {"platform": "bluesky", **options}}
            ],
            "text": text,
        }
        older = {
            "account": {"platform": "bluesky", "id": account["id"]},
            "text": text,
            "bluesky": options,
        }
        assert await _told(client, newer) == await _told(client, older)


async def test_an_account_that_nobody_knows_is_not_found(organization: Organization) -> None:
    client = await organization.client()
    for body in (
        {"targets": [{"accountId": "acc_nobody"}], "text": "x"},
        {"account": {"platform": "bluesky", "id": "acc_nobody"}, "text": "x"},
    ):
        for path in (PATH, "/v1/posts"):
            assert (await client.post(path, body)).status == 404


@ON_ONE_DATABASE
async def test_a_platform_that_nobody_knows_is_refused(organization: Organization) -> None:
    client = await organization.client()
    answer = await client.post(PATH, {"targets": [{"platform": "myspace"}], "text": "x"})
    answer.refused(400, "validation_failed", "platform")


@ON_ONE_DATABASE
async def test_targets_are_told_apart_and_in_order(organization: Organization) -> None:
    client = await organization.client()
    await organization.connect(client)
    names = list(platforms())
    body = {"targets": [{"platform": name} for name in names], "text": "x" * 400}
    told = await _told(client, body)
    assert [each["target"] for each in told] == list(range(len(names)))
    assert [each["platform"] for each in told] == names
    validity = {each["platform"]: each["valid"] for each in told}
    assert (validity["bluesky"], validity["linkedin"], validity["twitter"]) == (False, True, False)
    for each in told:
        assert {found["target"] for found in each["violations"]} <= {each["target"]}
        assert {fix["target"] for fix in each["fixes"]} <= {each["target"]}


@ON_ONE_DATABASE
async def test_fixes_of_the_answer_make_the_post_valid(organization: Organization) -> None:
    client = await organization.client()
    await organization.connect(client)
    body = {
        "targets": [{"platform": "bluesky"}],
        "text": "A sentence of a few words. " * 20,
        "media": [_picture(altText="word " * 500)],
    }
    (told,) = await _told(client, body)
    assert sorted(each["kind"] for each in told["fixes"]) == ["cut_alt_text", "shorten_text"]
    for fix in told["fixes"]:
        if fix["field"] == "text":
            body["text"] = fix["value"]
        else:
            assert fix["field"] == "media[0].altText"
            body["media"] = [_picture(altText=fix["value"])]
    (told,) = await _told(client, body)
    assert told["valid"], told["violations"]


@ON_ONE_DATABASE
async def test_a_quota_that_will_be_full_is_forecast(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await organization.client()
    await organization.connect(client)
    quota = platforms()["bluesky"].quotas[0]
    body = {"targets": [{"platform": "bluesky"}], "text": "Full", "scheduledAt": LATER}
    (told,) = await _told(client, body)
    assert told["quota"] == []
    full = replace(quota, limit=replace(quota.limit, value=0))
    stub = SimpleNamespace(title="Bluesky", quotas=[full])
    monkeypatch.setattr("letmepost.posts.recent.platforms", lambda: {"bluesky": stub})
    (told,) = await _told(client, body)
    assert told["valid"]
    assert [each["rule"] for each in told["quota"]] == ["quota.forecast"]
    assert told["quota"] == told["warnings"]


AGREEING: dict[str, dict[str, Any]] = {
    "a fine text": {"text": "Fine"},
    "the last accepted text": {"text": "x" * 300},
    "the first refused text": {"text": "x" * 301},
    "3,000 bytes in few characters": {
        "text": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 140
    },
    "white space alone": {"text": " \n\t "},
    "invisible characters alone": {"text": "\u200b\u200d"},
    "right to left": {"text": "\u202eshalom \u05e9\u05dc\u05d5\u05dd"},
    "a long comment": {"text": "Fine", "firstComment": {"text": "y" * 301}},
    "an empty comment": {"text": "Fine", "firstComment": {"text": ""}},
    "four images": {"text": "Fine", "media": [_picture()] * 4},
    "five images": {"text": "Fine", "media": [_picture()] * 5},
    "an image that says it is a video": {"text": "Fine", "media": [_picture(kind="video")]},
    "no image at all": {
        "text": "Fine",
        "media": [_picture(bytesBase64=base64.b64encode(b"plain").decode())],
    },
    "an image cut short": {
        "text": "Fine",
        "media": [_picture(bytesBase64=base64.b64encode(image()[:900]).decode())],
    },
    "long alt text": {"text": "Fine", "media": [_picture(altText="a" * 2001)]},
    "a file that nobody knows": {"text": "Fine", "media": [{"kind": "image", "mediaId": "med_x"}]},
    "three languages": {
        "text": "Fine",
        "targets": [
            {"platform": "bluesky", "options": {"platform": "bluesky", "langs": ["en", "fr", "de"]}}
        ],
    },
    "four languages": {
        "text": "Fine",
        "targets": [
            {
                "platform": "bluesky",
                "options": {"platform": "bluesky", "langs": ["en", "fr", "de", "it"]},
            }
        ],
    },
    "a reply to nothing": {
        "text": "Fine",
        "targets": [
            {"platform": "bluesky", "options": {"platform": "bluesky", "replyToUri": "at://nobody"}}
        ],
    },
    "in an hour": {"text": "Fine", "scheduledAt": LATER},
    "made to fit": {"text": "Fine", "media": [_picture()], "fit": "auto"},
    "one of two broken": {
        "text": "Fine",
        "targets": [{"platform": "bluesky"}, {"platform": "bluesky", "text": "x" * 301}],
    },
    "the same twice, differently": {
        "text": "Fine",
        "targets": [{"platform": "bluesky"}, {"platform": "bluesky", "text": "Other"}],
    },
}


@ON_ONE_DATABASE
@pytest.mark.parametrize("name", [*AGREEING, *BODIES])
async def test_it_agrees_with_publishing(organization: Organization, name: str) -> None:
    client = await organization.client()
    await organization.connect(client)
    if name in AGREEING:
        body: Any = {"targets": [{"platform": "bluesky"}], **AGREEING[name]}
    else:
        body = BODIES[name][0]
    await _agrees_with_publishing(client, body)


async def _agrees_with_publishing(client: Client, body: Any) -> None:
    told = await client.post(PATH, body)
    published = await client.publish(body)
    assert told.status in (200, published.status), told.body
    valid = told.status == 200 and told.body["valid"]
    assert valid == (published.status < 400), (told.body, published.body)
    if told.status == 200 and not valid:
        found = [each for target in told.body["targets"] for each in target["violations"]]
        assert found == published.error["violations"]
    elif told.status == 400:
        assert told.error["rule"] == published.error["rule"]
