"""Every page, found by the routes, in light and dark, on a desk and on a phone."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser as Chromium

from tests.dashboard.browser import Browser
from tests.pages.looks import LOOKS, Look, Watched, visitor
from tests.pages.stage import Address, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABS = 3
DESK_AND_PHONE = (LOOKS[0], LOOKS[-1])
# Seen before anybody is signed in, so that they look the same to all.
DOOR = ("sign-in", "sign-up", "invite", "reset")


@dataclass(frozen=True)
class Walk:
    """Whose pages are looked at, in which looks, which of them, and how pictures are called."""

    person: Browser
    looks: Sequence[Look] = LOOKS
    prefix: str = ""
    wanted: Callable[[str], bool] = lambda _: True

    async def faults(self, stage: Stage, chromium: Chromium) -> list[str]:
        """What is wrong with any page; several are looked at at once."""
        wanted = [each for each in stage.addresses() if self.wanted(each.route)]
        # What programs read is no page.
        left = [each for each in wanted if (await self.person.open(each.path)).is_html]
        found: list[str] = []

        async def tab() -> None:
            url, cookies = stage.server.url, self.person.cookies
            async with visitor(chromium, self.looks[0], url, cookies) as seen:
                while left:
                    found.extend(await self._look_at(seen, url, left.pop()))

        await asyncio.gather(*(tab() for _ in range(TABS)))
        return found

    async def _look_at(self, seen: Watched, url: str, each: Address) -> list[str]:
        await seen.page.goto(f"{url}{each.path}")
        faults = []
        for look in self.looks:
            await seen.show_in(look)
            faults += [f"{each.name} {look}: {fault}" for fault in await seen.faults()]
            await seen.keep(f"{self.prefix}{each.name}")
        return faults


def of_members(route: str) -> bool:
    """Whether members see it, and everybody something else."""
    return route.startswith("/dashboard") and not route.removeprefix("/dashboard/").startswith(DOOR)


def of_nothing(route: str) -> bool:
    """Whether members see it who have nothing yet."""
    return of_members(route) and "{" not in route


async def test_no_page_keeps_anybody_out(stage: Stage, chromium: Chromium) -> None:
    assert await Walk(stage.owner).faults(stage, chromium) == []


async def test_empty_pages_keep_nobody_out(stage: Stage, chromium: Chromium) -> None:
    walk = Walk(stage.newcomer, DESK_AND_PHONE, "empty-", of_nothing)
    assert await walk.faults(stage, chromium) == []


async def test_pages_of_a_viewer_keep_nobody_out(stage: Stage, chromium: Chromium) -> None:
    walk = Walk(stage.viewer, LOOKS[:1], "viewer-", of_members)
    assert await walk.faults(stage, chromium) == []


async def test_empty_pages_of_a_viewer_keep_nobody_out(stage: Stage, chromium: Chromium) -> None:
    walk = Walk(stage.onlooker, LOOKS[-1:], "empty-viewer-", of_nothing)
    assert await walk.faults(stage, chromium) == []
