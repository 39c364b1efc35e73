"""Pins from our API to the board: by the ledger, with the files that a post waits for."""

import base64
from typing import Any

import pytest

from letmepost.accounts.details import change_details
from tests.clock import FakeClock
from tests.media import samples
from tests.platforms.cases import File
from tests.platforms.pinterest.publishing import PICTURE, Publishing
from tests.platforms.pinterest.served import Served
from tests.platforms.running_server import Running

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BASE64 = base64.b64encode(PICTURE.content).decode()
IMAGE = {"kind": "image", "bytesBase64": BASE64, "altText": "A stone bridge"}


@pytest.fixture
def running(server: Served, fake_clock: FakeClock) -> Running:
    return Running(server.service, fake_clock, server.made["key"], "pinterest", server.account_id)


async def post(running: Running, side: Publishing, *media: Any, **more: Any) -> Any:
    """Post to Jane's board; the one result."""
    options = {"platform": "pinterest", "boardId": side.board_id, **more.pop("options", {})}
    target = {"accountId": running.account_id, "options": options}
    body = {"targets": [target], "text": "The bridge at noon", "media": list(media), **more}
    reply = await running.call("POST", "/v1/posts", body, headers={"Prefer": "respond-async"})
    assert "results" in reply.body, reply.text
    await running.idle()
    return (await running.call("GET", f"/v1/batches/{reply.body['id']}")).body["results"][0]


async def test_image_is_published_with_its_permalink(running: Running, side: Publishing) -> None:
    result = await post(running, side, IMAGE)
    [pin] = await side.pins()
    assert (result["status"], result["uri"]) == (
        "published",
        f"https://www.pinterest.com/pin/{pin['id']}/",
    )
    [attempt] = (await running.read(result))["attempts"]
    shown = attempt["transcript"][-1]["requestBody"]["media_source"]["data"]
    assert BASE64.startswith(shown)


async def test_lost_answer_is_found_and_nothing_is_posted_twice(
    running: Running, side: Publishing
) -> None:
    await side.jane.fault("cut_after_commit", route="/v5/pins")
    result = await post(running, side, IMAGE)
    assert result["phase"] == "unknown"
    shown = await running.run_to_the_end(result)
    assert (shown["status"], len(await side.pins())) == ("published", 1)
    assert await running.endings() == [("publish", "unknown"), ("reconcile", "published")]


async def test_pin_that_never_arrived_is_sent_again_when_it_is_lost_for_good(
    running: Running, side: Publishing
) -> None:
    await side.jane.fault("cut_before_commit", route="/v5/pins")
    result = await post(running, side, IMAGE)
    await running.run_due()
    assert (await running.read(result))["phase"] == "unknown"
    side.clock.advance(600)
    shown = await running.run_to_the_end(result)
    assert (shown["status"], len(await side.pins())) == ("published", 1)


async def test_video_is_published_with_an_uploaded_cover_that_is_kept_meanwhile(
    running: Running, side: Publishing
) -> None:
    film = base64.b64encode(samples.video(frames=130, audio=None)).decode()
    file = File(name="cover.png", content_type="image/png", content=PICTURE.content)
    cover = (await running.upload(file))["mediaId"]
    result = await post(
        running,
        side,
        {"kind": "video", "bytesBase64": film},
        options={"coverMediaId": cover},
    )
    assert (result["status"], result["phase"]) == ("publishing", "waiting")
    refused = await running.call("DELETE", f"/v1/media/{cover}")
    assert refused.status == 409
    shown = await running.run_to_the_end(result)
    assert shown["status"] == "published"
    [request] = await side.requests("/v5/pins")
    assert '"cover_image_content_type":"image/png","cover_image_data":"' in request["body"]
    assert (await running.call("DELETE", f"/v1/media/{cover}")).status == 200


async def test_account_that_is_connected_again_keeps_its_default_board(
    running: Running, side: Publishing
) -> None:
    simulation = side.jane.simulation
    connected = (await running.connect(simulation)).body["id"]
    path = f"/v1/accounts/{connected}/pinterest/default-board"
    chosen = await running.call("PATCH", path, {"boardId": side.board_id})
    assert chosen.status == 200, chosen.text
    again = await running.connect(simulation)
    assert (again.status, again.body["id"]) == (200, connected)
    assert again.body["pinterest"]["defaultBoardId"] == side.board_id


async def test_default_board_that_is_gone_by_the_time_of_a_post_is_asked_for_with_the_others(
    running: Running, side: Publishing
) -> None:
    await running.connect(side.jane.simulation)
    path = f"/v1/accounts/{running.account_id}/pinterest/default-board"
    await running.call("PATCH", path, {"boardId": side.board_id})
    result = await post(
        running, side, IMAGE, options={"boardId": ""}, scheduledAt="2027-01-01T00:00:00Z"
    )
    database, account_id = running.service.state.database, running.account_id
    none: dict[str, Any] = {"defaultBoardId": None}
    await database.write(
        lambda connection: change_details(connection, account_id, none, side.clock.now())
    )
    await running.run_due()
    error = (await running.read(result))["error"]
    assert error["rule"] == "pinterest.board.required"
    assert [each["name"] for each in error["platformResponse"]["availableBoards"]] == ["Bridges"]


async def test_board_that_is_gone_is_said_with_pinterests_own_words(
    running: Running, side: Publishing
) -> None:
    result = await post(running, side, IMAGE, options={"boardId": "123"})
    error = result["error"]
    assert (result["status"], error["rule"]) == ("rejected", "pinterest.board.exists")
    assert error["platformResponse"] == {"code": 40, "message": "Board not found."}
    assert error["platformVersion"].startswith("v5")
