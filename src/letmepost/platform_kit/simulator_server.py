"""Serves simulators on loopback: in this event loop, or as a process with a ready line."""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator import (
    PlatformSimulator,
    Simulation,
    create_app,
    simulation_at,
)
from letmepost.platform_kit.simulator_stage import CUT

_HOST: Final = "127.0.0.1"

_logger = logging.getLogger(__name__)


class _CuttableProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, whose applications may close the connection with no answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CUT: {"close": self.transport.abort}}


def _stoppable(app: ASGIApp) -> ASGIApp:
    """Let a request be cancelled in silence: uvicorn would log that the application broke."""

    async def stoppable(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # Its connection is closed already, but the server has to hear of that first.
            await receive()

    return stoppable


@asynccontextmanager
async def running_simulators(
    simulators: Sequence[PlatformSimulator],
    *,
    port: int = 0,
    latency_seconds: float = 0.0,
    clock: Clock | None = None,
) -> AsyncIterator[Simulation]:
    """Serve simulators on loopback, in the running loop, until the block ends.

    A port of 0 means any free one. Raises OSError if the port is taken.
    """
    app = create_app(simulators, latency_seconds=latency_seconds, clock=clock)
    config = uvicorn.Config(
        _stoppable(app),
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        ws="none",
    )
    config.load()
    state = ServerState()
    # uvicorn.Server would take the process's signals and needs 0.2 s to stop.
    server = await asyncio.get_running_loop().create_server(
        lambda: _CuttableProtocol(config=config, server_state=state, app_state={}), _HOST, port
    )
    try:
        bound_port = server.sockets[0].getsockname()[1]
        yield simulation_at(f"http://{_HOST}:{bound_port}", simulators)
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        for task in list(state.tasks):
            task.cancel()
        await asyncio.gather(*state.tasks)
        await server.wait_closed()


def serve_simulators(
    port: int, simulators: Sequence[PlatformSimulator], *, latency_seconds: float = 0.0
) -> None:
    """Serve simulators until SIGINT or SIGTERM; stdout carries the ready line and nothing else.

    The ready line is one JSON object: `url`, `settings` (variables that point a server at the
    simulators) and `accounts` (for each platform, a body that completes connecting an account).
    Raises OSError if the port is taken.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    asyncio.run(_serve(port, simulators, latency_seconds))


async def _serve(
    port: int, simulators: Sequence[PlatformSimulator], latency_seconds: float
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Where a loop takes no signal handlers (Windows), Ctrl+C still ends asyncio.run.
    with suppress(NotImplementedError):
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, stopped.set)
    async with running_simulators(
        simulators, port=port, latency_seconds=latency_seconds
    ) as simulation:
        sys.stdout.write(json.dumps(simulation.described()) + "\n")
        sys.stdout.flush()
        _logger.info("What is published shows at %s/_simulator/timeline", simulation.url)
        await stopped.wait()
