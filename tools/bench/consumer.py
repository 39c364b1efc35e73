"""A consumer of webhooks that takes everything; `GET /_seen` tells how many, and since when."""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass
from typing import cast

from bench.upstream import HEAD_END, LENGTH, answer
from letmepost.kit.http_server import run_until_done


@dataclass
class Seen:
    """What has come so far."""

    count: int = 0
    first_at: float = 0.0
    last_at: float = 0.0


class Consumer(asyncio.Protocol):
    """One connection. All connections share what was seen."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        # uvloop's transports are not registered as the class that they implement.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer once the request is whole."""
        self._request += data
        head_size = self._request.find(HEAD_END)
        if head_size < 0:
            return
        head, body = self._request[:head_size], self._request[head_size + len(HEAD_END) :]
        _, found, rest = head.lower().partition(LENGTH)
        if found and len(body) < int(rest.partition(b"\r")[0]):
            return
        self._request = b""
        if head.startswith(b"GET"):
            self._transport.write(answer(json.dumps(vars(self._seen)).encode()))
            return
        seen = self._seen
        seen.count += 1
        seen.last_at = time.time()
        seen.first_at = seen.first_at or seen.last_at
        self._transport.write(answer(b'{"ok":true}'))


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    seen = Seen()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Consumer(seen), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    run_until_done(serve(parser.parse_args().port))
