"""The simulated Threads refuses what Threads refuses, in its words."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from letmepost.platform_kit.graph.simulated_tokens import LONG
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.threads.simulator import ThreadsSimulator
from letmepost.platforms.threads.simulator_world import JANE, POSTS_PER_DAY
from tests.clock import FakeClock

SCOPES = ("threads_basic", "threads_content_publish", "threads_manage_replies", "threads_delete")


class Caller:
    """Calls with Jane's token."""

    def __init__(self, simulator: ThreadsSimulator, url: str, http: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self._url = f"{url}/threads/v1.0"
        self._http = http
        profile = simulator.world.profiles[JANE]
        self.token = simulator._tokens.give(profile, SCOPES)

    async def call(self, method: str, path: str, **fields: str) -> tuple[int, Any]:
        given: dict[str, Any] = {"data": fields} if method == "POST" else {"params": fields}
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self._http.request(
            method, f"{self._url}{path}", headers=headers, **given
        ) as answer:
            return answer.status, await answer.json()

    async def container(self, **fields: str) -> str:
        status, body = await self.call("POST", "/me/threads", media_type="TEXT", **fields)
        assert status == 200, body
        return str(body["id"])

    async def publish(self, container: str) -> tuple[int, Any]:
        return await self.call("POST", "/me/threads_publish", creation_id=container)

    async def refused(self, **fields: str) -> str:
        status, body = await self.call("POST", "/me/threads", **fields)
        assert status == 400, body
        return str(body["error"]["message"])


@pytest.fixture
def fake_clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def jane(fake_clock: FakeClock) -> AsyncIterator[Caller]:
    simulator = ThreadsSimulator(fake_clock)
    async with running_simulators([simulator]) as running, aiohttp.ClientSession() as http:
        yield Caller(simulator, running.url, http)


async def test_a_container_and_its_post_have_ids_of_their_own(jane: Caller) -> None:
    container = await jane.container(text="Hello")
    assert (await jane.call("GET", f"/{container}", fields="status"))[1]["status"] == "FINISHED"
    status, body = await jane.publish(container)
    assert (status, body["id"] != container) == (200, True)
    assert (await jane.call("GET", f"/{container}", fields="status"))[1]["status"] == "PUBLISHED"
    status, error = await jane.call("GET", f"/{body['id']}", fields="status")
    assert (status, error["error"]["type"]) == (400, "THApiException")
    assert "nonexisting field (status)" in error["error"]["message"]


async def test_a_container_is_published_from_once_and_within_a_day(
    jane: Caller, fake_clock: FakeClock
) -> None:
    container = await jane.container(text="Once")
    assert (await jane.publish(container))[0] == 200
    status, body = await jane.publish(container)
    assert (status, body["error"]["code"], body["error"]["error_subcode"]) == (400, 24, 4279009)
    late = await jane.container(text="Late")
    fake_clock.advance(timedelta(hours=24).total_seconds())
    assert (await jane.call("GET", f"/{late}", fields="status"))[1]["status"] == "EXPIRED"
    assert (await jane.publish(late))[0] == 400


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"media_type": "POSTER"}, "media_type must be one of"),
        ({"media_type": "TEXT"}, "text is required"),
        ({"media_type": "TEXT", "text": "x" * 501}, "at most 500 characters"),
        ({"media_type": "TEXT", "text": "\U0001f600" * 126}, "at most 500 characters"),
        (
            {"media_type": "TEXT", "text": " ".join(f"https://a.example/{n}" for n in range(6))},
            "THREADS_API__LINK_LIMIT_EXCEEDED",
        ),
        ({"media_type": "TEXT", "text": "a", "topic_tag": "St. Louis"}, "topic_tag is invalid"),
        ({"media_type": "TEXT", "text": "a", "reply_control": "nobody"}, "reply_control"),
        ({"media_type": "TEXT", "text": "a", "reply_to_id": "1"}, "does not exist"),
        ({"media_type": "TEXT", "text": "a", "colour": "red"}, "colour is not supported"),
        ({"media_type": "TEXT", "text": "a", "poll_attachment": "[]"}, "must be an object"),
        ({"media_type": "IMAGE"}, "image_url is required"),
        ({"media_type": "IMAGE", "image_url": "ftp://a"}, "An unknown error occurred"),
        ({"media_type": "IMAGE", "image_url": "http://127.0.0.1:1/a.jpg"}, "An unknown error"),
        (
            {"media_type": "IMAGE", "image_url": "https://a.example/a", "link_attachment": "b"},
            "text posts only",
        ),
        ({"media_type": "CAROUSEL", "children": "1"}, "2 to 20 children"),
        ({"media_type": "CAROUSEL", "children": "1,2"}, "does not exist"),
    ],
)
async def test_what_threads_refuses_to_prepare(
    jane: Caller, fields: dict[str, str], said: str
) -> None:
    assert said in await jane.refused(**fields)
    assert jane.simulator.world.containers == {}


async def test_the_days_posts_are_counted_when_they_are_published(jane: Caller) -> None:
    for number in range(POSTS_PER_DAY):
        assert (await jane.publish(await jane.container(text=f"Number {number}")))[0] == 200
    status, body = await jane.publish(await jane.container(text="One too many"))
    assert (status, body["error"]["code"], body["error"]["error_subcode"]) == (400, 9, 2207042)
    reply = await jane.container(
        text="Replies have a number of their own",
        reply_to_id=next(iter(jane.simulator.world.posts)),
    )
    assert (await jane.publish(reply))[0] == 200
    _, quota = await jane.call("GET", "/me/threads_publishing_limit", fields="quota_usage")
    assert quota == {"data": [{"quota_usage": POSTS_PER_DAY}]}


async def test_posts_and_replies_are_listed_apart_newest_first(jane: Caller) -> None:
    first = (await jane.publish(await jane.container(text="First")))[1]["id"]
    await jane.publish(await jane.container(text="Second"))
    await jane.publish(await jane.container(text="An answer", reply_to_id=first))
    _, posts = await jane.call("GET", "/me/threads", fields="id,text", limit="1")
    assert [each["text"] for each in posts["data"]] == ["Second"]
    after = posts["paging"]["cursors"]["after"]
    _, more = await jane.call("GET", "/me/threads", fields="text", limit="1", after=after)
    assert [each["text"] for each in more["data"]] == ["First"]
    _, replies = await jane.call("GET", "/me/replies", fields="text")
    assert [each["text"] for each in replies["data"]] == ["An answer"]


async def test_a_call_without_a_good_token_is_refused(jane: Caller, fake_clock: FakeClock) -> None:
    fake_clock.advance(LONG.total_seconds())
    status, body = await jane.call("GET", "/me")
    assert (status, body["error"]["code"], body["error"]["error_subcode"]) == (400, 190, 463)
    jane.token = "unknown"
    status, body = await jane.call("GET", "/me")
    assert (status, body["error"]["code"]) == (400, 190)


async def test_a_scope_that_was_not_granted_is_named(jane: Caller) -> None:
    profile = jane.simulator.world.profiles[JANE]
    jane.token = jane.simulator._tokens.give(profile, ("threads_basic",))
    status, body = await jane.call("POST", "/me/threads", media_type="TEXT", text="Hello")
    assert (status, body["error"]["code"]) == (403, 10)
    assert "threads_content_publish" in body["error"]["message"]
