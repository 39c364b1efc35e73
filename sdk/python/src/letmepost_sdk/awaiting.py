"""Runs conversations in an event loop, over aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from letmepost_sdk.contents import Contents
from letmepost_sdk.exchange import Exchange, NoAnswer, Reply, Send, Sleep

T = TypeVar("T")

CONNECT_SECONDS = 10.0


class Awaiting:
    """One session of aiohttp, opened in the loop that first uses it."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def run(self, exchange: Exchange[T]) -> T:
        """Have a conversation to its end; the value that it ends with."""
        outcome: Reply | NoAnswer | None = None
        while True:
            try:
                asked = exchange.send(outcome)
            except StopIteration as end:
                value: T = end.value
                return value
            if isinstance(asked, Sleep):
                await asyncio.sleep(asked.seconds)
                outcome = None
            else:
                outcome = await self._send(asked)

    async def walk(self, read: Callable[[str | None], Exchange[Any]]) -> AsyncIterator[Any]:
        """Every entry of a list, the next page read when it is needed."""
        cursor: str | None = None
        while True:
            page = await self.run(read(cursor))
            for entry in page["data"]:
                yield entry
            if (cursor := page["nextCursor"]) is None:
                return

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(self, send: Send) -> Reply | NoAnswer:
        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        headers = dict(send.headers)
        body = send.body
        if isinstance(body, Contents) and body.size_bytes is not None:
            headers["Content-Length"] = str(body.size_bytes)
        try:
            async with self._session.request(
                send.method,
                # As it is: what an id holds is written as %2F already.
                URL(send.url, encoded=True),
                data=_pieces_of(body) if isinstance(body, Contents) else body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(
                    total=None,
                    sock_connect=min(CONNECT_SECONDS, send.timeout_seconds),
                    sock_read=send.timeout_seconds,
                ),
                allow_redirects=False,
            ) as response:
                content = await response.read()
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            return NoAnswer(f"{type(error).__name__}: {error}")
        lowered = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, lowered, content)


async def _pieces_of(contents: Contents) -> AsyncIterator[bytes]:
    """The pieces, each read in a thread: a disk may be slow."""
    pieces = contents.pieces()
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        yield piece
