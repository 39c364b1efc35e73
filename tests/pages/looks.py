"""How a page is looked at: in a theme and a width, by axe-core, and by who looks at pictures."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

from tests import environment
from tests.npm_packages import UnavailableError, check_node, install

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "axe"
OLDEST_NODE = 4
# Git ignores the folder.
SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
HEIGHT = 900
_VIOLATIONS = """async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.flatMap((each) =>
    each.nodes.map((node) => `${each.id} at ${node.target.join(" ")}: ${node.failureSummary}`));
}"""
# What reaches over the right edge; of boxes that scroll, what is in them may.
_TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return [];
  const scrolls = (node) => node && node !== document.body
    && (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
  return [...document.querySelectorAll("body *")]
    .filter((node) => node.getBoundingClientRect().right > room + 1 && !scrolls(node.parentElement))
    .map((node) => `too wide: ${node.tagName} ${node.className} ${node.textContent.slice(0, 40)}`)
    .slice(0, 5);
}"""


@dataclass(frozen=True)
class Look:
    """One way in which people see the pages."""

    theme: Literal["light", "dark"]
    width: int

    def __str__(self) -> str:
        return f"{self.theme}-{self.width}"


LOOKS = (Look("light", 1280), Look("light", 390), Look("dark", 1280), Look("dark", 390))


@dataclass
class Watched:
    """A page of chromium, and all that its console told."""

    page: Page
    look: Look
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("dialog", lambda dialog: asyncio.ensure_future(dialog.accept()))

    def _hear(self, told: ConsoleMessage) -> None:
        # A page that tells of an error has that error's status, and chromium says so.
        is_status = "Failed to load resource" in told.text
        if is_status and told.location["url"] == self.page.url:
            return
        if told.type in ("error", "warning"):
            self.troubles.append(f"{self.page.url}: {told.text} {told.location['url']}")

    async def show_in(self, look: Look) -> None:
        """Show the page in another theme or width."""
        self.look = look
        await self.page.emulate_media(color_scheme=look.theme, reduced_motion="reduce")
        await self.page.set_viewport_size({"width": look.width, "height": HEIGHT})

    async def keep(self, name: str) -> None:
        """Keep a picture of the whole page for those who look through them."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}-{self.look}.png"
        await self.page.screenshot(path=path, full_page=True, animations="disabled")

    async def faults(self) -> list[str]:
        """What axe-core finds, and what does not fit into the width."""
        if not await self.page.evaluate("() => 'axe' in window"):
            await self.page.evaluate(axe_source())
        found: list[str] = await self.page.evaluate(_VIOLATIONS)
        return [*found, *await self.page.evaluate(_TOO_WIDE)]


@cache
def axe_source() -> str:
    """The script of axe-core, installed where it is missing."""
    try:
        check_node(OLDEST_NODE)
        install(AXE)
    except UnavailableError as reason:
        environment.cannot_test("AXE-CORE", str(reason))
    return (AXE / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@asynccontextmanager
async def visitor(
    chromium: Browser, look: Look, url: str, cookies: dict[str, str] | None = None
) -> AsyncIterator[Watched]:
    """A visitor with a page of their own; the test fails where its console tells of an error."""
    context: BrowserContext = await chromium.new_context(
        viewport={"width": look.width, "height": HEIGHT},
        color_scheme=look.theme,
        reduced_motion="reduce",
        timezone_id="Europe/Vienna",
    )
    kept: list[Any] = [
        {"name": name, "value": value, "url": url} for name, value in (cookies or {}).items()
    ]
    await context.add_cookies(kept)
    watched = Watched(await context.new_page(), look)
    yield watched
    await context.close()
    assert not watched.troubles, watched.troubles
