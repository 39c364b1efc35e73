"""Films and moving pictures go up in segments, and wait at X without a worker."""

import json
from typing import Any

import pytest

from letmepost.platform_kit.outcome import Published, Rejected, TryLater, Waiting
from tests.media import samples
from tests.platforms.cases import File
from tests.platforms.twitter.caller import MP4
from tests.platforms.twitter.publishing import Publication, Publishing

STATUS = "command=STATUS"


def film(world: Publishing, content: bytes = MP4) -> Publication:
    file = File(name="film.mp4", content_type="video/mp4", content=content, alt_text="Noise")
    return world.publication("Film", [file])


async def test_film_goes_up_in_segments_of_four_megabytes(world: Publishing) -> None:
    content = MP4 + bytes(9 * 1024 * 1024)
    assert isinstance(await world.to_the_end(film(world, content)), Published)
    sent = {each["url"].rpartition("/")[2]: each for each in world.upstream.transcript}
    assert sent["initialize"]["requestBody"] == {
        "media_type": "video/mp4",
        "total_bytes": len(content),
        "media_category": "tweet_video",
    }
    appended = [
        each["requestBody"] for each in world.upstream.transcript if each["url"].endswith("/append")
    ]
    assert [parts[0] for parts in appended] == [
        {"name": "segment_index", "value": str(number)} for number in range(3)
    ]
    assert [parts[1]["size_bytes"] for parts in appended] == [
        4 * 1024 * 1024,
        4 * 1024 * 1024,
        len(content) - 8 * 1024 * 1024,
    ]
    assert "requestBody" not in sent["finalize"]


async def test_conversion_is_waited_for_by_looking(world: Publishing) -> None:
    publication = film(world)
    waiting = await world.publish(publication)
    assert isinstance(waiting, Waiting)
    assert waiting.look_after_seconds == 1
    assert world.sendings == 0
    # What is kept is all that another worker needs.
    publication.checkpoint = json.loads(json.dumps(publication.checkpoint))
    assert isinstance(await world.to_the_end(publication), Published)
    calls = world.calls()
    assert calls.count("POST /2/media/upload/initialize") == 1
    assert calls.count("GET /2/media/upload") == 2
    (entry,) = await world.app.timeline()
    assert [each["alt"] for each in entry["media"]] == ["Noise"]


@pytest.mark.parametrize("moves", [True, False])
async def test_gif_is_a_film_only_if_it_moves(world: Publishing, *, moves: bool) -> None:
    content = samples.animation(frames=2) if moves else samples.image("GIF")
    publication = world.publication(
        "", [File(name="a.gif", content_type="image/gif", content=content)]
    )
    if not moves:
        facts: Any = publication.media[0].facts
        object.__setattr__(facts, "animated", False)
    assert isinstance(await world.to_the_end(publication), Published)
    began = [each for each in world.calls() if each.endswith("/initialize")]
    assert len(began) == (1 if moves else 0)


async def test_film_that_x_cannot_convert_is_refused_with_its_words(world: Publishing) -> None:
    publication = film(world)
    await world.publish(publication)
    await world.app.fault("container_error", route=STATUS, message="Bad frame")
    ended = await world.publish(publication)
    assert isinstance(ended, Rejected)
    assert ended.error.rule == "twitter.media.video_processing_failed"
    assert "Bad frame" in ended.error.message
    assert await world.texts() == []


async def test_conversion_that_never_ends_is_begun_anew_later(world: Publishing) -> None:
    publication = film(world)
    await world.app.fault("container_stuck", route="/finalize")
    await world.publish(publication)
    world.clock.advance(1801)
    ended = await world.publish(publication)
    assert isinstance(ended, TryLater)
    assert ended.error.rule == "twitter.media.processing_timeout"
    assert isinstance(await world.to_the_end(publication), Published)
    assert world.calls().count("POST /2/media/upload/initialize") == 2


@pytest.mark.parametrize("route", ["/initialize", "/append", "/finalize", STATUS])
async def test_upload_that_fails_for_now_is_tried_again(world: Publishing, route: str) -> None:
    await world.app.fault("status", route=route, status=503)
    publication = film(world)
    ended = await world.publish(publication)
    while isinstance(ended, Waiting):
        ended = await world.publish(publication)
    assert isinstance(ended, TryLater)
    assert isinstance(await world.to_the_end(publication), Published)
    assert await world.texts() == ["Film"]


async def test_upload_whose_answer_was_lost_is_made_again(world: Publishing) -> None:
    await world.app.fault("cut_after_commit", route="/append")
    publication = film(world)
    assert isinstance(await world.publish(publication), TryLater)
    assert isinstance(await world.to_the_end(publication), Published)
