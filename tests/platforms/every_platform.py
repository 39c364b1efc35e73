"""Every platform that publishes, with the cases that its tests declare, and a stage to play on."""

import importlib
import importlib.util
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms import platforms, simulators
from tests.clock import FakeClock, start_for
from tests.platforms.backstage import Backstage
from tests.platforms.cases import Failure, Kind
from tests.platforms.running_server import Running, running

PUBLISHING = [name for name, each in platforms().items() if each.publishes_by is not None]
# Longer than any look-up must wait for a lost call to be lost for good.
SECONDS_A_ROUND = 90.0


def cases(platform: str) -> Any:
    """The module of a platform's cases, or None where there is none."""
    name = f"tests.platforms.{platform}.cases"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


WITH_CASES = [name for name in PUBLISHING if cases(name) is not None]

_PLAYED = {each.platform: frozenset(each.plays) for each in simulators()}


def playing_tokens(fault: str) -> list[str]:
    """The platforms whose tokens come to an end in this way."""
    return [name for name in WITH_CASES if fault in _PLAYED[name]]


def kinds(platform: str) -> dict[str, Kind]:
    """The kinds of post that a platform takes, by name; the first stands for any."""
    return {kind.name: kind for kind in cases(platform).KINDS}


def any_kind(platform: str, words: str = "") -> Kind:
    """A post that the platform takes, which other words make another one."""
    first = next(iter(kinds(platform).values()))
    return replace(first, text=f"{first.text} {words}".strip())


def every_kind() -> Iterator[tuple[str, Kind]]:
    """Each kind of each platform."""
    for platform in WITH_CASES:
        for kind in cases(platform).KINDS:
            yield platform, kind


def every_failure() -> Iterator[tuple[str, Failure]]:
    """Each failure of each platform."""
    for platform in WITH_CASES:
        for failure in cases(platform).FAILURES:
            yield platform, failure


@dataclass(frozen=True)
class Play:
    """A server that is connected to one simulated platform, and that platform's other end."""

    server: Running
    backstage: Backstage

    @property
    def platform(self) -> str:
        """Whose play it is."""
        return self.server.platform

    async def post(self, words: str = "") -> Any:
        """Publish a post of any kind; its result once an attempt has ended other than waiting."""
        return await self.post_kind(any_kind(self.platform, words))

    async def post_kind(self, kind: Kind) -> Any:
        """Publish a post of one kind, as `post` does."""
        result = await self.server.post_kind(kind)
        while result.get("phase") == "waiting":
            await self.server.run_due()
            result = await self.server.read(result)
            result["postId"] = result["id"]
        return result

    async def count(self) -> int:
        """How many posts stand on the platform."""
        return len(await self.backstage.timeline())

    async def end(self, result: Any) -> Any:
        """The publication once it has ended."""
        return await self.server.run_to_the_end(result, seconds_a_round=SECONDS_A_ROUND)

    async def renewable(self) -> None:
        """Connect with a token that can be renewed, where a platform gives that only to some."""
        world = getattr(cases(self.platform), "RENEWING_WORLD", None)
        if world is not None:
            await self.backstage.world(**world)
            await self.server.connect(self.backstage.simulation)

    async def creating_route(self) -> str:
        """The path of the call that creates a post, learned from one that is published now.

        It is the last call that changes something.
        """
        shown = await self.end(await self.post("learned from"))
        assert shown["status"] == "published", shown
        calls = [call for attempt in shown["attempts"] for call in attempt["transcript"]]
        last = [call for call in calls if call["method"] != "GET"][-1]
        path: str = urlsplit(last["url"]).path
        # With the mark behind it, since another path may begin alike.
        return path.removeprefix(f"/{self.platform}") + "?"


@asynccontextmanager
async def playing(
    platform: str, database_url: str, folder: Path, **settings: str
) -> AsyncIterator[Play]:
    """Serve the simulators, open a server, and connect it to the account of one platform."""
    clock = FakeClock(start_for(database_url))
    async with AsyncExitStack() as opened:
        simulation = await opened.enter_async_context(
            running_simulators(simulators(clock), clock=clock)
        )
        connector = aiohttp.TCPConnector(force_close=True)
        http = await opened.enter_async_context(aiohttp.ClientSession(connector=connector))
        server = await opened.enter_async_context(
            running(platform, simulation, database_url, folder, clock, **settings)
        )
        yield Play(server, Backstage(http, simulation, platform))
