"""The load: keep-alive connections that each send a request as soon as the last is answered.

A process of its own, so that it takes no time from what it measures. It writes requests that were
made beforehand and reads no more of an answer than its status and its length.
"""

import argparse
import asyncio
import base64
import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import cast

from letmepost.kit.http_server import run_until_done

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "
STATUS = slice(9, 12)
WARM_SECONDS = 0.2
# Of an answer, as much as tells what went wrong.
EXAMPLE_BYTES = 4000


@dataclass
class Tally:
    """What was answered: in all, and in detail after the warm-up."""

    requests: Iterator[bytes]
    counts_from: float
    ends_at: float
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    example: bytes = b""


class Connection(asyncio.Protocol):
    """One connection. `done` is set when the time is over or the server closes."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._answer = b""
        self._needed = 0
        self._sent_at = 0.0
        self.done = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        # uvloop's transports are not registered as the class that they implement.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._tally.requests))

    def data_received(self, data: bytes) -> None:
        """Collect an answer; once it is whole, count it and send the next request."""
        self._answer += data
        if not self._needed:
            head_size = self._answer.find(HEAD_END)
            if head_size < 0:
                return
            at = self._answer.lower().index(LENGTH) + len(LENGTH)
            length = int(self._answer[at : self._answer.index(b"\r", at)])
            self._needed = head_size + len(HEAD_END) + length
        if len(self._answer) < self._needed:
            return
        now = time.perf_counter()
        tally = self._tally
        tally.answered += 1
        if now >= tally.counts_from:
            tally.latencies.append(now - self._sent_at)
            tally.statuses[self._answer[STATUS].decode()] += 1
            tally.example = self._answer
        self._answer, self._needed = b"", 0
        if now < tally.ends_at:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Say that this connection has ended."""
        self.done.set()


async def load(
    port: int, requests: list[bytes], *, connections: int, seconds: float
) -> dict[str, object]:
    """Load a server on loopback; what was answered, in detail after the warm-up."""
    started = time.perf_counter()
    tally = Tally(
        itertools.cycle(requests), started + WARM_SECONDS, started + WARM_SECONDS + seconds
    )
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(tally), "127.0.0.1", port)
        for _ in range(connections)
    ]
    for _, protocol in made:
        await protocol.done.wait()
    took = time.perf_counter() - tally.counts_from
    return {
        "per_second": len(tally.latencies) / took,
        "answered": tally.answered,
        "median_seconds": median(tally.latencies) if tally.latencies else None,
        "statuses": tally.statuses,
        "example": tally.example[:EXAMPLE_BYTES].decode("utf-8", "replace"),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("requests", type=Path, help="a JSON list of whole HTTP requests, in base64")
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    chosen = parser.parse_args()
    print(
        json.dumps(
            run_until_done(
                load(
                    chosen.port,
                    [base64.b64decode(each) for each in json.loads(chosen.requests.read_text())],
                    connections=chosen.connections,
                    seconds=chosen.seconds,
                )
            )
        )
    )
