"""A server whose clock a test moves, and browsers that know nothing of each other."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from letmepost.kit.logs import configure_logs
from tests.api.server import Server, running_server
from tests.clock import FakeClock
from tests.dashboard.browser import Browser

NewBrowser = Callable[[], Browser]


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
