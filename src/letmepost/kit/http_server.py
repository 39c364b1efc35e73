"""The HTTP server of an application, and the event loop that it runs on."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import uvicorn
from starlette.types import ASGIApp

T = TypeVar("T")

SHUTDOWN_SECONDS = 10


def http_server(app: ASGIApp, host: str, port: int) -> uvicorn.Server:
    """A server that logs nothing by itself and takes no WebSockets."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )


def run_until_done(work: Coroutine[None, None, T]) -> T:
    """Run on uvloop where there is one: uvicorn chooses it only when it starts the loop itself."""
    with asyncio.Runner(loop_factory=uvicorn.Config(app="").get_loop_factory()) as runner:
        return runner.run(work)
