"""A pin whose answer was lost is found on its board, or surely absent, or nobody can tell."""

from typing import Any

import pytest

from letmepost.platform_kit.outcome import Absent, Published, TryLater, Unknown
from letmepost.platforms.pinterest import PLATFORM
from tests.platforms.pinterest.caller import IMAGE
from tests.platforms.pinterest.publishing import Publishing

CREATE = "/v5/pins"


async def lost(side: Publishing, fault: str = "cut_after_commit", **options: Any) -> Any:
    """A task whose one attempt ended without an answer."""
    await side.jane.fault(fault, route=CREATE)
    task = side.task(title="Bridges", **options)
    assert isinstance(await side.publish(task), Unknown)
    side.clock.advance(2)
    return task


async def test_pin_that_was_made_is_found_and_not_made_again(side: Publishing) -> None:
    found = await PLATFORM.publisher.reconcile(await lost(side))
    [pin] = await side.pins()
    assert found == Published(uri=f"https://www.pinterest.com/pin/{pin['id']}/")


async def test_pin_that_never_arrived_is_known_to_be_absent(side: Publishing) -> None:
    assert await PLATFORM.publisher.reconcile(await lost(side, "cut_before_commit")) == Absent()


@pytest.mark.parametrize("fault", ["malformed"])
async def test_answer_that_cannot_be_read_is_looked_up(side: Publishing, fault: str) -> None:
    assert isinstance(await PLATFORM.publisher.reconcile(await lost(side, fault)), Published)


async def test_pin_of_a_section_is_looked_for_there(side: Publishing) -> None:
    path = f"/boards/{side.board_id}/sections"
    section = (await side.jane.api("GET", path)).body["items"][0]["id"]
    task = await lost(side, board_section_id=section)
    assert isinstance(await PLATFORM.publisher.reconcile(task), Published)
    assert len(await side.requests(f"/sections/{section}/pins")) == 1


async def test_older_pin_that_says_the_same_is_another_one(side: Publishing) -> None:
    assert isinstance(await side.publish(side.task(title="Bridges")), Published)
    side.clock.advance(61)
    task = await lost(side, "cut_before_commit")
    assert await PLATFORM.publisher.reconcile(task) == Absent()


async def test_two_pins_that_say_the_same_cannot_be_told_apart(side: Publishing) -> None:
    task = await lost(side)
    assert isinstance(await side.publish(side.task(title="Bridges")), Published)
    assert isinstance(await PLATFORM.publisher.reconcile(task), Unknown)


async def test_pin_that_says_nearly_the_same_leaves_it_open(side: Publishing) -> None:
    task = await lost(side, "cut_before_commit")
    await side.jane.pin(title="Bridges", description="another text")
    assert isinstance(await PLATFORM.publisher.reconcile(task), Unknown)


async def test_other_new_pins_of_the_board_say_nothing(side: Publishing) -> None:
    task = await lost(side, "cut_before_commit")
    await side.jane.pin(title="Boats")
    assert await PLATFORM.publisher.reconcile(task) == Absent()


async def test_pages_are_read_until_they_are_older(side: Publishing) -> None:
    body = {"board_id": side.board_id, "media_source": IMAGE}
    for number in range(130):
        await side.jane.api("POST", "/pins", {**body, "title": f"Old {number}"})
    side.clock.advance(120)
    task = await lost(side)
    assert isinstance(await PLATFORM.publisher.reconcile(task), Published)
    # Two at least, although the first was older already but for one pin; never all three.
    assert len(await side.requests(f"/boards/{side.board_id}/pins")) == 2


async def test_board_that_cannot_be_read_tells_nothing(side: Publishing) -> None:
    task = await lost(side)
    await side.jane.fault("status", route="/boards/", status=503)
    assert isinstance(await PLATFORM.publisher.reconcile(task), TryLater)
    await side.jane.fault("cut_before_commit", route="/boards/", times=2)
    assert isinstance(await PLATFORM.publisher.reconcile(task), TryLater)
    await side.jane.fault("status", route="/boards/", status=404)
    assert isinstance(await PLATFORM.publisher.reconcile(task), Unknown)


async def test_hidden_pin_is_taken_for_absent_and_the_ledger_waits_before_it_believes_that(
    side: Publishing,
) -> None:
    task = await lost(side)
    await side.jane.fault("hide_history", route="/boards/")
    assert await PLATFORM.publisher.reconcile(task) == Absent()
    assert PLATFORM.settles_within_seconds >= 240
    assert isinstance(await PLATFORM.publisher.reconcile(task), Published)
