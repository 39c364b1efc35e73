"""A server that is connected to the simulated Facebook."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.platforms.every_platform import Play, playing


@pytest.fixture
async def play(database_url: str, tmp_path: Path) -> AsyncIterator[Play]:
    async with playing("facebook", database_url, tmp_path / "data") as opened:
        yield opened
