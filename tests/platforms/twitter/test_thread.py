"""Each post of a thread is an attempt of its own, and none is made twice."""

import pytest

from letmepost.platform_kit.outcome import Published, Rejected, TryLater, Unknown, Waiting
from tests.platforms.twitter.publishing import Publication, Publishing

CREATE = "/2/tweets?"


def thread(world: Publishing, comment: str | None = None) -> Publication:
    further = [{"text": "Two"}, {"text": "Three"}]
    return world.publication("One", first_comment=comment, thread=further)


async def chain(world: Publishing) -> list[str | None]:
    """What each post on the platform answers, by text."""
    texts = {each["id"]: each["text"] for each in await world.app.timeline()}
    return [texts.get(body.get("reply", {}).get("in_reply_to_tweet_id")) for body in world.bodies()]


async def test_every_post_is_an_attempt_and_answers_the_one_before(world: Publishing) -> None:
    publication = thread(world)
    first = await world.publish(publication)
    assert isinstance(first, Waiting)
    assert first.look_after_seconds == 0
    assert len(first.checkpoint["posted"]) == 1
    assert isinstance(await world.publish(publication), Waiting)
    ended = await world.publish(publication)
    assert isinstance(ended, Published)
    assert await world.texts() == ["One", "Two", "Three"]
    assert await chain(world) == [None, "One", "Two"]
    assert ended.uri.endswith(first.checkpoint["posted"][0])
    assert len({ended.uri, *ended.thread_uris}) == 3
    assert world.sendings == 3


async def test_first_comment_is_the_last_of_the_chain(world: Publishing) -> None:
    ended = await world.to_the_end(thread(world, "Four"))
    assert isinstance(ended, Published)
    assert await chain(world) == [None, "One", "Two", "Three"]
    newest, *_ = await world.app.timeline()
    assert str(ended.first_comment_uri).endswith(newest["id"])
    assert len({ended.uri, *ended.thread_uris, ended.first_comment_uri}) == 4
    alone = await world.to_the_end(world.publication("Alone", first_comment="Below"))
    assert isinstance(alone, Published)
    assert alone.first_comment_uri is not None
    assert alone.first_comment_uri != alone.uri


async def test_reply_settings_are_those_of_the_first_post(world: Publishing) -> None:
    await world.to_the_end(
        world.publication("One", replySettings="following", thread=[{"text": "Two"}])
    )
    assert [each.get("reply_settings") for each in world.bodies()] == ["following", None]


@pytest.mark.parametrize("position", [0, 1, 2])
async def test_lost_answer_in_the_middle_is_found_and_the_rest_follows(
    world: Publishing, position: int
) -> None:
    publication = thread(world)
    for _ in range(position):
        await world.publish(publication)
    await world.app.fault("cut_after_commit", route=CREATE)
    assert isinstance(await world.publish(publication), Unknown)
    found = await world.reconcile(publication)
    ended = found if position == 2 else await world.to_the_end(publication)
    assert isinstance(ended, Published)
    assert await world.texts() == ["One", "Two", "Three"]
    assert [each["text"] for each in world.bodies()] == ["One", "Two", "Three"]


@pytest.mark.parametrize("position", [0, 1, 2])
async def test_request_lost_in_the_middle_is_sent_again(world: Publishing, position: int) -> None:
    publication = thread(world)
    for _ in range(position):
        await world.publish(publication)
    await world.app.fault("cut_before_commit", route=CREATE)
    assert isinstance(await world.publish(publication), Unknown)
    assert isinstance(await world.reconcile(publication), Waiting)
    assert isinstance(await world.to_the_end(publication), Published)
    assert await world.texts() == ["One", "Two", "Three"]


async def test_thread_whose_checkpoint_was_lost_goes_on_where_it_ended(world: Publishing) -> None:
    """An operator's retry starts from the plan alone; X's refusal of the first text says enough."""
    publication = thread(world)
    await world.publish(publication)
    await world.publish(publication)
    publication.checkpoint = {}
    world.clock.advance(300)
    assert isinstance(await world.to_the_end(publication), Published)
    assert await world.texts() == ["One", "Two", "Three"]


async def test_limit_in_the_middle_waits_and_keeps_what_is_out(world: Publishing) -> None:
    publication = thread(world)
    await world.publish(publication)
    reset = int(world.clock.now().timestamp()) + 600
    headers = {"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(reset)}
    await world.app.fault("status", route=CREATE, status=429, headers=headers)
    waiting = await world.publish(publication)
    assert isinstance(waiting, Waiting)
    assert waiting.look_after_seconds == 600
    assert isinstance(await world.to_the_end(publication), Published)
    assert await world.texts() == ["One", "Two", "Three"]


async def test_limit_at_the_first_post_is_tried_later(world: Publishing) -> None:
    await world.app.fault("status", route=CREATE, status=429)
    assert isinstance(await world.publish(thread(world)), TryLater)


async def test_token_that_cannot_be_renewed_in_the_middle_keeps_what_is_out(
    world: Publishing,
) -> None:
    publication = thread(world)
    await world.publish(publication)
    await world.app.fault("expired_token")
    await world.app.fault("status", route="/2/oauth2/token", status=503)
    assert isinstance(await world.publish(publication), Waiting)
    assert isinstance(await world.to_the_end(publication), Published)
    assert await world.texts() == ["One", "Two", "Three"]


async def test_thread_that_is_refused_in_the_middle_is_published_with_a_warning(
    world: Publishing,
) -> None:
    publication = thread(world, "Four")
    await world.publish(publication)
    await world.app.fault("status", route=CREATE, status=403)
    ended = await world.publish(publication)
    assert isinstance(ended, Published)
    assert [each.code for each in ended.warnings] == [
        "twitter.thread.incomplete",
        "twitter.first_comment.not_published",
    ]
    assert ended.first_comment_uri is None
    assert await world.texts() == ["One"]


async def test_thread_that_never_goes_on_ends_with_a_warning(world: Publishing) -> None:
    publication = thread(world)
    await world.publish(publication)
    await world.app.fault("status", route=CREATE, status=429, times=20)
    ended = await world.to_the_end(publication)
    assert isinstance(ended, Published)
    assert [each.code for each in ended.warnings] == ["twitter.thread.incomplete"]
    assert len(world.bodies()) == 1 + 5


async def test_comment_that_is_refused_leaves_the_post_published(world: Publishing) -> None:
    publication = world.publication("Post", first_comment="Post")
    ended = await world.to_the_end(publication)
    assert isinstance(ended, Published)
    assert [each.code for each in ended.warnings] == ["twitter.first_comment.not_published"]


async def test_first_post_that_is_refused_refuses_the_thread(world: Publishing) -> None:
    await world.app.fault("status", route=CREATE, status=403)
    assert isinstance(await world.publish(thread(world)), Rejected)
