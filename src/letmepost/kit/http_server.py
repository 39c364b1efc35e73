"""The HTTP server of an application, and the event loop that it runs on."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TypeVar

import uvicorn
from starlette.types import ASGIApp

from letmepost.kit.patient_protocol import PatientProtocol

T = TypeVar("T")

SHUTDOWN_SECONDS = 10
STOPPING = (signal.SIGINT, signal.SIGTERM)
SWITCH_INTERVAL_SECONDS = 0.0005


class _HttpServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the caller.

        uvicorn raises them anew once it has stopped, and the process would die before what is
        in hand is finished.
        """
        yield


def http_server(app: ASGIApp) -> uvicorn.Server:
    """A server that logs nothing by itself; `serve` takes the sockets that it answers on."""
    return _HttpServer(
        uvicorn.Config(
            app,
            http=PatientProtocol,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any free one. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _nothing() -> None:
    pass


async def serve_until_signal(
    app: ASGIApp,
    listener: socket.socket,
    *,
    leave: Callable[[], None] = _nothing,
    drain_seconds: float = 0.0,
) -> None:
    """Answer until SIGINT or SIGTERM; requests that run are answered before it returns.

    At the signal `leave` is called, and for `drain_seconds` everything is still answered, each
    answer being the last on its connection: whoever sends requests here can turn elsewhere. A
    second signal cuts that short.
    """
    server = http_server(app)
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.should_exit = True

    def begin_to_end() -> None:
        leave()
        server.config.encoded_headers.append((b"connection", b"close"))
        for number in STOPPING:
            loop.add_signal_handler(number, end)
        loop.call_later(drain_seconds, end)

    for number in STOPPING:
        loop.add_signal_handler(number, begin_to_end)
    await server.serve(sockets=[listener])


def run_until_done(work: Coroutine[None, None, T]) -> T:
    """Run on uvloop where there is one: uvicorn chooses it only when it starts the loop itself."""
    # A database thread asks for the interpreter after each statement, and would wait five
    # milliseconds for it whenever requests keep this thread busy.
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    with asyncio.Runner(loop_factory=uvicorn.Config(app="").get_loop_factory()) as runner:
        return runner.run(work)
