"""`letmepost check-account` beside a server that runs on the same database."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms import simulators
from tests.clock import FakeClock, start_for
from tests.platforms.backstage import Backstage
from tests.platforms.running_server import ENCRYPTION_KEY, Running, running
from tests.server_process import letmepost

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Desk:
    """A connected account, and the command that looks it over."""

    def __init__(self, server: Running, backstage: Backstage, settings: dict[str, str]) -> None:
        self.server = server
        self.backstage = backstage
        self._settings = settings

    async def check(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the command; the simulator answers in this loop meanwhile."""
        return await asyncio.to_thread(letmepost, "check-account", *words, settings=self._settings)


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_simulators(simulators()) as simulation, aiohttp.ClientSession() as http:
        folder = tmp_path / "data"
        settings = {
            **simulation.settings,
            "LETMEPOST_DATA_DIR": str(folder),
            "LETMEPOST_DATABASE_URL": database_url,
            "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEY,
        }
        async with running(
            "bluesky", simulation, database_url, folder, FakeClock(start_for(database_url))
        ) as server:
            yield Desk(server, Backstage(http, simulation, "bluesky"), settings)


async def test_a_good_account_is_shown_in_a_table(desk: Desk) -> None:
    ended = await desk.check(desk.server.account_id)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Bluesky: alice.bsky.test")
    shown = [line.split() for line in ended.stdout.splitlines()[1:]]
    assert ["ok", "scopes", "com.atproto.appPass"] in shown
    assert not [words for words in shown if words[0] == "look"]


async def test_a_problem_is_the_exit_code(desk: Desk) -> None:
    await desk.backstage.fault(fault="revoked_token")
    ended = await desk.check(desk.server.account_id, "--json")
    assert ended.returncode == 2, ended.stderr
    told = json.loads(ended.stdout)
    assert (told["ok"], told["accountId"]) == (False, desk.server.account_id)
    assert [each["name"] for each in told["findings"]] == ["access"]


async def test_an_account_that_is_not_there_is_said_in_a_sentence(desk: Desk) -> None:
    ended = await desk.check("acc_nobody")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "acc_nobody" in ended.stderr
