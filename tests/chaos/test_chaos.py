"""The short form of `make chaos`, on both databases."""

from pathlib import Path

from tests.chaos.run import run_chaos
from tests.chaos.scene import Plan


async def test_workers_killed_at_random_lose_nothing_and_double_nothing(
    database_url: str, tmp_path: Path
) -> None:
    plan = Plan(
        publications=120, kills=4, seed=1, accounts=10, lease_seconds=4.0, patience_seconds=120
    )
    report = await run_chaos(plan, database_url, tmp_path)
    assert report.problems == [], (tmp_path / "workers.log").read_text()[-4000:]
    assert (report.duplicates, report.lost) == (0, 0)
    assert report.kills >= plan.kills + plan.workers - 1
    assert report.calls_cut > 0
