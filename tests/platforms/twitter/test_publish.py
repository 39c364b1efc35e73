"""Posts of every kind reach X as it describes them, and every refusal means what it should."""

from typing import Any

import pytest

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.outcome import Published, Rejected, TryLater, Unknown
from letmepost.platforms.twitter import PLATFORM
from tests.platforms.cases import Failure, Kind
from tests.platforms.twitter.cases import FAILURES, KINDS
from tests.platforms.twitter.failures import UPLOAD
from tests.platforms.twitter.publishing import Publication, Publishing

BY_NAME = {kind.name: kind for kind in KINDS}
STATES = {Rejected: "rejected", TryLater: "queued", Unknown: "unknown"}


def of(world: Publishing, kind: Kind) -> Publication:
    return world.publication(kind.text, kind.files, **kind.options)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_post_of_every_kind_is_published(world: Publishing, kind: Kind) -> None:
    ended = await world.to_the_end(of(world, kind))
    assert isinstance(ended, Published)
    assert ended.uri.startswith("https://x.com/alice_on_x/status/")
    *_, first = await world.app.timeline()
    assert (first["id"], first["text"]) == (ended.uri.rpartition("/")[2], kind.text)
    assert [(each["mimeType"], each["alt"]) for each in first["media"]] == [
        (file.content_type, file.alt_text or "") for file in kind.files
    ]
    assert not ended.warnings
    assert await PLATFORM.publisher.verify(world.task(of(world, kind)), ended.uri) == "visible"


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
async def test_every_documented_failure_is_named(world: Publishing, failure: Failure) -> None:
    fault = dict(failure.fault)
    await world.app.fault(fault.pop("fault"), **fault)
    ended = await world.publish(of(world, BY_NAME[failure.kind]))
    assert STATES[type(ended)] == failure.state
    error: LetmepostError = ended.error  # type: ignore[union-attr]
    assert (error.code, error.rule) == (failure.code, failure.rule)
    if isinstance(ended, TryLater):
        assert ended.retry_after_seconds == failure.retry_after_seconds
        assert error.retry_after_source is not None or ended.retry_after_seconds is None
    if "body" in fault:
        assert error.platform_response == fault["body"]
    if failure.state != "unknown":
        assert await world.texts() == []


async def test_ledger_is_told_before_the_post_and_not_before_the_uploads(
    world: Publishing,
) -> None:
    await world.app.fault("status", route=UPLOAD, status=503)
    publication = of(world, BY_NAME["image"])
    assert isinstance(await world.publish(publication), TryLater)
    assert world.sendings == 0
    assert isinstance(await world.publish(publication), Published)
    assert world.sendings == 1


async def test_body_has_what_was_asked_for_and_nothing_else(world: Publishing) -> None:
    await world.to_the_end(of(world, BY_NAME["text"]))
    await world.to_the_end(of(world, BY_NAME["reply settings"]))
    await world.to_the_end(of(world, BY_NAME["tagged people"]))
    first, second, third = world.bodies()
    assert first == {"text": "The bridge at noon"}
    assert second == {"text": "For some", "reply_settings": "following"}
    ids = third["media"].pop("media_ids")
    assert third == {"text": "With Bob", "media": {"tagged_user_ids": ["2244994946"]}}
    assert [isinstance(each, str) for each in ids] == [True]


async def test_reply_and_quote_name_the_other_post(world: Publishing) -> None:
    await world.app.world(enterprise=True)
    own = await world.publish(world.publication("Own"))
    assert isinstance(own, Published)
    post_id = own.uri.rpartition("/")[2]
    reply = await world.publish(world.publication("Below", replyToTweetId=post_id))
    quote = await world.publish(world.publication("Look", quoteTweetId=post_id))
    assert isinstance(reply, Published)
    assert isinstance(quote, Published)
    assert (world.bodies())[1:] == [
        {"text": "Below", "reply": {"in_reply_to_tweet_id": post_id}},
        {"text": "Look", "quote_tweet_id": post_id},
    ]


async def test_quote_of_a_self_serve_app_is_refused_with_its_rule(world: Publishing) -> None:
    own = await world.publish(world.publication("Own"))
    assert isinstance(own, Published)
    ended = await world.publish(world.publication("Look", quoteTweetId=own.uri.rpartition("/")[2]))
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "twitter.quote.enterprise_only"


async def test_alt_text_is_told_before_the_post(world: Publishing) -> None:
    await world.publish(of(world, BY_NAME["image"]))
    assert world.calls() == ["POST /2/media/upload", "POST /2/media/metadata", "POST /2/tweets"]
    upload, metadata, _ = world.upstream.transcript
    assert [each["name"] for each in upload["requestBody"]] == ["media_category", "media"]
    assert upload["requestBody"][0]["value"] == "tweet_image"
    assert metadata["requestBody"]["metadata"] == {"alt_text": {"text": "A bridge"}}


async def test_alt_text_that_is_refused_stops_the_post(world: Publishing) -> None:
    await world.app.fault("status", route="/2/media/metadata", status=400)
    assert isinstance(await world.publish(of(world, BY_NAME["image"])), Rejected)
    assert await world.texts() == []


async def test_expired_token_is_renewed_and_the_post_goes_out_once(world: Publishing) -> None:
    await world.app.fault("expired_token")
    ended = await world.publish(world.publication())
    assert isinstance(ended, Published)
    assert (world.refreshes, await world.texts()) == (1, ["Hello"])
    # Both tries were told to the ledger: the first might have been the one that counts.
    assert world.sendings == 2


async def test_token_that_cannot_be_renewed_now_is_no_reason_to_give_up(world: Publishing) -> None:
    await world.app.fault("expired_token")
    await world.app.fault("status", route="/2/oauth2/token", status=503)
    ended = await world.publish(world.publication())
    assert isinstance(ended, TryLater)
    assert ended.error.code is ErrorCode.PLATFORM_UNAVAILABLE


async def test_missing_scope_asks_for_a_new_connection(world: Publishing) -> None:
    world.details = {**world.details, "scopes": ["tweet.read", "tweet.write", "users.read"]}
    body = {"title": "Forbidden", "detail": "You are not permitted to perform this action."}
    await world.app.fault("status", route=UPLOAD, status=403, body=body)
    ended = await world.publish(of(world, BY_NAME["image"]))
    assert isinstance(ended, Rejected)
    assert ended.error.code is ErrorCode.PLATFORM_AUTH_FAILED
    assert "media.write" in ended.error.message


async def test_lost_media_are_uploaded_once_more_and_then_given_up(world: Publishing) -> None:
    failure = next(each for each in FAILURES if each.name == "400 media ids once")
    fault: dict[str, Any] = dict(failure.fault) | {"times": 2}
    await world.app.fault(fault.pop("fault"), **fault)
    publication = of(world, BY_NAME["image"])
    assert isinstance(await world.publish(publication), TryLater)
    assert isinstance(await world.publish(publication), Rejected)
    assert world.calls().count("POST /2/media/upload") == 2


async def test_uploads_are_kept_while_the_post_waits(world: Publishing) -> None:
    await world.app.fault("status", route="/2/tweets?", status=429)
    publication = of(world, BY_NAME["images"])
    assert isinstance(await world.publish(publication), TryLater)
    assert isinstance(await world.publish(publication), Published)
    assert world.calls().count("POST /2/media/upload") == 4


async def test_uploads_that_x_has_forgotten_are_made_again(world: Publishing) -> None:
    await world.app.fault("status", route="/2/tweets?", status=429)
    publication = of(world, BY_NAME["image"])
    assert isinstance(await world.publish(publication), TryLater)
    world.clock.advance(24 * 3600)
    await world.refresh()
    assert isinstance(await world.publish(publication), Published)
    assert world.calls().count("POST /2/media/upload") == 2


async def test_nothing_sent_is_tried_again(world: Publishing) -> None:
    url = world.settings.api_url
    world.settings = world.settings.model_copy(update={"api_url": "http://127.0.0.1:1"})
    publication = world.publication()
    assert isinstance(await world.publish(publication), TryLater)
    world.settings = world.settings.model_copy(update={"api_url": url})
    assert isinstance(await world.publish(publication), Published)


async def test_real_limits_of_a_world_are_waited_out(world: Publishing) -> None:
    await world.app.world(enforceRateLimits=True, userPostsPerDay=1)
    await world.publish(world.publication("One"))
    ended = await world.publish(world.publication("Two"))
    assert isinstance(ended, TryLater)
    assert ended.retry_after_seconds == 24 * 3600
    assert ended.error.retry_after_source == "x-user-limit-24hour-reset"
    assert ended.error.rule == "twitter.rate.posts_user"


async def test_wait_ends_with_the_last_of_the_windows_that_are_used_up(world: Publishing) -> None:
    now = int(world.clock.now().timestamp())
    headers = {
        "x-rate-limit-remaining": "0",
        "x-rate-limit-reset": str(now + 600),
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": str(now + 4000),
        "x-app-limit-24hour-remaining": "8",
        "x-app-limit-24hour-reset": str(now + 9000),
    }
    await world.app.fault("status", route="/2/tweets?", status=429, headers=headers)
    ended = await world.publish(world.publication())
    assert isinstance(ended, TryLater)
    assert ended.retry_after_seconds == 4000
    assert ended.error.retry_after_source == "x-user-limit-24hour-reset"


async def test_tokens_stand_in_no_transcript(world: Publishing) -> None:
    await world.app.fault("expired_token")
    before = dict(world.credentials)
    await world.publish(of(world, BY_NAME["image"]))
    shown = str(world.upstream.transcript)
    for secret in (*before.values(), *world.credentials.values()):
        assert secret not in shown


async def test_post_that_is_not_there_is_absent(world: Publishing) -> None:
    task = world.task(world.publication())
    assert await PLATFORM.publisher.verify(task, "https://x.com/a/status/12") == "absent"
    await world.app.fault("status", route="/2/tweets/12", status=503)
    assert await PLATFORM.publisher.verify(task, "https://x.com/a/status/12") == "unknown"


async def test_preview_shows_the_bodies_that_are_sent(world: Publishing) -> None:
    publication = world.publication("One", thread=[{"text": "Two"}], first_comment="Three")
    shown = PLATFORM.publisher.preview(publication.draft, world.details)
    assert [each["json"]["text"] for each in shown] == ["One", "Two", "Three"]
    await world.to_the_end(publication)
    for sent, seen in zip(world.bodies(), shown, strict=True):
        assert sent.keys() == seen["json"].keys()


async def test_account_without_a_name_gets_an_address_that_works(world: Publishing) -> None:
    world.details = {**world.details, "username": None}
    ended = await world.publish(world.publication())
    assert isinstance(ended, Published)
    assert ended.uri.startswith("https://x.com/i/web/status/")
