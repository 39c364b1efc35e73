"""Fetching from strangers: what is taken, what is refused, and that nothing stays behind."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.address_guard import AddressGuard, guarded_session, parse_networks
from letmepost.media.fetch import FetchedFile, MediaUnreachableError, fetch

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 9
LIMIT = 3_000_000
Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Host:
    """A web server on loopback whose paths a test fills in."""

    def __init__(self) -> None:
        self.pages: dict[str, Serve] = {}
        self.requests: list[web.Request] = []
        app = web.Application()
        app.router.add_get("/{name:.*}", self._serve)
        self.server = TestServer(app, host="127.0.0.1")

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        return await self.pages[request.path](request)

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))

    def file(
        self, path: str, body: bytes = JPEG, status: int = 200, kind: str = "image/jpeg"
    ) -> str:
        async def serve(_request: web.Request) -> web.StreamResponse:
            return web.Response(body=body, status=status, content_type=kind)

        self.pages[path] = serve
        return self.url(path)

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        async def serve(_request: web.Request) -> web.StreamResponse:
            return web.Response(status=status, headers={"Location": location})

        self.pages[path] = serve
        return self.url(path)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    async with host.server:
        yield host


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with guarded_session(AddressGuard(parse_networks("127.0.0.1/32"))) as session:
        yield session


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "incoming"


def nothing_at(path: Path) -> bool:
    return not path.exists()


def content_of(path: Path) -> bytes:
    return path.read_bytes()


async def refusal(
    session: aiohttp.ClientSession, url: str, into: Path, timeout_seconds: float = 30
) -> LetmepostError:
    with pytest.raises(LetmepostError) as caught:
        await fetch(session, url, into, LIMIT, timeout_seconds)
    assert nothing_at(into)
    return caught.value


async def test_a_file_is_fetched_counted_and_hashed(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    url = host.file("/cat.jpg")
    fetched = await fetch(session, url, into, LIMIT)
    assert fetched == FetchedFile(
        path=into,
        declared_type="image/jpeg",
        size_bytes=len(JPEG),
        sha256=hashlib.sha256(JPEG).hexdigest(),
        final_url=url,
    )
    assert content_of(into) == JPEG


async def test_a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(
    host: Host, session: aiohttp.ClientSession, into: Path, tmp_path: Path
) -> None:
    body = JPEG[:4] + bytes(LIMIT - 4)
    fetched = await fetch(session, host.file("/full", body), into, LIMIT)
    assert fetched.size_bytes == LIMIT
    assert fetched.sha256 == hashlib.sha256(body).hexdigest()
    error = await refusal(session, host.file("/over", body + b"x"), tmp_path / "second")
    assert (error.code, error.rule) == (ErrorCode.VALIDATION_FAILED, "media.size_max")
    assert str(LIMIT) in error.message


async def test_a_stream_without_a_length_is_cut_off_at_the_limit(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        await answer.prepare(request)
        while sent < 100 * LIMIT:
            await answer.write(JPEG * 100)
            sent += len(JPEG) * 100
        return answer

    host.pages["/endless"] = endless
    error = await refusal(session, host.url("/endless"), into)
    assert error.rule == "media.size_max"
    assert sent < 10 * LIMIT


async def test_redirects_are_followed_up_to_five_times(
    host: Host, session: aiohttp.ClientSession, into: Path, tmp_path: Path
) -> None:
    last = host.file("/5")
    for hop in range(5):
        host.redirect(f"/{hop}", f"{hop + 1}", status=(301, 302, 303, 307, 308)[hop])
    fetched = await fetch(session, host.url("/0"), into, LIMIT)
    assert fetched.final_url == last
    first = host.redirect("/start", "/0")
    error = await refusal(session, first, tmp_path / "second")
    assert error.rule == "media.url.redirects_max"


@pytest.mark.parametrize(
    "location",
    [
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1:1/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:1/",
        "http://2130706433/",
        "http://0x7f.2/",
        "http://user:secret@127.0.0.1/",
        "http://:0/",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999/",
    ],
)
async def test_a_bad_address_is_refused_at_first_and_as_a_redirect(
    host: Host, session: aiohttp.ClientSession, into: Path, location: str
) -> None:
    for url in (location, host.redirect("/moved", location)):
        error = await refusal(session, url, into)
        assert (error.code, error.rule) == (ErrorCode.VALIDATION_FAILED, "media.url.disallowed")
        assert "127" not in error.message


@pytest.mark.parametrize("url", ["", "cat.jpg", "//example.com/x", "javascript:alert(1)", "\0"])
async def test_what_is_not_an_http_address_is_refused(
    session: aiohttp.ClientSession, into: Path, url: str
) -> None:
    assert (await refusal(session, url, into)).rule == "media.url.disallowed"


async def test_the_refusal_does_not_tell_an_open_port_from_a_closed_one(
    host: Host, into: Path
) -> None:
    async with guarded_session(AddressGuard()) as session:
        opened = await refusal(session, host.file("/"), into)
        closed = await refusal(session, "http://127.0.0.1:1/", into)
    assert (opened.message, opened.rule, opened.extra) == (
        closed.message,
        closed.rule,
        closed.extra,
    )
    assert host.requests == []


async def test_no_cookie_credential_or_referrer_is_carried_along(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    async def tempt(_request: web.Request) -> web.StreamResponse:
        answer = web.Response(status=302, headers={"Location": "/cat.jpg#part"})
        answer.set_cookie("session", "1")
        return answer

    host.pages["/tempt"] = tempt
    host.file("/cat.jpg")
    await fetch(session, host.url("/tempt"), into, LIMIT)
    sent = host.requests[-1].headers
    assert not {"Cookie", "Authorization", "Referer", "Proxy-Authorization"}.intersection(sent)


@pytest.mark.parametrize("status", [304, 400, 401, 403, 404, 410, 429, 500, 503])
async def test_another_status_than_2xx_is_named(
    host: Host, session: aiohttp.ClientSession, into: Path, status: int
) -> None:
    error = await refusal(session, host.file("/gone", b"" if status == 304 else JPEG, status), into)
    assert isinstance(error, MediaUnreachableError)
    assert (error.code, error.status) == (ErrorCode.PREFLIGHT_FAILED, status)
    assert error.platform_response == {"httpStatus": status}


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><html>", b"\n\n <html lang=en>", b"<!-- x --><head>" + b" " * 5000]
)
async def test_a_web_page_where_a_file_was_expected_is_told(
    host: Host, session: aiohttp.ClientSession, into: Path, body: bytes
) -> None:
    error = await refusal(session, host.file("/share", body), into)
    assert (error.code, error.rule) == (ErrorCode.PREFLIGHT_FAILED, "media.url.html_response")


async def test_an_image_that_is_declared_as_html_is_taken(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    fetched = await fetch(session, host.file("/cat.jpg", kind="text/html"), into, LIMIT)
    assert fetched.declared_type == "text/html"


async def test_an_empty_file_is_refused(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    error = await refusal(session, host.file("/empty", b""), into)
    assert (error.code, error.rule) == (ErrorCode.PREFLIGHT_FAILED, "media.file.empty")


async def test_a_silent_host_runs_into_the_deadline(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    silent = asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(JPEG)
        await silent.wait()
        return answer

    host.pages["/silent"] = wait
    error = await refusal(session, host.url("/silent"), into, timeout_seconds=0.2)
    silent.set()
    assert (error.code, error.retryable) == (ErrorCode.PLATFORM_UNAVAILABLE, True)


async def test_a_transfer_that_breaks_off_is_retryable_and_leaves_no_file(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100000"})
        await answer.prepare(request)
        await answer.write(JPEG)
        assert request.transport is not None
        request.transport.abort()
        return answer

    host.pages["/broken"] = break_off
    error = await refusal(session, host.url("/broken"), into)
    assert (error.code, error.retryable) == (ErrorCode.PLATFORM_UNAVAILABLE, True)


async def test_a_closed_port_is_retryable(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    url = host.url("/x")
    await host.server.close()
    error = await refusal(session, url, into)
    assert (error.code, error.retryable) == (ErrorCode.PLATFORM_UNAVAILABLE, True)


async def test_a_cancelled_fetch_leaves_no_file(
    host: Host, session: aiohttp.ClientSession, into: Path
) -> None:
    reached, silent = asyncio.Event(), asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(JPEG)
        reached.set()
        await silent.wait()
        return answer

    host.pages["/silent"] = wait
    fetching = asyncio.create_task(fetch(session, host.url("/silent"), into, LIMIT))
    await reached.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    silent.set()
    assert nothing_at(into)
