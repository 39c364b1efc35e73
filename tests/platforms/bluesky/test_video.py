"""Videos wait at the video service without a worker, and every refusal has its own rule."""

import base64
from typing import Any

import pytest

from letmepost.posts.tables import publications
from tests.media import samples
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running

FILM = base64.b64encode(samples.video(frames=10)).decode()
MEDIA = [{"kind": "video", "bytesBase64": FILM, "altText": "Noise"}]
STATUS = "video.getJobStatus"
UPLOAD = "video.uploadVideo"
LIMITS = "xrpc/app.bsky.video.getUploadLimits"

# PostgreSQL goes by a clock of its own, and the service's tokens are judged by the simulator's.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def uploads(alice: Caller) -> int:
    shown = (await alice.send("GET", "/_simulator/requests")).body
    return len([each for each in shown if each["path"].endswith(UPLOAD)])


async def checkpoint(server: Running) -> Any:
    return (await server.rows(publications))[-1]["checkpoint"]


async def test_stream_is_waited_for_by_looking_and_then_named(
    server: Running, alice: Caller
) -> None:
    result = await server.post("Film", media=MEDIA)
    assert (result["status"], result["phase"]) == ("publishing", "waiting")
    assert (await checkpoint(server))["video"]["uploads"] == 1
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "published"
    record = (await alice.read(shown["platformUri"].rpartition("/")[2])).body["value"]
    assert record["embed"]["$type"] == "app.bsky.embed.video"
    assert record["embed"]["alt"] == "Noise"
    assert record["embed"]["aspectRatio"] == {"width": 64, "height": 48}
    endings = [outcome for _, outcome in await server.endings()]
    assert (endings[:-1], endings[-1]) == (["waiting"] * (len(endings) - 1), "published")
    assert await uploads(alice) == 1
    assert await server.told(result) == ["post.published"]


async def test_same_film_again_is_taken_from_the_service(server: Running) -> None:
    await server.run_to_the_end(await server.post("First", media=MEDIA))
    result = await server.post("Second", media=MEDIA)
    assert result["status"] == "published"


async def test_stream_that_fails_once_is_uploaded_once_more(server: Running, alice: Caller) -> None:
    await alice.fault("container_error", route=STATUS, message="encoder crashed")
    shown = await server.run_to_the_end(await server.post("Film", media=MEDIA))
    assert shown["status"] == "published"
    assert await uploads(alice) == 2


async def test_stream_that_fails_again_is_given_up(server: Running, alice: Caller) -> None:
    await alice.fault("container_error", route="app.bsky.video", times=9)
    shown = await server.run_to_the_end(await server.post("Film", media=MEDIA))
    assert (shown["status"], shown["error"]["rule"]) == ("rejected", "bluesky.video.job_failed")
    assert await uploads(alice) == 2
    assert await alice.timeline() == []


async def test_stuck_stream_is_given_up_after_half_an_hour(server: Running, alice: Caller) -> None:
    await alice.fault("container_stuck", route=UPLOAD)
    result = await server.post("Film", media=MEDIA)
    await server.run_due()
    assert (await server.read(result))["phase"] == "waiting"
    server.clock.advance(1801)
    await server.run_due()
    shown = await server.read(result)
    assert shown["status"] == "queued"
    assert shown["error"]["rule"] == "bluesky.video.transcode_timeout"


async def test_unverified_e_mail_is_said(server: Running, alice: Caller) -> None:
    handle = alice.simulation.accounts["bluesky"]["identifier"]
    await alice.world(accounts=[{"handle": handle, "emailConfirmed": False}])
    result = await server.post("Film", media=MEDIA)
    assert result["status"] == "rejected"
    assert result["error"]["rule"] == "bluesky.account.email_verified"


async def test_spent_quota_waits_for_tomorrow(server: Running, alice: Caller) -> None:
    body = {"canUpload": False, "message": "25 videos today"}
    await alice.fault("status", route=LIMITS, status=200, body=body)
    result = await server.post("Film", media=MEDIA)
    assert (result["status"], result["error"]["willRetry"]) == ("queued", True)
    assert result["error"]["rule"] == "bluesky.video.quota_exhausted"
    assert result["error"]["retryAfterSeconds"] == 24 * 3600


@pytest.mark.parametrize("status", [429, 503])
async def test_service_that_is_down_for_now_is_tried_again(
    server: Running, alice: Caller, status: int
) -> None:
    await alice.fault("status", route=LIMITS, status=status)
    result = await server.post("Film", media=MEDIA)
    assert result["status"] == "queued", result
    shown = await server.run_to_the_end(result)
    assert shown["status"] == "published"
