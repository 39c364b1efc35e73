"""A server whose clock a test moves, and browsers that know nothing of each other."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from letmepost.kit.logs import configure_logs
from tests import environment
from tests.api.server import Server, running_server
from tests.clock import FakeClock
from tests.dashboard.browser import Browser

NewBrowser = Callable[[], Browser]
CHROMIUM = Path("/usr/bin/chromium")
HAS_CHROMIUM = CHROMIUM.exists()
MISSING = f"{CHROMIUM} is missing: install Debian's package chromium"


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    configure_logs("error")


@pytest.fixture
def settings() -> dict[str, str]:
    """What a test's module sets beside the usual."""
    return {}


@pytest.fixture
async def server(
    tmp_path: Path, database_url: str, fake_clock: FakeClock, settings: dict[str, str]
) -> AsyncIterator[Server]:
    async with running_server(
        tmp_path, database_url, clock=fake_clock, settings=settings
    ) as running:
        yield running


@pytest.fixture
def new_browser(server: Server) -> NewBrowser:
    return lambda: Browser(server.http, server.url)


@pytest.fixture
async def owner(new_browser: NewBrowser) -> Browser:
    """The browser of the first member, signed in."""
    return await new_browser().signed_up()


@pytest.fixture
def troubles() -> list[str]:
    """What the console of a real browser told of; a test that means some takes it out."""
    return []


@pytest.fixture
async def page(troubles: list[str]) -> AsyncIterator[Page]:
    """A page of chromium; the test fails where its console tells of an error."""
    if not HAS_CHROMIUM:
        environment.cannot_test("A BROWSER", MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"]
        )
        opened = await browser.new_page(
            viewport={"width": 1280, "height": 900}, timezone_id="Europe/Vienna"
        )
        opened.on(
            "console",
            lambda told: troubles.append(told.text) if told.type in ("error", "warning") else None,
        )
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        yield opened
        await browser.close()
    assert troubles == []
