"""Limits beside those of a key: of an address, of wrong keys, of uploads at once, of JSON."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from letmepost.api.app import OPERATIONS
from letmepost.api.operation import Content
from tests.api.client import Client
from tests.api.server import ON_ONE_DATABASE, Organization, Server, running_server
from tests.media.samples import image

pytestmark = pytest.mark.asyncio(loop_scope="session")

WRONG = "lmp_live_" + "a" * 32


def _with_key(client: Client, key: str) -> Client:
    return Client(client.http, client.url, key)


async def test_an_address_is_counted_before_its_key_is_looked_at(
    sqlite_copy: str, tmp_path: Path
) -> None:
    settings = {"LETMEPOST_ADDRESS_RATE_LIMIT": "3/hour"}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        client = await (await server.new_organization()).client()
        for _ in range(2):
            assert (await client.get("/v1/posts")).status == 200
        assert (await server.stranger.get("/v1/posts")).status == 401
        for somebody in (client, server.stranger):
            refused = await somebody.get("/v1/posts")
            refused.refused(429, "rate_limited")
            wait = int(refused.headers["Retry-After"])
            assert 0 < wait <= 3600
            assert refused.error["retryAfterSeconds"] == wait
            assert "address" in refused.error["message"]
        assert (await server.stranger.get("/health")).status == 200


async def test_an_address_is_what_a_trusted_proxy_says(sqlite_copy: str, tmp_path: Path) -> None:
    settings = {
        "LETMEPOST_ADDRESS_RATE_LIMIT": "1/hour",
        "LETMEPOST_TRUSTED_PROXIES": "127.0.0.1/32",
    }
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        client = await (await server.new_organization()).client()
        for address, status in (
            ("198.51.100.1", 200),
            ("198.51.100.2", 200),
            ("198.51.100.1", 429),
        ):
            # What a client puts in front of it is not believed.
            headers = {"X-Forwarded-For": f"203.0.113.{status % 250}, {address}"}
            assert (await client.get("/v1/posts", headers=headers)).status == status


async def test_an_untrusted_header_makes_nobody_another_address(
    sqlite_copy: str, tmp_path: Path
) -> None:
    settings = {"LETMEPOST_ADDRESS_RATE_LIMIT": "1/hour"}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        client = await (await server.new_organization()).client()
        for number, status in ((1, 200), (2, 429)):
            headers = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert (await client.get("/v1/posts", headers=headers)).status == status


async def test_who_guesses_keys_has_to_wait(sqlite_copy: str, tmp_path: Path) -> None:
    settings = {"LETMEPOST_WRONG_KEY_LIMIT": "5/minute"}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        organization = await server.new_organization()
        known, unseen = await organization.client(), await organization.client()
        assert (await known.get("/v1/posts")).status == 200
        for number in range(5):
            # Another one each time, and some that do not even look like one.
            guess = f"{WRONG}{number}" if number % 2 else f"lmp_wrong_{number}"
            (await _with_key(known, guess).get("/v1/posts")).refused(401, "unauthenticated")
        for guess in (f"{WRONG}6", str(unseen.key), "nonsense"):
            refused = await _with_key(known, guess).get("/v1/posts")
            refused.refused(429, "rate_limited")
            assert 0 < int(refused.headers["Retry-After"]) <= 60
        # Programs behind the same address that were there before go on.
        assert (await known.get("/v1/posts")).status == 200
        # Requests without a key guess nothing.
        assert (await server.stranger.get("/v1/posts")).status == 401
        async with known.http.post(
            f"{server.url}/mcp", json={}, headers={"Authorization": f"Bearer {WRONG}7"}
        ) as answer:
            assert answer.status == 429
            assert int(answer.headers["Retry-After"]) > 0


async def test_guesses_at_once_are_counted_too(sqlite_copy: str, tmp_path: Path) -> None:
    settings = {"LETMEPOST_WRONG_KEY_LIMIT": "5/minute"}
    async with running_server(tmp_path, sqlite_copy, settings=settings) as server:
        stranger = server.stranger
        for _ in range(2):
            answers = await asyncio.gather(
                *(_with_key(stranger, f"{WRONG}{each}").get("/v1/posts") for each in range(20))
            )
        assert {each.status for each in answers} == {429}


async def test_uploads_at_once_have_a_number(sqlite_copy: str, tmp_path: Path) -> None:
    async with running_server(
        tmp_path, sqlite_copy, settings={"LETMEPOST_UPLOADS_AT_ONCE": "2"}
    ) as server:
        organization = await server.new_organization()
        client, other = await organization.client(), await organization.client()
        go_on = asyncio.Event()

        async def slow_body() -> Any:
            yield b"--b\r\n"
            await go_on.wait()
            yield b'Content-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
            yield image()
            yield b"\r\n--b--\r\n"

        def begin() -> asyncio.Task[Any]:
            headers = {"Content-Type": "multipart/form-data; boundary=b"}
            return asyncio.create_task(
                client.call("POST", "/v1/media", data=slow_body(), headers=headers)
            )

        running = [begin(), begin()]
        at_once = server.service.state.uploads_at_once
        async with asyncio.timeout(20):
            while at_once._running[str(client.minted["id"])] < 2:  # noqa: ASYNC110 - no event to wait for
                await asyncio.sleep(0)
        refused = await client.upload(image())
        refused.refused(429, "rate_limited")
        assert refused.headers["Retry-After"] == "1"
        fetched = await client.post("/v1/media/fetch", {"url": "https://a.example/a.jpg"})
        fetched.refused(429, "rate_limited")
        assert (await other.upload(image())).status == 201
        go_on.set()
        assert [each.status for each in await asyncio.gather(*running)] == [201, 201]
        assert (await client.upload(image())).status == 201
        assert not at_once._running


BOMBS = {
    "depth of lists": b"[" * 100_000,
    "depth of objects": b'{"a":' * 100_000,
    "depth inside": b'{"targets":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "a long number": b'{"targets":[],"text":' + b"9" * 1_000_000 + b"}",
    "a huge exponent": b'{"targets":[],"text":1e999999999}',
    "many names": b"{" + b",".join(b'"%d":1' % each for each in range(50_000)) + b"}",
    "a long name": b'{"' + b"n" * 1_000_000 + b'":1}',
    "the same name": b"{" + b",".join(b'"text":"a"' for _ in range(50_000)) + b"}",
    "half a surrogate": rb'{"targets":[],"text":"\ud800"}',
    "bad UTF-8": b'{"targets":[],"text":"\xff\xfe"}',
    "UTF-16": '{"targets":[]}'.encode("utf-16"),
    "NaN": b'{"targets":[],"text":NaN}',
    "nothing but spaces": b" " * 1_000_000,
}


@ON_ONE_DATABASE
@pytest.mark.parametrize("name", BOMBS)
async def test_bodies_that_are_bombs_are_refused_everywhere(
    server: Server, organization: Organization, name: str
) -> None:
    client = await organization.client()
    before = await server.traces()
    for operation in OPERATIONS:
        if operation.body is None or isinstance(operation.body.content, Content):
            continue
        path = operation.path.format(id="none_1", platform="bluesky", delivery="none_2")
        answer = await client.call(
            operation.method, path, data=BOMBS[name], headers={"Content-Type": "application/json"}
        )
        assert 400 <= answer.status < 500, (operation.name, answer.body)
        # The answer does not grow with the bomb.
        assert len(answer.raw) < 100_000, operation.name
    assert await server.traces() == before


@ON_ONE_DATABASE
async def test_texts_that_are_bombs_are_measured_in_good_time(
    organization: Organization,
) -> None:
    """Combining marks, joiners, flags and directions: what makes counting graphemes dear."""
    client = await organization.client()
    for text in (
        "a" + "\u0301" * 45_000,
        "\u200d".join("👩" for _ in range(20_000)),
        "🇦" * 45_000,
        "\u202e" * 45_000,
        "\U000e0041" * 45_000,
        "https://" + "a." * 40_000,
        "#" * 45_000,
        "@a " * 30_000,
    ):
        async with asyncio.timeout(10):
            answer = await client.post(
                "/v1/posts/validate",
                {"targets": [{"platform": each} for each in ("bluesky", "twitter")], "text": text},
            )
        assert answer.status == 200, answer.body
        assert answer.body["valid"] is False
