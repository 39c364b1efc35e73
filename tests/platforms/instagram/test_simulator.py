"""The simulated Instagram refuses what Instagram refuses, in its words."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from letmepost.platform_kit.graph.simulated import (
    DEFAULT_LINKED_ID,
    DEFAULT_PAGE_ID,
    DEFAULT_USER_ID,
    PageToken,
    page_token,
    read_page_token,
)
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.instagram.simulator import InstagramSimulator
from letmepost.platforms.instagram.simulator_world import CONTAINERS_PER_DAY
from tests.clock import FakeClock

SCOPES = (
    "instagram_business_basic",
    "instagram_business_content_publish",
    "instagram_business_manage_comments",
)
# Not on loopback, so it is believed and not called.
IMAGE = "https://media.example/bridge.jpg"
VIDEO = "https://media.example/river.mp4"


class Caller:
    """Calls with the bakery's token."""

    def __init__(
        self, simulator: InstagramSimulator, url: str, http: aiohttp.ClientSession
    ) -> None:
        self.simulator = simulator
        self.world = simulator.world
        self.http = http
        self._url = f"{url}/instagram/v25.0"
        account = self.world.accounts[DEFAULT_LINKED_ID]
        self.token = simulator.access.tokens.give(account, SCOPES)
        self.world.reads_until_ready = 0

    async def call(self, method: str, path: str, **fields: str) -> tuple[int, Any]:
        given: dict[str, Any] = {"data": fields} if method == "POST" else {"params": fields}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.request(
            method, f"{self._url}{path}", headers=headers, **given
        ) as answer:
            return answer.status, await answer.json()

    async def container(self, **fields: str) -> str:
        status, body = await self.call("POST", f"/{DEFAULT_LINKED_ID}/media", **fields)
        assert status == 200, body
        return str(body["id"])

    async def publish(self, container: str) -> tuple[int, Any]:
        path = f"/{DEFAULT_LINKED_ID}/media_publish"
        return await self.call("POST", path, creation_id=container)

    async def refused(self, **fields: str) -> Any:
        status, body = await self.call("POST", f"/{DEFAULT_LINKED_ID}/media", **fields)
        assert status == 400, body
        return body["error"]


@pytest.fixture
def fake_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def jane(fake_clock: FakeClock) -> AsyncIterator[Caller]:
    simulator = InstagramSimulator(fake_clock)
    async with running_simulators([simulator]) as running, aiohttp.ClientSession() as http:
        yield Caller(simulator, running.url, http)


async def test_a_container_is_published_from_once(jane: Caller) -> None:
    container = await jane.container(image_url=IMAGE, caption="Once")
    status, body = await jane.publish(container)
    assert (status, body["id"] != container) == (200, True)
    _, shown = await jane.call("GET", f"/{container}", fields="status_code,status")
    assert shown["status_code"] == "PUBLISHED"
    status, error = await jane.publish(container)
    assert (status, error["error"]["code"], error["error"]["error_subcode"]) == (400, 9007, 2207027)


async def test_a_container_takes_a_while_and_lives_a_day(
    jane: Caller, fake_clock: FakeClock
) -> None:
    jane.world.reads_until_ready = 2
    container = await jane.container(video_url=VIDEO, media_type="REELS")
    assert (await jane.publish(container))[1]["error"]["code"] == 9007
    path = f"/{container}"
    seen = [(await jane.call("GET", path, fields="status_code"))[1]["status_code"] for _ in "123"]
    assert seen == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]
    fake_clock.advance(timedelta(hours=24).total_seconds())
    assert (await jane.call("GET", path, fields="status_code"))[1]["status_code"] == "EXPIRED"
    assert (await jane.publish(container))[0] == 400


@pytest.mark.parametrize(
    ("fields", "code", "subcode"),
    [
        ({"image_url": IMAGE, "media_type": "POSTER"}, 100, 2207023),
        ({"video_url": VIDEO, "media_type": "VIDEO"}, 100, 2207067),
        ({"image_url": IMAGE, "caption": "x" * 2201}, 36004, 2207010),
        ({"image_url": IMAGE, "caption": " ".join(["@a"] * 21)}, 100, 2207040),
        ({"media_type": "CAROUSEL", "children": "1"}, 100, 2207028),
        ({"media_type": "CAROUSEL", "children": "1,2"}, 24, 2207006),
        ({"image_url": "http://127.0.0.1:1/a.jpg"}, 9004, 2207052),
        ({"image_url": IMAGE, "is_carousel_item": "true", "caption": "no"}, 100, None),
        ({"image_url": IMAGE, "collaborators": json.dumps(["a"] * 4)}, 100, None),
        ({"image_url": IMAGE, "user_tags": '[{"username": "a", "x": 540, "y": 0}]'}, 100, None),
        ({"image_url": IMAGE, "location_id": "here"}, 100, None),
        ({"video_url": VIDEO, "media_type": "REELS", "alt_text": "no"}, 100, None),
        ({"image_url": IMAGE, "colour": "red"}, 100, None),
        ({"caption": "nothing to see"}, 100, None),
        ({"upload_type": "resumable", "media_type": "REELS"}, 100, None),
    ],
)
async def test_what_instagram_refuses_to_prepare(
    jane: Caller, fields: dict[str, str], code: int, subcode: int | None
) -> None:
    error = await jane.refused(**fields)
    assert (error["code"], error.get("error_subcode")) == (code, subcode)
    assert jane.world.containers == {}


async def test_containers_and_posts_of_a_day_are_counted(jane: Caller) -> None:
    jane.world.posts_per_day = 1
    assert (await jane.publish(await jane.container(image_url=IMAGE)))[0] == 200
    status, body = await jane.publish(await jane.container(image_url=IMAGE))
    assert (status, body["error"]["code"], body["error"]["error_subcode"]) == (400, 9, 2207042)
    path = f"/{DEFAULT_LINKED_ID}/content_publishing_limit"
    _, quota = await jane.call("GET", path, fields="quota_usage,config")
    assert quota["data"][0]["quota_usage"] == quota["data"][0]["config"]["quota_total"] == 1
    for _ in range(CONTAINERS_PER_DAY - 2):
        await jane.container(image_url=IMAGE)
    assert (await jane.refused(image_url=IMAGE))["code"] == 4


async def test_stories_are_listed_apart(jane: Caller) -> None:
    await jane.publish(await jane.container(image_url=IMAGE, media_type="STORIES"))
    await jane.publish(await jane.container(image_url=IMAGE, caption="A post"))
    _, media = await jane.call("GET", f"/{DEFAULT_LINKED_ID}/media", fields="caption")
    assert [each["caption"] for each in media["data"]] == ["A post"]
    _, stories = await jane.call(
        "GET", f"/{DEFAULT_LINKED_ID}/stories", fields="media_product_type,caption"
    )
    assert [each["media_product_type"] for each in stories["data"]] == ["STORY"]
    assert "caption" not in stories["data"][0]


async def test_only_the_login_of_a_page_deletes(jane: Caller) -> None:
    _, made = await jane.publish(await jane.container(image_url=IMAGE))
    assert (await jane.call("DELETE", f"/{made['id']}"))[0] == 400
    scopes = ("instagram_basic", "instagram_manage_contents")
    jane.token = page_token(PageToken(DEFAULT_PAGE_ID, DEFAULT_USER_ID, scopes))
    assert await jane.call("DELETE", f"/{made['id']}") == (200, {"success": True})


async def test_bytes_must_be_as_many_as_was_said(jane: Caller) -> None:
    scopes = ("instagram_basic", "instagram_content_publish")
    jane.token = page_token(PageToken(DEFAULT_PAGE_ID, DEFAULT_USER_ID, scopes))
    _, made = await jane.call(
        "POST", f"/{DEFAULT_LINKED_ID}/media", upload_type="resumable", media_type="REELS"
    )
    headers = {"Authorization": f"OAuth {jane.token}", "offset": "0", "file_size": "9"}
    async with jane.http.post(made["uri"], headers=headers, data=b"four") as answer:
        assert answer.status == 400
        assert "ProcessingFailedError" in await answer.text()
    headers["file_size"] = "4"
    async with jane.http.post(made["uri"], headers=headers, data=b"four") as answer:
        assert (await answer.json())["success"] is True
    assert (await jane.publish(made["id"]))[0] == 200


async def test_usage_is_told_in_a_header(jane: Caller) -> None:
    jane.world.usage_percent = 97
    url = f"{jane._url}/me"
    async with jane.http.get(url, headers={"Authorization": f"Bearer {jane.token}"}) as answer:
        told = json.loads(answer.headers["X-Business-Use-Case-Usage"])
    assert told["1"][0]["call_count"] == 97


def test_a_token_that_is_of_no_page_is_known_as_such() -> None:
    assert read_page_token("IGAAsomething") is None
    assert read_page_token("EAAP%%%") is None
    assert read_page_token("EAAPAAAA") is None
