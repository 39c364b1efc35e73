"""A platform that answers at once: what it costs must not hide what a worker costs.

It speaks as much of the AT Protocol as a worker of posts without files needs. `GET /_seen` tells
when the first request for each text came, and `GET /_count` for how many texts one came.
"""

import argparse
import asyncio
import json
import time
from typing import cast

from letmepost.kit.http_server import run_until_done

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
CID = "bafyreib2rxk3rybpk3tbrmwgx3mjx4rlgxpcdqmfgtcz4zqjw2dlqvtfey"


def answer(body: bytes) -> bytes:
    """A whole answer."""
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        % len(body)
        + body
    )


class Upstream(asyncio.Protocol):
    """One connection. All connections share what was seen."""

    def __init__(self, seen: dict[str, float]) -> None:
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
        self._transport.write(answer(self._answer(head, body)))

    def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"GET /_seen"):
            return json.dumps(self._seen).encode()
        if head.startswith(b"GET /_count"):
            return b"%d" % len(self._seen)
        if head.startswith(b"GET"):
            return b'{"status":"ok"}'
        asked = json.loads(body)
        self._seen.setdefault(asked["record"]["text"], time.time())
        uri = f"at://{asked['repo']}/{asked['collection']}/{asked['rkey']}"
        return json.dumps({"uri": uri, "cid": CID, "validationStatus": "valid"}).encode()


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    seen: dict[str, float] = {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upstream(seen), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    run_until_done(serve(parser.parse_args().port))
