"""Videos in parts, and documents: uploaded once, waited for without a worker, then named."""

import pytest

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.outcome import Published, Rejected, TryLater, Waiting
from letmepost.platforms.linkedin.video import in_parts
from tests.platforms.linkedin.publishing import PUBLISHER, Desk, file, options

MIB = 1024 * 1024
FILM = file("video", "video/mp4", b"\x00\x00\x00\x18ftypmp42" + b"film" * MIB + b"x" * 1000)
PDF = file("document", "application/pdf", b"%PDF-1.7 simulated")


async def test_a_video_is_sent_in_parts_without_the_token(desk: Desk) -> None:
    ended, _ = await desk.publish(desk.task(files=[FILM]))
    assert isinstance(ended, Published)
    assert "urn:li:ugcPost:" in ended.uri
    parts = await desk.requests("/dms-uploads/video", "PUT")
    assert [each["bodyBytes"] for each in parts] == [4 * MIB, len(FILM[1].content) - 4 * MIB]
    assert {each["headers"]["content-type"] for each in parts} == {"application/octet-stream"}
    assert not [each for each in parts if "authorization" in each["headers"]]
    begun, finalized = await desk.requests("/rest/videos")
    assert begun["query"] == {"action": "initializeUpload"}
    assert finalized["query"] == {"action": "finalizeUpload"}
    assert desk.sendings == 1


async def test_a_video_is_waited_for_by_looking_ever_seldomer(desk: Desk) -> None:
    await desk.ada.fault("container_stuck", route="finalizeUpload")
    await desk.ada.fault("container_stuck", route="/rest/videos", times=1)
    task = desk.task(files=[FILM])
    waits = []
    for _ in range(6):
        ended = await PUBLISHER.publish(task)
        assert isinstance(ended, Waiting)
        waits.append(ended.look_after_seconds)
        desk.clock.advance(max(60.0, ended.look_after_seconds))
        task = desk.again(task, ended.checkpoint)
    assert waits[0] == 3
    assert waits == sorted(waits)
    assert waits[-1] == 120
    assert len(await desk.requests("/dms-uploads/video", "PUT")) == 2


async def test_a_stuck_video_is_uploaded_anew_after_half_an_hour(desk: Desk) -> None:
    await desk.ada.fault("container_stuck", route="/rest/videos")
    task = desk.task(files=[FILM])
    first = await PUBLISHER.publish(task)
    assert isinstance(first, Waiting)
    desk.clock.advance(1801)
    ended = await PUBLISHER.publish(desk.again(task, first.checkpoint))
    assert isinstance(ended, TryLater)
    assert ended.checkpoint == {}
    assert desk.sendings == 0


async def test_a_video_that_fails_is_refused_with_its_reason(desk: Desk) -> None:
    await desk.ada.fault("container_error", route="/rest/videos/", message="no frames")
    ended, _ = await desk.publish(desk.task(files=[FILM]))
    assert isinstance(ended, Rejected)
    assert ended.error.code is ErrorCode.PLATFORM_REJECTED
    assert "no frames" in ended.error.message
    assert ended.error.platform_response["status"] == "PROCESSING_FAILED"
    assert desk.posts() == []


async def test_a_video_that_may_not_be_looked_at_is_posted_and_tried_again(desk: Desk) -> None:
    body = {"status": 403, "message": "Accessing this video resource is forbidden"}
    await desk.ada.fault("status", route="/rest/videos/", status=403, body=body, times=9)
    task = desk.task(files=[FILM])
    ended, task = await desk.publish(task)
    assert isinstance(ended, TryLater)
    assert ended.retry_after_seconds == 120
    assert ended.error.platform_response["errorDetails"]["inputErrors"][0]["code"] == (
        "MEDIA_ASSET_WAITING_UPLOAD"
    )
    desk.clock.advance(120)
    last, _ = await desk.publish(desk.again(task, ended.checkpoint))
    assert isinstance(last, Published)
    assert len(await desk.requests("/dms-uploads/video", "PUT")) == 2


@pytest.mark.parametrize("route", ["/dms-uploads/video", "initializeUpload", "finalizeUpload"])
@pytest.mark.parametrize("fault", ["html", "cut_after_commit"])
async def test_an_upload_that_breaks_off_is_begun_anew(desk: Desk, route: str, fault: str) -> None:
    await desk.ada.fault(fault, route=route)
    task = desk.task(files=[FILM])
    ended = await PUBLISHER.publish(task)
    assert isinstance(ended, TryLater)
    assert desk.sendings == 0
    last, _ = await desk.publish(desk.again(task, ended.checkpoint))
    assert isinstance(last, Published)


async def test_a_document_has_its_title(desk: Desk) -> None:
    chosen = options(documentTitle="Bridges of the north")
    ended, _ = await desk.publish(desk.task(files=[PDF], options=chosen))
    assert isinstance(ended, Published)
    content = desk.posts()[0]["content"]["media"]
    assert content["id"].startswith("urn:li:document:")
    assert content["title"] == "Bridges of the north"
    (upload,) = await desk.requests("/dms-uploads/document", "PUT")
    assert upload["headers"]["content-type"] == "application/pdf"


async def test_a_stream_is_cut_into_the_parts_that_were_asked_for() -> None:
    async def pieces() -> object:
        for piece in (b"abc", b"d", b"efghi"):
            yield piece

    parts = [part async for part in in_parts(pieces(), [4, 4, 4])]  # type: ignore[arg-type]
    assert parts == [b"abcd", b"efgh", b"i"]
