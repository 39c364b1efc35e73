"""An application that answers on a socket, in the test's own loop."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.types import ASGIApp

from letmepost.kit.http_server import http_server


@contextmanager
def free_port() -> Iterator[tuple[socket.socket, str]]:
    """A socket on loopback that nobody else has, with the address that it will answer at."""
    # asyncio turns Nagle's delay off only where the protocol is named.
    with socket.socket(proto=socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def listening(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Answer until the block ends."""
    server = http_server(app)
    # `serve` would take the signals of the test run and look for its end ten times a second.
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup(sockets=[listener])
    try:
        yield
    finally:
        await server.shutdown(sockets=[listener])
