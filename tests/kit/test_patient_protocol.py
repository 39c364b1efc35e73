"""Clients that begin a request and do not go on with it lose their connection; others do not."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from letmepost.kit import patient_protocol
from letmepost.kit.patient_protocol import PatientProtocol
from tests.listening import free_port, listening

PATIENCE_SECONDS = 0.2
# Long enough for a busy machine; a connection that is kept would never end.
WAIT_SECONDS = 20
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _count(request: Request) -> Response:
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        for _ in range(3):
            await asyncio.sleep(0)
    return Response(str(size))


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(PatientProtocol, "header_seconds", PATIENCE_SECONDS)
    monkeypatch.setattr(PatientProtocol, "body_seconds", PATIENCE_SECONDS)
    app = Starlette(routes=[Route("/", _count, methods=["GET", "POST"])])
    with free_port() as (listener, _):
        async with listening(app, listener):
            yield listener.getsockname()[1]


async def _ended(streams: Streams) -> bytes:
    """What a server sends until it hangs up."""
    reader, writer = streams
    try:
        return await asyncio.wait_for(reader.read(), WAIT_SECONDS)
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a.exa",
        b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9000\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
    ids=["nothing", "half a header", "half a body", "half a chunk"],
)
async def test_who_stops_sending_is_hung_up_on(port: int, sent: bytes) -> None:
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(sent)
    assert await _ended(streams) == b""


async def test_a_byte_now_and_then_is_not_enough(port: int) -> None:
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 900000\r\n\r\n")

    async def drip() -> None:
        while True:
            streams[1].write(b"x")
            await asyncio.sleep(PATIENCE_SECONDS / 10)

    dripping = asyncio.create_task(drip())
    assert await _ended(streams) == b""
    dripping.cancel()


async def test_a_body_that_keeps_its_pace_is_read_to_its_end(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_protocol, "BODY_BYTES_MIN", 1)
    streams = await asyncio.open_connection("127.0.0.1", port)
    pieces = 20
    head = f"POST / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nContent-Length: {pieces}"
    streams[1].write(f"{head}\r\n\r\n".encode())
    for _ in range(pieces):
        # In all longer than one such time.
        await asyncio.sleep(PATIENCE_SECONDS / 10)
        streams[1].write(b"x")
    assert (await _ended(streams)).endswith(b"\r\n\r\n20")


async def test_a_slow_answer_is_waited_for(port: int) -> None:
    streams = await asyncio.open_connection("127.0.0.1", port)
    streams[1].write(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")
    first = await asyncio.wait_for(streams[0].readuntil(b"\r\n\r\n0"), WAIT_SECONDS)
    assert first.startswith(b"HTTP/1.1 200")
    streams[1].write(b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
    assert (await _ended(streams)).startswith(b"HTTP/1.1 200")
