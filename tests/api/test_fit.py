"""`fit: "auto"`: images are made to fit for the platform that would refuse them, and said so."""

import base64
from typing import Any

import pytest

from letmepost.posts.offline import validate
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server
from tests.media.samples import animation, image

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGE = image("PNG", (1200, 900))


def _body(media: dict[str, Any], **more: Any) -> dict[str, Any]:
    attached = [{"kind": "image", "altText": "Noise", **media}]
    return {"targets": [{"platform": "bluesky"}], "text": "Fits", "media": attached, **more}


async def _ready(organization: Organization) -> Client:
    client = await organization.client()
    await organization.connect(client)
    return client


async def test_a_large_image_is_mended_and_the_original_stays(
    server: Server, organization: Organization
) -> None:
    client = await _ready(organization)
    assert len(LARGE) > 1_000_000
    stored = (await client.upload(LARGE)).body
    (await client.publish(_body({"mediaId": stored["id"]}))).refused(
        400, "preflight_failed", "bluesky.media.image_size_max"
    )
    sent = await client.publish(_body({"mediaId": stored["id"]}, fit="auto"))
    assert sent.status == 200, sent.body
    (result,) = sent.body["results"]
    assert result["status"] == "published"
    (warning,) = result["warnings"]
    assert warning["code"] == "media.refitted"
    assert f"{len(LARGE):,} bytes of image/png, 1200 x 900 pixels" in warning["message"]
    post = (await client.get(f"/v1/posts/{result['postId']}")).body
    (reference,) = post["mediaRefs"]
    assert reference["mediaId"] != stored["id"]
    assert reference["altText"] == "Noise"
    fitted = await server.stranger.get(f"/v1/media/{reference['mediaId']}/file")
    assert len(fitted.raw) <= 1_000_000
    assert [each["id"] for each in (await client.get("/v1/media")).body["data"]] == [stored["id"]]
    again = await client.publish(_body({"mediaId": stored["id"]}, fit="auto", text="Again"))
    once_more = (await client.get(f"/v1/posts/{again.body['results'][0]['postId']}")).body
    assert once_more["mediaRefs"] == [reference]
    assert (await server.traces()).working_files == frozenset()


async def test_an_inline_image_is_mended_in_the_older_shape_and_by_an_edit(
    organization: Organization,
) -> None:
    client = await organization.client()
    account = await organization.connect(client)
    inline = {"bytesBase64": base64.b64encode(image("TIFF", (400, 300))).decode()}
    body = _body(inline, scheduledAt="2030-01-31T09:00:00Z", fit="auto")
    del body["targets"]
    body["account"] = {"platform": "bluesky", "id": account["id"]}
    sent = await client.publish(body)
    assert sent.status == 202, sent.body
    assert [each["code"] for each in sent.body["warnings"]] == ["media.refitted"]
    path = f"/v1/posts/{sent.body['id']}"
    before = (await client.get(path)).body["mediaRefs"]
    large = [{"kind": "image", "mediaId": (await client.upload(LARGE)).body["id"]}]
    refused = await client.call("PATCH", path, json={"media": large})
    refused.refused(400, "preflight_failed", "bluesky.media.image_size_max")
    edited = await client.call("PATCH", path, json={"media": large, "fit": "auto"})
    assert edited.status == 200, edited.body
    assert edited.body["mediaRefs"] != before
    assert [each["code"] for each in edited.body["warnings"]] == ["media.refitted"]
    alone = await client.call("PATCH", path, json={"fit": "auto"})
    assert alone.status == 400


@ON_ONE_DATABASE
async def test_what_cannot_be_mended_is_refused_as_ever(
    server: Server, organization: Organization
) -> None:
    client = await _ready(organization)
    moving = animation("WEBP") + bytes(1_100_000)
    for content, text, rule in (
        (moving, "Moving", "bluesky.media.image_size_max"),
        (LARGE[:2000], "Cut", "media.file.corrupt"),
        (LARGE, "Long" * 100, "bluesky.text.max_graphemes"),
    ):
        stored = (await client.upload(content)).body
        before = await server.traces()
        answer = await client.publish(_body({"mediaId": stored["id"]}, text=text, fit="auto"))
        assert answer.status == 400
        assert rule in answer.rules
        assert await server.traces() == before
    (await client.publish(_body({"mediaId": "x"}, fit="always"))).refused(
        400, "validation_failed", "fit"
    )


@ON_ONE_DATABASE
async def test_validate_offers_the_fix_and_takes_it_at_its_word(
    organization: Organization,
) -> None:
    client = await _ready(organization)
    stored = (await client.upload(LARGE)).body
    body = _body({"mediaId": stored["id"]})
    (target,) = (await client.post("/v1/posts/validate", body)).body["targets"]
    assert not target["valid"]
    (fix,) = target["fixes"]
    assert (fix["kind"], fix["field"], fix["value"]) == (
        "refit_image",
        "media[0]",
        {"fit": "auto"},
    )
    assert fix["rules"] == ["bluesky.media.image_size_max"]
    applied = await client.post("/v1/posts/validate", {**body, **fix["value"]})
    (target,) = applied.body["targets"]
    assert target["valid"], target
    assert [each["rule"] for each in target["warnings"]] == ["media.refitted"]
    assert "would become" in target["warnings"][0]["message"]
    assert target["fixes"] == []


async def test_offline_validation_says_the_same() -> None:
    body = _body({"bytesBase64": base64.b64encode(LARGE).decode()})
    (target,) = validate(body)["targets"]
    assert [each["kind"] for each in target["fixes"]] == ["refit_image"]
    (target,) = validate({**body, "fit": "auto"})["targets"]
    assert target["valid"]
