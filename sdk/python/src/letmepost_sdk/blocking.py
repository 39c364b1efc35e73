"""Runs conversations in the calling thread, over urllib3."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import urllib3

from letmepost_sdk.contents import Contents
from letmepost_sdk.exchange import Exchange, NoAnswer, Reply, Send, Sleep

T = TypeVar("T")

CONNECT_SECONDS = 10.0
CONNECTIONS_PER_HOST = 10


class Blocking:
    """One pool of connections; threads may share it."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS_PER_HOST)

    def run(self, exchange: Exchange[T]) -> T:
        """Have a conversation to its end; the value that it ends with."""
        outcome: Reply | NoAnswer | None = None
        while True:
            try:
                asked = exchange.send(outcome)
            except StopIteration as end:
                value: T = end.value
                return value
            if isinstance(asked, Sleep):
                self._sleep(asked.seconds)
                outcome = None
            else:
                outcome = self._send(asked)

    def walk(self, read: Callable[[str | None], Exchange[Any]]) -> Iterator[Any]:
        """Every entry of a list, the next page read when it is needed."""
        cursor: str | None = None
        while True:
            page = self.run(read(cursor))
            yield from page["data"]
            if (cursor := page["nextCursor"]) is None:
                return

    def close(self) -> None:
        """Close every connection."""
        self._pool.clear()

    def _sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _send(self, send: Send) -> Reply | NoAnswer:
        headers = dict(send.headers)
        body = send.body
        if isinstance(body, Contents) and body.size_bytes is not None:
            headers["Content-Length"] = str(body.size_bytes)
        try:
            response = self._pool.request(
                send.method,
                send.url,
                body=body.pieces() if isinstance(body, Contents) else body,
                headers=headers,
                timeout=urllib3.Timeout(
                    connect=min(CONNECT_SECONDS, send.timeout_seconds), read=send.timeout_seconds
                ),
                retries=False,
                redirect=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return NoAnswer(f"{type(error).__name__}: {error}")
        lowered = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, lowered, response.data)
