"""Videos wait at Pinterest without a worker, are sent once, and have a cover."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.outcome import Published, Rejected, TryLater, Waiting
from tests.platforms.pinterest.caller import MP4
from tests.platforms.pinterest.publishing import FILM, PICTURE, Held, Publishing


def source(request: Any) -> Any:
    return json.loads(request["body"])["media_source"]


async def test_video_is_waited_for_by_looking_and_then_pinned(side: Publishing) -> None:
    ended = await side.publish_to_the_end(side.task(FILM, cover_key_frame_seconds=1.7))
    assert isinstance(ended, Published)
    [pin] = await side.pins()
    assert pin["media"]["media_type"] == "video"
    [made] = await side.requests("/v5/pins")
    # The moment is in whole seconds there.
    assert source(made)["cover_image_key_frame_time"] == 1
    assert len(await side.requests("/v5/media")) == 1
    assert side.sendings == 1
    [entry] = await side.jane.timeline()
    assert entry["media"][0]["sizeBytes"] == len(MP4)


async def test_form_is_sent_as_it_was_signed_without_the_token(side: Publishing) -> None:
    task = side.task(FILM, cover_key_frame_seconds=0.0)
    assert isinstance(await side.publish(task), Waiting)
    [sent] = await side.requests("/s3/")
    assert "authorization" not in sent["headers"]
    assert int(sent["headers"]["content-length"]) == sent["bodyBytes"]
    assert sent["body"].rindex('name="file"') > sent["body"].rindex('name="Content-Type"')
    shown = task.upstream.transcript[-1]["requestBody"]
    hidden = {each["name"] for each in shown if each.get("value") == "***"}
    assert hidden == {"x-amz-signature", "x-amz-security-token"}
    assert "x-amz-signature" in str(task.upstream.transcript[0]["body"])
    assert shown[-1] == {
        "name": "file",
        "filename": "post_1.mp4",
        "content_type": "video/mp4",
        "size_bytes": len(MP4),
    }


@pytest.mark.parametrize("by", ["address", "upload"])
async def test_cover_is_an_image_by_address_or_by_its_bytes(side: Publishing, by: str) -> None:
    if by == "address":
        task = side.task(FILM, cover_image_url="https://images.example/cover.png")
        expected = ["cover_image_url"]
    else:
        task = side.task(FILM, cover_media_id="med_9", cover=PICTURE)
        expected = ["cover_image_content_type", "cover_image_data"]
    assert isinstance(await side.publish_to_the_end(task), Published)
    [made] = await side.requests("/v5/pins")
    assert re.findall(r'"(cover_\w+)"', made["body"]) == expected


async def test_cover_that_cannot_be_fetched_is_named(side: Publishing) -> None:
    task = side.task(FILM, cover_image_url="http://127.0.0.1:1/cover.png")
    ended = await side.publish_to_the_end(task)
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "pinterest.cover_image_url.reachable"


async def test_any_worker_goes_on_from_the_checkpoint(side: Publishing) -> None:
    task = side.task(FILM, cover_key_frame_seconds=0.0)
    waiting = await side.publish(task)
    assert isinstance(waiting, Waiting)
    stored = json.loads(json.dumps(waiting.checkpoint))
    assert stored["video"]["uploads"] == 1
    # The storage has the film; a worker that goes on has no need of it.
    later = replace(side.again(task, stored, 5), media=())
    waiting = await side.publish(later)
    assert isinstance(waiting, Waiting)
    ended = await side.publish(replace(side.again(task, waiting.checkpoint, 5), media=()))
    assert isinstance(ended, Published)


async def test_video_that_cannot_be_converted_is_refused(side: Publishing) -> None:
    await side.jane.fault("container_error", route="/v5/media/")
    ended = await side.publish_to_the_end(side.task(FILM, cover_key_frame_seconds=0.0))
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "pinterest.video.transcode_failed"
    assert ended.error.platform_response["status"] == "failed"
    assert await side.pins() == []


async def test_file_that_is_no_video_fails_there(side: Publishing) -> None:
    broken = Held(b"\x89PNG is no film", "video/mp4")
    ended = await side.publish_to_the_end(side.task(broken, cover_key_frame_seconds=0.0))
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "pinterest.video.transcode_failed"


async def test_video_that_takes_too_long_is_looked_at_later_and_not_sent_again(
    side: Publishing,
) -> None:
    await side.jane.fault("container_stuck", route="/v5/media/")
    task = side.task(FILM, cover_key_frame_seconds=0.0)
    waiting = await side.publish(task)
    assert isinstance(waiting, Waiting)
    late = await side.publish(side.again(task, waiting.checkpoint, 301))
    assert isinstance(late, TryLater)
    assert (late.error.code, late.error.rule) == (
        ErrorCode.PLATFORM_UNAVAILABLE,
        "pinterest.video.transcode_timeout",
    )
    assert late.checkpoint["video"]["mediaId"] == waiting.checkpoint["video"]["mediaId"]
    again = await side.publish(side.again(task, late.checkpoint, 60))
    assert isinstance(again, Waiting)
    assert len(await side.requests("/s3/")) == 1


async def test_slot_that_is_too_old_is_replaced(side: Publishing) -> None:
    body = "<Error><Code>AccessDenied</Code></Error>"
    await side.jane.fault("status", route="/s3/", status=403, body=body)
    task = side.task(FILM, cover_key_frame_seconds=0.0)
    later = await side.publish(task)
    assert isinstance(later, TryLater)
    ended = await side.publish_to_the_end(side.again(task, later.checkpoint, 1))
    assert isinstance(ended, Published)
    assert len(await side.requests("/v5/media")) == 2


async def test_storage_that_refuses_three_times_is_given_up(side: Publishing) -> None:
    body = "<Error><Code>AccessDenied</Code></Error>"
    await side.jane.fault("status", route="/s3/", status=403, body=body, times=3)
    task = side.task(FILM, cover_key_frame_seconds=0.0)
    for _ in range(2):
        later = await side.publish(task)
        assert isinstance(later, TryLater)
        task = side.again(task, later.checkpoint, 1)
    ended = await side.publish(task)
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "pinterest.video.upload_failed"


async def test_upload_that_breaks_off_is_tried_again(side: Publishing) -> None:
    await side.jane.fault("cut_before_commit", route="/s3/")
    task = side.task(FILM, cover_key_frame_seconds=0.0)
    assert isinstance(await side.publish(task), TryLater)
    assert side.sendings == 0


async def test_video_is_kept_over_a_rate_limit(side: Publishing) -> None:
    await side.jane.fault("status", route="/v5/pins", status=429)
    task = side.task(FILM, cover_key_frame_seconds=0.0)
    later = await side.publish_to_the_end(task)
    assert isinstance(later, TryLater)
    assert "mediaId" in later.checkpoint["video"]
    assert isinstance(await side.publish(side.again(task, later.checkpoint, 60)), Published)
    assert len(await side.requests("/s3/")) == 1


async def test_video_that_pinterest_has_lost_is_sent_again(side: Publishing) -> None:
    task = side.task(FILM, cover_key_frame_seconds=0.0)
    lost = await side.publish(side.again(task, {"video": {"mediaId": "1", "uploads": 1}}, 5))
    assert isinstance(lost, TryLater)
    assert lost.checkpoint == {"video": {"uploads": 1}}
