"""The short form of `make chaos`, on both databases and on every platform that has a cast."""

from pathlib import Path

import pytest

from tests.chaos.run import run_chaos
from tests.chaos.scene import Plan
from tests.platforms.cast import casts


@pytest.mark.parametrize("platform", casts())
async def test_workers_killed_at_random_lose_nothing_and_double_nothing(
    platform: str, database_url: str, tmp_path: Path
) -> None:
    plan = Plan(
        publications=120,
        kills=4,
        seed=1,
        platform=platform,
        accounts=10,
        lease_seconds=4.0,
        patience_seconds=120,
    )
    report = await run_chaos(plan, database_url, tmp_path)
    assert report.problems == [], (tmp_path / "workers.log").read_text()[-4000:]
    assert (report.duplicates, report.lost) == (0, 0)
    assert report.kills >= plan.kills + plan.workers - 1
    assert report.calls_cut > 0
