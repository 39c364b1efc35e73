"""Pins are made once, by one call, with what the draft says and nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest

from letmepost.content.errors import ErrorCode
from letmepost.platform_kit.outcome import Published, Rejected, TryLater
from letmepost.platforms.pinterest import PLATFORM
from tests.clock import FakeClock
from tests.media import samples
from tests.platforms.pinterest.caller import Caller
from tests.platforms.pinterest.publishing import PICTURE, Held, Publishing, publishing

PUBLIC = "https://images.example/bridge.png"
CLOSED = "http://127.0.0.1:1/bridge.png"


async def test_image_is_pinned_after_the_ledger_was_told(side: Publishing) -> None:
    ended = await side.publish(
        side.task(title="Bridges", destination_url="https://example.com/bridges")
    )
    assert isinstance(ended, Published)
    [pin] = await side.pins()
    assert ended.uri == f"https://www.pinterest.com/pin/{pin['id']}/"
    assert (pin["title"], pin["description"]) == ("Bridges", "The bridge at noon")
    assert (pin["link"], pin["alt_text"]) == ("https://example.com/bridges", "A stone bridge")
    assert side.sendings == 1


async def test_what_is_not_said_is_not_sent(side: Publishing) -> None:
    await side.publish(side.task(text="", alt_text=None))
    [request] = await side.requests("/v5/pins")
    assert request["headers"]["content-type"] == "application/json"
    assert (
        '"media_source":{"source_type":"image_base64","content_type":"image/png"'
        in (request["body"])
    )
    assert request["body"].startswith(f'{{"board_id":"{side.board_id}","media_source"')


async def test_image_with_an_address_is_fetched_by_pinterest(side: Publishing) -> None:
    assert isinstance(await side.publish(side.task(urls=[PUBLIC])), Published)
    [request] = await side.requests("/v5/pins")
    source = json.loads(request["body"])["media_source"]
    assert source == {"source_type": "image_url", "url": PUBLIC}


async def test_address_that_pinterest_cannot_open_is_followed_by_the_bytes(
    side: Publishing,
) -> None:
    ended = await side.publish(side.task(urls=[CLOSED]))
    assert isinstance(ended, Published)
    statuses = [each["status"] for each in await side.requests("/v5/pins")]
    assert (statuses, side.sendings) == ([400, 201], 2)
    assert len(await side.pins()) == 1


async def test_pin_goes_to_a_section(side: Publishing) -> None:
    path = f"/boards/{side.board_id}/sections"
    section = (await side.jane.api("GET", path)).body["items"][0]["id"]
    await side.publish(side.task(board_section_id=section))
    listed = (await side.jane.api("GET", f"{path}/{section}/pins")).body["items"]
    assert [each["board_section_id"] for each in listed] == [section]


async def test_default_board_is_used_where_none_is_named(side: Publishing) -> None:
    side.details = {**side.details, "defaultBoardId": side.board_id}
    assert isinstance(await side.publish(side.task(board_id="")), Published)
    assert len(await side.pins()) == 1


async def test_pin_without_a_board_names_those_there_are(side: Publishing) -> None:
    ended = await side.publish(side.task(board_id=""))
    assert isinstance(ended, Rejected)
    assert (ended.error.code, ended.error.rule) == (
        ErrorCode.PREFLIGHT_FAILED,
        "pinterest.board.required",
    )
    boards = ended.error.platform_response["availableBoards"]
    assert boards == [{"id": side.board_id, "name": "Bridges", "privacy": "PUBLIC"}]
    assert side.sendings == 0


async def test_at_most_25_boards_are_proposed_and_none_where_they_cannot_be_read(
    side: Publishing,
) -> None:
    boards = [{"name": f"Board {number}"} for number in range(30)]
    await side.jane.world(accounts=[{"username": "jane", "boards": boards}])
    ended = await side.publish(side.task(board_id=""))
    assert isinstance(ended, Rejected)
    assert len(ended.error.platform_response["availableBoards"]) == 25
    await side.jane.fault("status", route="/boards", status=500)
    ended = await side.publish(side.task(board_id=""))
    assert isinstance(ended, Rejected)
    assert ended.error.platform_response is None


async def test_expired_token_is_renewed_once_and_the_pin_made_once(side: Publishing) -> None:
    await side.jane.fault("expired_token", route="/v5/pins")
    assert isinstance(await side.publish(side.task()), Published)
    assert (side.refreshes, side.sendings, len(await side.pins())) == (1, 2, 1)


async def test_sandbox_is_a_host_of_its_own(jane: Caller, fake_clock: FakeClock) -> None:
    await jane.world(access="trial")
    url = jane.simulation.settings["LETMEPOST_PINTEREST_API_URL"] + "/sandbox"
    jane.prefix = "/pinterest/sandbox/v5"
    await jane.log_in()
    async with publishing(jane, fake_clock, API_URL=url) as side:
        assert isinstance(await side.publish(side.task()), Published)
        assert len(await side.pins()) == 1


async def test_preview_is_what_is_sent(side: Publishing) -> None:
    task = side.task(urls=[PUBLIC], title="Bridges")
    [shown] = PLATFORM.publisher.preview(task.draft, side.details)
    await side.publish(task)
    [request] = await side.requests("/v5/pins")
    assert shown["url"] == "https://api.pinterest.com/v5/pins"
    assert shown["json"] == json.loads(request["body"])


async def test_pin_is_seen_until_it_is_gone(side: Publishing) -> None:
    task = side.task()
    ended = await side.publish(task)
    assert isinstance(ended, Published)
    assert await PLATFORM.publisher.verify(task, ended.uri) == "visible"
    await side.jane.fault("status", route="/v5/pins/", status=500)
    assert await PLATFORM.publisher.verify(task, ended.uri) == "unknown"
    [pin] = await side.pins()
    await side.jane.api("DELETE", f"/pins/{pin['id']}")
    assert await PLATFORM.publisher.verify(task, ended.uri) == "absent"


async def test_record_holds_no_secret_and_no_whole_file(
    jane: Caller, fake_clock: FakeClock, tmp_path: Path
) -> None:
    record = tmp_path / "upstream.jsonl"
    picture = Held(samples.image("PNG", size=(300, 200)))
    async with publishing(jane, fake_clock, record_to=record) as side:
        task = side.task(picture)
        await side.publish(task)
        secrets = [str(each) for each in side.credentials.values()]
        secrets.append(jane.simulation.settings["LETMEPOST_PINTEREST_CLIENT_SECRET"])
    lines = record.read_text()
    assert not [each for each in secrets if each in lines]
    made = [json.loads(line) for line in lines.splitlines() if line.find("/v5/pins") > 0]
    data = made[0]["json"]["media_source"]["data"]
    assert len(data) == 256
    assert len(task.upstream.transcript[-1]["requestBody"]["media_source"]["data"]) == 256


@pytest.mark.parametrize("count", [2, 5])
async def test_several_images_are_a_carousel(side: Publishing, count: int) -> None:
    assert isinstance(await side.publish(side.task(*[PICTURE] * count)), Published)
    [pin] = await side.pins()
    assert (pin["media"]["media_type"], len(pin["media"]["items"])) == ("multiple_images", count)


async def test_carousel_of_addresses_is_fetched_and_one_that_is_mixed_is_sent(
    side: Publishing,
) -> None:
    await side.publish(side.task(urls=[PUBLIC, PUBLIC]))
    mixed: Any = side.task(PICTURE, PICTURE, urls=[PUBLIC, None])  # type: ignore[list-item]
    await side.publish(mixed)
    kinds = [
        each["body"].split('"source_type":"')[1].split('"')[0]
        for each in await side.requests("/v5/pins")
    ]
    assert kinds == ["multiple_image_urls", "multiple_image_base64"]


async def test_carousel_of_two_sizes_is_refused_by_pinterest(side: Publishing) -> None:
    wide = Held(samples.image("PNG", size=(80, 40)))
    ended = await side.publish(side.task(PICTURE, wide))
    assert isinstance(ended, Rejected)
    assert ended.error.code is ErrorCode.PLATFORM_REJECTED


async def test_nothing_was_sent_where_nobody_listens(jane: Caller, fake_clock: FakeClock) -> None:
    async with publishing(jane, fake_clock) as side:
        side.settings = side.settings.model_copy(update={"api_url": "http://127.0.0.1:1"})
        assert isinstance(await side.publish(side.task()), TryLater)
