"""What every platform's simulator is built from, and the application that serves them together."""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from letmepost.kit.clock import Clock, SystemClock
from letmepost.platform_kit.simulator_faults import (
    ANSWERED_BY_ANY_SERVER,
    Faults,
    read_fault,
)
from letmepost.platform_kit.simulator_instructions import InvalidInstructionError
from letmepost.platform_kit.simulator_stage import Stage, new_record
from letmepost.platform_kit.simulator_timeline import TimelineEntry, timeline_page

_LOOPBACK_NETWORKS: Final = "127.0.0.0/8,::1/128"


class PlatformSimulator(ABC):
    """One platform on the wire: its real paths and answers, and the world they play in.

    An instance owns its state; two instances share nothing.
    """

    platform: ClassVar[str]
    """The platform's id, which is also the first segment of its paths."""

    plays: ClassVar[Collection[str]] = ()
    """Those of `ANSWERED_BY_THE_PLATFORM` that its handlers know how to play."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.faults = Faults()

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """The platform's real paths; its handlers ask `self.faults` whether to misbehave."""

    @abstractmethod
    def error(self, status: int) -> Response:
        """The platform's real body and headers for a status, when a fault names no body."""

    @abstractmethod
    def reset(self) -> None:
        """Go back to the default world."""

    @abstractmethod
    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """Add what `POST /_simulator/world` asks for and describe what was made.

        Raises:
            InvalidInstructionError: naming what is wrong and what is accepted.
        """

    @abstractmethod
    def timeline(self) -> Iterable[TimelineEntry]:
        """What is published now, on every account."""

    @abstractmethod
    def settings(self, url: str) -> Mapping[str, str]:
        """The variables that point a server at this simulator, whose own base address is `url`."""

    @abstractmethod
    def account(self, url: str) -> Mapping[str, object]:
        """A valid body of the call that completes connecting the default world's account.

        Of a platform with a consent page: the form that the account's owner sends there.
        """

    def post_options(self) -> Mapping[str, object]:
        """The options without which no post goes out on that account, such as a place to pin to."""
        return {}


@dataclass(frozen=True)
class Simulation:
    """Simulators that are being served: where, and how to use them."""

    url: str
    settings: Mapping[str, str]
    accounts: Mapping[str, Mapping[str, object]]
    post_options: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def described(self) -> dict[str, object]:
        """Write the simulation as the ready line of `letmepost simulate` does."""
        return {"url": self.url, "settings": self.settings, "accounts": self.accounts}


def simulation_at(url: str, simulators: Collection[PlatformSimulator]) -> Simulation:
    """Describe simulators that are served at an address."""
    settings = {"LETMEPOST_ALLOWED_PRIVATE_NETWORKS": _LOOPBACK_NETWORKS}
    accounts: dict[str, Mapping[str, object]] = {}
    for simulator in simulators:
        own_url = f"{url}/{simulator.platform}"
        settings |= simulator.settings(own_url)
        accounts[simulator.platform] = simulator.account(own_url)
    options = {each.platform: each.post_options() for each in simulators}
    return Simulation(url, settings, accounts, options)


def create_app(
    simulators: Iterable[PlatformSimulator],
    *,
    latency_seconds: float = 0.0,
    clock: Clock | None = None,
) -> Starlette:
    """Serve each simulator under `/<platform>`, and the tests' own end under `/_simulator`."""
    backstage = _Backstage(simulators)
    stage = Middleware(
        Stage,
        platforms=backstage.simulators,
        exchanges=backstage.exchanges,
        clock=clock or SystemClock(),
        latency_seconds=latency_seconds,
    )
    return Starlette(routes=backstage.routes(), middleware=[stage])


class _Backstage:
    """What tests see and steer: the timeline, the requests, the faults and the world."""

    def __init__(self, simulators: Iterable[PlatformSimulator]) -> None:
        self.simulators = {simulator.platform: simulator for simulator in simulators}
        self.exchanges = new_record()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/_simulator/timeline", self.show_timeline, methods=["GET"]),
            Route("/_simulator/requests", self.show_requests, methods=["GET"]),
            Route("/_simulator/faults", self.show_faults, methods=["GET"]),
            Route("/_simulator/faults", self.add_fault, methods=["POST"]),
            Route("/_simulator/reset", self.reset, methods=["POST"]),
            Route("/_simulator/world", self.extend_world, methods=["POST"]),
            *(
                Mount(f"/{name}", routes=simulator.routes())
                for name, simulator in self.simulators.items()
            ),
        ]

    async def show_timeline(self, request: Request) -> Response:
        entries = [entry for each in self.simulators.values() for entry in each.timeline()]
        # Of two posts of one moment, the one made later comes first.
        entries.reverse()
        entries.sort(key=lambda entry: entry.created_at, reverse=True)
        # A browser names text/html; a script asks for JSON or for anything.
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(timeline_page(entries))
        return JSONResponse([entry.described() for entry in entries])

    async def show_requests(self, request: Request) -> Response:
        platform = request.query_params.get("platform")
        return JSONResponse(
            [
                exchange.described()
                for exchange in self.exchanges
                if platform in (None, exchange.platform)
            ]
        )

    async def show_faults(self, _request: Request) -> Response:
        simulators = self.simulators.values()
        return JSONResponse([each.described() for one in simulators for each in one.faults.all()])

    async def add_fault(self, request: Request) -> Response:
        known = {
            name: ANSWERED_BY_ANY_SERVER | frozenset(simulator.plays)
            for name, simulator in self.simulators.items()
        }
        try:
            fault = read_fault(await _json(request), known)
        except InvalidInstructionError as error:
            return _refused(error)
        self.simulators[fault.platform].faults.add(fault)
        return JSONResponse(fault.described(), status_code=201)

    async def reset(self, _request: Request) -> Response:
        self.exchanges.clear()
        for simulator in self.simulators.values():
            simulator.faults.clear()
            simulator.reset()
        return Response(status_code=204)

    async def extend_world(self, request: Request) -> Response:
        try:
            body = await _json(request)
            simulator = self._named(body.pop("platform", None))
            return JSONResponse(simulator.extend_world(body), status_code=201)
        except InvalidInstructionError as error:
            return _refused(error)

    def _named(self, platform: object) -> PlatformSimulator:
        if isinstance(platform, str) and platform in self.simulators:
            return self.simulators[platform]
        names = ", ".join(sorted(self.simulators))
        raise InvalidInstructionError(f"platform must be one of {names}, not {platform!r}.")


async def _json(request: Request) -> dict[str, object]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        raise InvalidInstructionError("The body must be JSON.") from None
    if not isinstance(body, dict):
        raise InvalidInstructionError("The body must be one JSON object.")
    return body


def _refused(error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=400)
