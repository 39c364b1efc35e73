"""What a first visit costs whoever has a slow connection."""

from typing import Any

import pytest
from playwright.async_api import Browser as Chromium

from tests.pages.looks import Look, visitor
from tests.pages.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRANSFER_MAX_BYTES = 150_000


async def test_the_overview_is_light(stage: Stage, chromium: Chromium) -> None:
    """Every request of a first visit, as chromium counts them: heads and bodies."""
    sizes: list[int] = []

    def count(finished: dict[str, Any]) -> None:
        sizes.append(finished["encodedDataLength"])

    look, url = Look("light", 1280), stage.server.url
    async with visitor(chromium, look, url, stage.owner.cookies) as seen:
        network = await seen.page.context.new_cdp_session(seen.page)
        network.on("Network.loadingFinished", count)
        await network.send("Network.enable")
        await seen.page.goto(f"{url}/dashboard", wait_until="networkidle")
    # The page, its style, three scripts and a logo at least.
    assert len(sizes) >= 6
    assert sum(sizes) < TRANSFER_MAX_BYTES
