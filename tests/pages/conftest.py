"""Debian's chromium, shared by the tests of a worker, and the servers that it looks at."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from letmepost.kit.database import sqlite_url
from letmepost.kit.logs import configure_logs
from tests import environment
from tests.api.server import Server, running_server
from tests.pages.looks import CHROMIUM
from tests.pages.stage import SETTINGS, Stage, prepared


@pytest.fixture(scope="session", autouse=True)
def plain_logs() -> None:
    configure_logs("critical")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        environment.cannot_test(
            "A BROWSER", f"{CHROMIUM} is missing: install Debian's package chromium"
        )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


@pytest.fixture
def sqlite_copy(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    """A migrated database of one's own: what pages show does not depend on its kind."""
    path = tmp_path / "letmepost.sqlite"
    shutil.copy(migrated_sqlite_file, path)
    return sqlite_url(path)


@pytest_asyncio.fixture(loop_scope="session")
async def server(tmp_path: Path, sqlite_copy: str) -> AsyncIterator[Server]:
    """A server that nobody has visited yet, with its worker."""
    async with running_server(tmp_path, sqlite_copy, worker=True) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(
    migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    """A server with something on every page, for tests that only look."""
    folder = tmp_path_factory.mktemp("stage")
    path = folder / "letmepost.sqlite"
    shutil.copy(migrated_sqlite_file, path)
    url = sqlite_url(path)
    async with running_server(folder, url, settings=SETTINGS, worker=True) as running:
        yield await prepared(running)
