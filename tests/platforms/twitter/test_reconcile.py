"""A post whose answer was lost is looked for before it is sent again, and never made twice."""

from typing import Any

import pytest

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.outcome import Absent, Published, Rejected, Unknown, Waiting
from letmepost.platforms.twitter.publish import LOOK_AGAIN_SECONDS
from tests.media import samples
from tests.platforms.cases import File, Kind
from tests.platforms.twitter.cases import KINDS
from tests.platforms.twitter.publishing import Publication, Publishing

CREATE = "/2/tweets?"
TIMELINE = "/2/users/"
PICTURE = File(name="a.jpg", content_type="image/jpeg", content=samples.image())


async def lost(world: Publishing, publication: Publication, fault: str) -> Any:
    """Publish into a connection that breaks."""
    await world.app.fault(fault, route=CREATE)
    ended = await world.publish(publication)
    while isinstance(ended, Waiting):
        ended = await world.publish(publication)
    assert isinstance(ended, Unknown)
    return await world.reconcile(publication)


@pytest.mark.parametrize(
    "kind", [each for each in KINDS if each.name != "thread"], ids=lambda kind: kind.name
)
async def test_post_of_every_kind_is_found_again(world: Publishing, kind: Kind) -> None:
    publication = world.publication(kind.text, kind.files, **kind.options)
    ended = await lost(world, publication, "cut_after_commit")
    assert isinstance(ended, Published)
    (entry,) = await world.app.timeline()
    assert ended.uri.endswith(entry["id"])
    assert len(world.bodies()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Tom & Jerry <3 \u201cfriends\u201d",
        "one.example.com/a/ and https://example.com/?a=1&b=2 again https://example.com/?a=1&b=2",
        "Cafe\u0301 at  noon \n\n  and after ",
        "HTTPS://EXAMPLE.COM",
        "look at https://x.com/bob/status/12",
    ],
)
async def test_text_that_x_writes_in_its_own_way_is_known_again(
    world: Publishing, text: str
) -> None:
    assert isinstance(await lost(world, world.publication(text), "cut_after_commit"), Published)


async def test_long_post_is_known_by_its_whole_text(world: Publishing) -> None:
    await world.app.world(accounts=[{"username": "alice_on_x", "verifiedType": "blue"}])
    publication = world.publication("word " * 100 + "example.com")
    assert isinstance(await lost(world, publication, "cut_after_commit"), Published)


async def test_reply_is_found_by_what_it_answers(world: Publishing) -> None:
    own = await world.publish(world.publication("Own"))
    assert isinstance(own, Published)
    reply = world.publication("Below", replyToTweetId=own.uri.rpartition("/")[2])
    assert isinstance(await lost(world, reply, "cut_after_commit"), Published)


async def test_answer_in_the_words_of_tweets_is_understood(world: Publishing) -> None:
    text = "a" * 300
    body = {
        "data": [
            {
                "id": "77",
                "text": "aaa\u2026",
                "note_tweet": {"text": text},
                "referenced_tweets": [{"type": "replied_to", "id": "12"}],
            }
        ],
        "meta": {"result_count": 1},
    }
    await world.app.fault("status", route=TIMELINE, status=200, body=body)
    found = await world.reconcile(world.publication(text, replyToTweetId="12"))
    assert isinstance(found, Published)
    assert found.uri.endswith("/77")


async def test_other_posts_are_not_taken_for_it(world: Publishing) -> None:
    first = await world.publish(world.publication("Same", [PICTURE]))
    assert isinstance(first, Published)
    # Other files, another place in a conversation, other words.
    await world.publish(world.publication("Samen"))
    publication = world.publication("Same.")
    assert isinstance(await lost(world, publication, "cut_before_commit"), Waiting)


async def test_post_of_yesterday_is_not_taken_for_it(world: Publishing) -> None:
    await world.publish(world.publication("Again"))
    world.clock.advance(25 * 3600)
    await world.refresh()
    ended = await lost(world, world.publication("Again"), "cut_before_commit")
    assert isinstance(ended, Waiting)


@pytest.mark.parametrize("fault", ["cut_before_commit", "html"])
async def test_post_that_never_arrived_is_looked_for_twice_and_sent_again(
    world: Publishing, fault: str
) -> None:
    publication = world.publication()
    waiting = await lost(world, publication, fault)
    assert isinstance(waiting, Waiting)
    assert waiting.look_after_seconds == LOOK_AGAIN_SECONDS
    assert isinstance(await world.publish(publication), Published)
    looks = [each for each in world.calls() if each.startswith(f"GET {TIMELINE}")]
    assert (len(looks), await world.texts()) == (2, ["Hello"])


async def test_post_that_shows_late_is_found_at_the_second_look(world: Publishing) -> None:
    await world.app.fault("hide_history", route=TIMELINE)
    publication = world.publication()
    assert isinstance(await lost(world, publication, "cut_after_commit"), Waiting)
    assert isinstance(await world.publish(publication), Published)
    assert len(world.bodies()) == 1


async def test_duplicate_after_a_lost_answer_means_that_the_post_is_out(world: Publishing) -> None:
    await world.app.fault("hide_history", route=TIMELINE, times=2)
    publication = world.publication()
    assert isinstance(await lost(world, publication, "cut_after_commit"), Waiting)
    # Hidden twice, so it is sent again; X refuses the text, and then shows the post.
    assert isinstance(await world.publish(publication), Published)
    assert (len(world.bodies()), await world.texts()) == (2, ["Hello"])


async def test_duplicate_that_is_never_shown_stays_unknown(world: Publishing) -> None:
    await world.app.fault("hide_history", route=TIMELINE, times=9)
    publication = world.publication()
    assert isinstance(await lost(world, publication, "cut_after_commit"), Waiting)
    ended = await world.publish(publication)
    assert isinstance(ended, Unknown)
    assert ended.error.code is ErrorCode.PLATFORM_REJECTED
    assert isinstance(await world.reconcile(publication), Absent)
    assert await world.texts() == ["Hello"]


async def test_duplicate_of_another_post_is_refused_without_a_look(world: Publishing) -> None:
    await world.publish(world.publication("Twice"))
    ended = await world.publish(world.publication("Twice"))
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "twitter.text.duplicate"
    assert not [each for each in world.calls() if each.startswith("GET")]


async def test_second_loss_after_a_doubt_is_left_to_the_ledger(world: Publishing) -> None:
    """Its clock knows when a lost call can no longer arrive, and it counts the tries."""
    publication = world.publication()
    assert isinstance(await lost(world, publication, "cut_before_commit"), Waiting)
    assert isinstance(await lost(world, publication, "cut_before_commit"), Absent)
    assert isinstance(await world.publish(publication), Published)


async def test_post_without_text_is_never_sent_again_by_itself(world: Publishing) -> None:
    publication = world.publication("", [PICTURE])
    ended = await lost(world, publication, "cut_before_commit")
    assert isinstance(ended, Unknown)
    assert "without text" in ended.error.message


async def test_post_without_text_is_known_by_its_own_files(world: Publishing) -> None:
    """Another post without text, with as many files, is another post."""
    assert isinstance(await world.to_the_end(world.publication("", [PICTURE])), Published)
    lost_on_the_way = world.publication("", [PICTURE])
    assert isinstance(await lost(world, lost_on_the_way, "cut_before_commit"), Unknown)
    out = world.publication("", [PICTURE])
    assert isinstance(await lost(world, out, "cut_after_commit"), Published)
    assert len(await world.app.timeline()) == 2


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("status", {"status": 503}),
        ("status", {"status": 429}),
        ("status", {"status": 402}),
        ("html", {}),
        ("malformed", {}),
        ("cut_before_commit", {"times": 2}),
        ("revoked_token", {}),
    ],
)
async def test_look_that_fails_says_nothing_of_the_post(
    world: Publishing, fault: str, more: dict[str, Any]
) -> None:
    publication = world.publication()
    await world.app.fault("cut_after_commit", route=CREATE)
    assert isinstance(await world.publish(publication), Unknown)
    await world.app.fault(fault, route=TIMELINE, **more)
    assert isinstance(await world.reconcile(publication), Unknown)


async def test_more_posts_than_x_shows_at_once_say_nothing(world: Publishing) -> None:
    publication = world.publication()
    await world.app.fault("cut_before_commit", route=CREATE)
    await world.publish(publication)
    names = [{"username": "alice_on_x", "text": f"Number {number}"} for number in range(101)]
    await world.app.world(posts=names)
    assert isinstance(await world.reconcile(publication), Unknown)


async def test_look_is_asked_for_as_x_describes_it(world: Publishing) -> None:
    publication = world.publication()
    await lost(world, publication, "cut_after_commit")
    query = (await world.app.requests())[-1]["query"]
    assert query == {
        "max_results": "100",
        "start_time": "2026-11-24T11:59:50Z",
        "post.fields": "attachments,created_at,entities,note_post,text",
        "expansions": "referenced_posts",
    }
