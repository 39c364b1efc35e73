"""What became of a post whose answer was lost: read where that is allowed, else sent again."""

from dataclasses import replace
from typing import Any

import pytest

from letmepost.platform_kit.outcome import Published, TryLater, Unknown, Waiting
from tests.media import samples
from tests.platforms.linkedin.caller import PAGE
from tests.platforms.linkedin.publishing import PUBLISHER, Desk, file, options

CREATE = "/rest/posts"
IMAGE = file("image", "image/png", samples.image("PNG", (8, 8)))


async def lost(desk: Desk, fault: str, **more: Any) -> Any:
    """A publication whose create got no answer; its task as the ledger keeps it."""
    task_fields = more.pop("task", {})
    await desk.ada.fault(fault, route=CREATE, **more)
    ended, task = await desk.publish(desk.task(**task_fields))
    assert isinstance(ended, Unknown)
    desk.clock.advance(2)
    return desk.again(task)


@pytest.mark.parametrize("fault", ["cut_after_commit", "malformed"])
async def test_what_is_there_is_found_by_the_duplicate_filter(desk: Desk, fault: str) -> None:
    task = await lost(desk, fault)
    found = await PUBLISHER.reconcile(task)
    (entry,) = await desk.ada.timeline()
    assert found == Published(uri=f"https://www.linkedin.com/feed/update/{entry['id']}/")
    # The look-up sends, so the ledger was told before it, too.
    assert desk.sendings == 2


@pytest.mark.parametrize(
    ("fault", "more"),
    [("cut_before_commit", {}), ("html", {}), ("status", {"status": 500})],
)
async def test_what_is_not_there_is_created_by_the_same_bytes(
    desk: Desk, fault: str, more: dict[str, Any]
) -> None:
    task = await lost(desk, fault, task={"text": "Hello (world)", "files": [IMAGE]}, **more)
    assert isinstance(await PUBLISHER.reconcile(task), Published)
    assert await desk.ada.texts() == ["Hello (world)"]
    first, second = (each["body"] for each in await desk.requests(CREATE))
    assert first == second
    assert len(await desk.requests("/dms-uploads", "PUT")) == 1


async def test_a_repetition_without_an_answer_stays_unknown(desk: Desk) -> None:
    task = await lost(desk, "cut_after_commit", times=2)
    assert isinstance(await PUBLISHER.reconcile(task), Unknown)
    assert isinstance(await PUBLISHER.reconcile(task), Published)
    assert await desk.ada.texts() == ["Hello"]


async def test_nothing_is_sent_again_after_ten_minutes(desk: Desk) -> None:
    task = await lost(desk, "cut_after_commit")
    desk.clock.advance(600)
    ended = await PUBLISHER.reconcile(desk.again(task))
    assert isinstance(ended, Unknown)
    assert "ten minutes" in ended.error.message
    assert desk.sendings == 1
    assert await desk.ada.texts() == ["Hello"]


async def test_a_later_moment_counts_from_when_it_was_stored(desk: Desk) -> None:
    task = desk.task()
    desk.clock.advance(3600)
    waiting = await PUBLISHER.publish(desk.again(task))
    assert isinstance(waiting, Waiting)
    task = desk.again(task, waiting.checkpoint)
    await desk.ada.fault("cut_after_commit", route=CREATE)
    assert isinstance(await PUBLISHER.publish(task), Unknown)
    assert isinstance(await PUBLISHER.reconcile(task), Published)


@pytest.mark.parametrize("status", [400, 401, 403, 426, 429, 503])
async def test_a_repetition_that_is_refused_says_nothing_of_the_first(
    desk: Desk, status: int
) -> None:
    task = await lost(desk, "cut_after_commit")
    await desk.ada.fault("status", route=CREATE, status=status)
    assert isinstance(await PUBLISHER.reconcile(task), Unknown | TryLater)


async def test_the_comment_follows_when_the_post_was_found(desk: Desk) -> None:
    task = await lost(desk, "cut_after_commit", task={"first_comment": "First"})
    found = await PUBLISHER.reconcile(task)
    assert isinstance(found, Waiting)
    ended, _ = await desk.publish(desk.again(task, found.checkpoint))
    assert isinstance(ended, Published)
    assert sorted(await desk.ada.texts()) == ["First", "Hello"]


async def test_a_comment_that_was_cut_off_is_not_sent_again(desk: Desk) -> None:
    """A process that dies in its comment leaves a post that is known, and a comment that is not."""
    task = desk.task(first_comment="First")
    first = await PUBLISHER.publish(task)
    assert isinstance(first, Waiting)
    ended = await PUBLISHER.reconcile(desk.again(task, first.checkpoint))
    assert isinstance(ended, Published)
    assert [each.code for each in ended.warnings] == ["linkedin.first_comment.not_confirmed"]
    assert await desk.requests("/comments") == []


async def test_an_earlier_post_with_the_same_text_is_named_with_a_warning(desk: Desk) -> None:
    """LinkedIn refuses the first try as it refuses the repetition, and nobody heard of either."""
    original = (await desk.ada.post()).urn
    desk.clock.advance(300)
    task = await lost(desk, "cut_before_commit", task={"first_comment": "First"})
    ended = await PUBLISHER.reconcile(task)
    assert isinstance(ended, Published)
    assert original in ended.uri
    assert [each.code for each in ended.warnings] == ["linkedin.post.maybe_older"]
    assert await desk.ada.texts() == ["Hello"]


async def test_a_pages_post_is_read_before_anything_is_sent(desk: Desk) -> None:
    await desk.connect_page()
    chosen = options(authorUrn=PAGE)
    task = await lost(
        desk, "cut_after_commit", task={"text": "Of #bridges (old)", "options": chosen}
    )
    assert isinstance(await PUBLISHER.reconcile(task), Published)
    assert desk.sendings == 1
    (request,) = await desk.requests("/rest/posts", "GET")
    assert request["headers"]["x-restli-method"] == "FINDER"
    assert request["query"]["author"] == PAGE


async def test_a_page_whose_history_is_hidden_falls_back_on_the_filter(desk: Desk) -> None:
    await desk.connect_page()
    task = await lost(desk, "cut_after_commit", task={"options": options(authorUrn=PAGE)})
    await desk.ada.fault("hide_history", route=CREATE)
    assert isinstance(await PUBLISHER.reconcile(task), Published)
    assert (desk.sendings, await desk.ada.texts()) == (2, ["Hello"])


@pytest.mark.parametrize(
    ("fault", "more"), [("status", {"status": 503}), ("cut_before_commit", {}), ("malformed", {})]
)
async def test_a_look_that_fails_sends_nothing(
    desk: Desk, fault: str, more: dict[str, Any]
) -> None:
    await desk.connect_page()
    task = await lost(desk, "cut_after_commit", task={"options": options(authorUrn=PAGE)})
    # aiohttp itself asks a second time for what it may GET.
    await desk.ada.fault(fault, route=f"{CREATE}?author", times=2, **more)
    assert isinstance(await PUBLISHER.reconcile(task), Unknown | TryLater)
    assert desk.sendings == 1


async def test_an_older_post_with_the_same_text_is_not_taken_for_this_one(desk: Desk) -> None:
    await desk.connect_page()
    chosen = options(authorUrn=PAGE)
    await desk.publish(desk.task(options=chosen))
    desk.clock.advance(3600)
    task = await lost(desk, "cut_before_commit", task={"options": chosen})
    assert isinstance(await PUBLISHER.reconcile(task), Published)
    assert await desk.ada.texts() == ["Hello", "Hello"]


async def test_a_post_of_a_page_can_be_verified_and_a_members_cannot(desk: Desk) -> None:
    ended, task = await desk.publish(desk.task())
    assert isinstance(ended, Published)
    assert await PUBLISHER.verify(task, ended.uri) == "unknown"
    await desk.connect_page()
    chosen = options(authorUrn=PAGE)
    ended, task = await desk.publish(desk.task("Of the page", options=chosen))
    assert isinstance(ended, Published)
    assert await PUBLISHER.verify(task, ended.uri) == "visible"
    await desk.ada.fault("hide_history", route=CREATE)
    assert await PUBLISHER.verify(task, ended.uri) == "absent"
    await desk.ada.fault("status", route=CREATE, status=500)
    assert await PUBLISHER.verify(task, ended.uri) == "unknown"
    assert await PUBLISHER.verify(replace(task), "https://www.linkedin.com/feed/") == "unknown"
