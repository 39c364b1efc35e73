"""The simulated videos: registered, uploaded by a signed form, converted, pinned."""

from typing import Any

import pytest

from letmepost.platforms.pinterest.simulator_media import SLOT_SECONDS
from tests.clock import FakeClock
from tests.platforms.pinterest.caller import PICTURE, Caller


async def status(jane: Caller, slot: Any) -> Any:
    return (await jane.api("GET", f"/media/{slot['media_id']}")).body["status"]


def pinned(slot: Any, **cover: Any) -> dict[str, Any]:
    return {"source_type": "video_id", "media_id": slot["media_id"], **cover}


async def test_video_is_worked_on_and_then_pinned(jane: Caller) -> None:
    slot = await jane.register()
    assert await status(jane, slot) == "registered"
    early = await jane.pin(media_source=pinned(slot, cover_image_key_frame_time=0))
    assert early.status == 400
    sent = await jane.upload(slot)
    assert (sent.status, sent.body) == (204, b"")
    assert [await status(jane, slot) for _ in range(2)] == ["processing", "succeeded"]
    made = await jane.pin(media_source=pinned(slot, cover_image_key_frame_time=0))
    assert made.status == 201
    assert made.body["media"]["media_type"] == "video"
    assert made.body["media"]["cover_image_url"] is None


@pytest.mark.parametrize(
    "cover",
    [
        {},
        {"cover_image_key_frame_time": 1.5},
        {"cover_image_key_frame_time": 1, "cover_image_url": "https://e.eu/x.png"},
        {"cover_image_data": PICTURE},
    ],
)
async def test_video_has_one_cover(jane: Caller, cover: Any) -> None:
    slot = await jane.register()
    assert (await jane.pin(media_source=pinned(slot, **cover))).ending == (400, 1)


async def test_cover_sent_in_the_place_of_the_video_fails(jane: Caller) -> None:
    slot = await jane.register()
    assert (await jane.upload(slot, b"\x89PNG no film")).status == 204
    assert await status(jane, slot) == "failed"


async def test_form_that_was_not_signed_so_is_denied(jane: Caller) -> None:
    slot = await jane.register()
    denied = await jane.upload(slot, policy="another")
    assert denied.status == 403
    assert b"<Code>AccessDenied</Code>" in denied.body


async def test_slot_is_too_old_after_an_hour(jane: Caller, fake_clock: FakeClock) -> None:
    slot = await jane.register()
    fake_clock.advance(SLOT_SECONDS + 1)
    denied = await jane.upload(slot)
    assert denied.status == 403
    assert b"Policy expired" in denied.body


async def test_sandbox_takes_no_video_pins(jane: Caller) -> None:
    jane.prefix = "/pinterest/sandbox/v5"
    await jane.log_in()
    slot = await jane.register()
    await jane.upload(slot)
    refused = await jane.pin(media_source=pinned(slot, cover_image_key_frame_time=0))
    assert refused.ending == (403, 29)


async def test_stuck_and_failing_videos(jane: Caller) -> None:
    slot = await jane.register()
    await jane.upload(slot)
    await jane.fault("container_stuck")
    assert [await status(jane, slot) for _ in range(3)] == ["processing"] * 3
    await jane.fault("container_error")
    assert await status(jane, slot) == "failed"
