"""The load's own ceiling: a server that does nothing but answer, in the size of a real answer."""

import argparse
import asyncio
from typing import cast

from letmepost.kit.http_server import run_until_done

ANSWER_BYTES = 4000
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % ANSWER_BYTES + b"x" * ANSWER_BYTES


class Echo(asyncio.Protocol):
    """Answers whatever comes. The load writes each request at once, so it comes in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        # uvloop's transports are not registered as the class that they implement.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - asyncio's signature
        """Answer."""
        self._transport.write(ANSWER)


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    run_until_done(serve(parser.parse_args().port))
