"""The short form of `make chaos`: on both databases, and on every platform that has a cast."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from letmepost.kit.database import sqlite_url
from tests.chaos.run import run_chaos
from tests.chaos.scene import Plan
from tests.chaos.verdict import Report
from tests.databases import migrate_database
from tests.platforms.cast import casts

PLAN = Plan(publications=120, kills=4, seed=1, accounts=10, lease_seconds=4.0, patience_seconds=120)


def nothing_is_wrong(report: Report, folder: Path) -> None:
    assert report.problems == [], (folder / "workers.log").read_text()[-4000:]
    assert (report.duplicates, report.lost) == (0, 0)
    assert report.kills >= PLAN.workers
    assert report.calls_cut > 0


async def test_workers_killed_at_random_lose_nothing_and_double_nothing(
    database_url: str, tmp_path: Path
) -> None:
    report = await run_chaos(PLAN, database_url, tmp_path)
    nothing_is_wrong(report, tmp_path)
    assert report.kills >= PLAN.kills + PLAN.workers - 1


@pytest.mark.parametrize("platform", [each for each in casts() if each != PLAN.platform])
async def test_no_platform_shows_a_post_twice_when_workers_are_killed(
    platform: str, tmp_path: Path
) -> None:
    # What is unknown waits until the platform has settled, half a minute on some, again and again.
    plan = replace(PLAN, platform=platform, publications=60, kills=3, patience_seconds=300)
    url = sqlite_url(tmp_path / "chaos.sqlite")
    await asyncio.to_thread(migrate_database, url)
    nothing_is_wrong(await run_chaos(plan, url, tmp_path), tmp_path)
