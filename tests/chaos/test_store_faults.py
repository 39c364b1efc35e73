"""Redis, the store or the disk goes away and comes back: clear errors, and no file is lost."""

import asyncio
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from tests.asgi_client import Reply
from tests.chaos.cable import cable
from tests.chaos.standing import (
    ANSWERED_SECONDS,
    UPLOADED_SECONDS,
    Standing,
    is_clear,
    standing,
    through,
    until,
)
from tests.media.s3 import running_s3
from tests.media.samples import image
from tests.redis_server import own_redis, running_redis
from tests.server_process import multipart


async def test_without_redis_each_process_counts_for_itself(tmp_path: Path) -> None:
    with running_redis(tmp_path) as url:
        port = make_url(url).port or 6379
        async with cable(port) as led:
            settings = {
                "LETMEPOST_REDIS_URL": through(url, led),
                "LETMEPOST_RATE_LIMIT": "100/minute",
            }
            async with standing(tmp_path, settings) as stands:

                async def left() -> int:
                    async with asyncio.timeout(ANSWERED_SECONDS):
                        reply = await stands.client.call("GET", "/v1/posts")
                    assert reply.status == 200, reply.text
                    return int(
                        next(
                            v
                            for k, v in reply.headers.items()
                            if k.lower() == "ratelimit-remaining"
                        )
                    )

                before = await left()
                led.pull_out()
                assert await left() == 99
                led.mend()
                led.go_dead()
                assert await left() == 98
                led.mend()
                led.delay_seconds = 0.5
                await left()
                led.delay_seconds = 0.0

                async def shared_again() -> bool:
                    return await left() < before

                await until(shared_again)


async def test_a_restart_of_redis_fails_no_request(tmp_path: Path) -> None:
    with own_redis(tmp_path) as redis:
        settings = {"LETMEPOST_REDIS_URL": redis.url, "LETMEPOST_RATE_LIMIT": "100/minute"}
        async with standing(tmp_path, settings) as stands:

            async def left() -> int:
                async with asyncio.timeout(ANSWERED_SECONDS):
                    reply = await stands.client.call("GET", "/v1/posts")
                assert reply.status == 200, reply.text
                named = {name.lower(): value for name, value in reply.headers.items()}
                return int(named["ratelimit-remaining"])

            before = await left()
            await asyncio.to_thread(redis.stop)
            assert [await left(), await left()] == [99, 98]
            wanted = ["Without Redis."]
            assert (await stands.post(wanted[0])).status == 202
            await asyncio.to_thread(redis.start)

            # It holds nothing any more, and counts for all from now on.
            async def counted_anew() -> bool:
                return await left() >= before

            await until(counted_anew)
            await stands.recovers(wanted)


def uploads_of(stands: Standing) -> Callable[[], Awaitable[Reply]]:
    """Send another picture each time: one that is there already is not sent again."""

    async def upload() -> Reply:
        body, content_type = multipart("a.jpg", image(size=(640, 480)), "image/jpeg")
        async with asyncio.timeout(UPLOADED_SECONDS):
            return await stands.client.call(
                "POST", "/v1/media", data=body, headers={"Content-Type": content_type}
            )

    return upload


async def test_a_restart_of_the_store_is_said_and_loses_no_file(tmp_path: Path) -> None:
    with running_s3() as s3:
        settings = {**s3.environment, "LETMEPOST_STORAGE_URL": s3.url}
        async with standing(tmp_path, settings) as stands:
            upload = uploads_of(stands)
            first = await upload()
            assert first.status == 201
            await asyncio.to_thread(s3.stop)
            assert is_clear(await upload(), "storage")
            assert (await stands.client.call("GET", "/ready")).status == 503
            await asyncio.to_thread(s3.start)
            assert (await upload()).status == 201
            assert (await stands.client.call("GET", "/ready")).status == 200
            listed = await stands.client.call("GET", "/v1/media")
            assert len(listed.body["data"]) == 2
            kept = await stands.client.call("GET", f"/v1/media/{first.body['id']}/file")
            assert kept.status == 200, kept.text


@contextmanager
def no_room_for(size_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: what a full disk does, without one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_folder_without_room_is_said_and_takes_files_when_there_is_some(
    postgresql_url: str, tmp_path: Path
) -> None:
    # The database is elsewhere, and has room.
    settings = {"LETMEPOST_DATABASE_URL": postgresql_url}
    async with standing(tmp_path, settings) as stands:
        upload = uploads_of(stands)
        assert (await upload()).status == 201
        with no_room_for(10_000):
            assert is_clear(await upload(), "disk")
            assert (await stands.post("No room.")).status == 202
        assert (await upload()).status == 201
        assert list((tmp_path / "data" / "incoming").iterdir()) == []
        await stands.recovers(["No room."])


async def test_a_store_that_is_away_is_said_and_takes_files_when_it_is_back(tmp_path: Path) -> None:
    with running_s3() as s3:
        endpoint = make_url(s3.environment["AWS_ENDPOINT_URL"])
        async with cable(endpoint.port or 0) as led:
            settings: dict[str, Any] = {
                **s3.environment,
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{led.port}",
                "LETMEPOST_STORAGE_URL": s3.url,
            }
            async with standing(tmp_path, settings) as stands:
                upload = uploads_of(stands)
                assert (await upload()).status == 201
                led.pull_out()
                assert is_clear(await upload(), "storage")
                assert (await stands.client.call("GET", "/ready")).status == 503
                led.mend()
                assert (await upload()).status == 201
                led.delay_seconds = 0.5
                assert (await upload()).status == 201
