"""`make chaos`: the long form, on SQLite and on a PostgreSQL of its own that crashes once."""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from letmepost.kit.database import sqlite_url
from tests import environment
from tests.chaos.run import Restart, run_chaos
from tests.chaos.scene import Plan
from tests.chaos.verdict import Report
from tests.databases import migrate_database
from tests.platforms.cast import casts
from tests.postgresql_wheel import KEEPS_COMMITS, WheelServer, wheel_server

PROBLEMS_SHOWN = 20


@contextmanager
def _sqlite(folder: Path) -> Iterator[tuple[str, Restart | None]]:
    url = sqlite_url(folder / "chaos.sqlite")
    migrate_database(url)
    yield url, None


@contextmanager
def _postgresql(_folder: Path) -> Iterator[tuple[str, Restart | None]]:
    with wheel_server(KEEPS_COMMITS) as server:
        url = server.url.render_as_string(hide_password=False)
        migrate_database(url)
        yield url, lambda: _crash(server)


async def _crash(server: WheelServer) -> None:
    await asyncio.to_thread(server.crash)
    await asyncio.to_thread(server.start)


DATABASES = {"sqlite": _sqlite, "postgresql": _postgresql}


def _run(name: str, plan: Plan, bar: Progress, logs: Path) -> Report:
    folder = Path(tempfile.mkdtemp(prefix=f"letmepost-chaos-{name}-"))
    task = bar.add_task(name, total=plan.publications, killed=0)

    def show(ended: int, killed: int) -> None:
        bar.update(task, completed=ended, killed=killed)

    try:
        with DATABASES[name](folder) as (url, restart):
            return asyncio.run(
                run_chaos(plan, url, folder, progress=show, restart_database=restart)
            )
    finally:
        logs.mkdir(parents=True, exist_ok=True)
        for log in folder.glob("*.log"):
            shutil.copy(log, logs / f"chaos-{name}-{log.name}")
        shutil.rmtree(folder, ignore_errors=True)


def _table(reports: list[Report]) -> Table:
    table = Table(title=f"What came of it on {reports[0].platform}")
    table.add_column("")
    for report in reports:
        table.add_column(report.database, justify="right")
    for title, name in (
        ("posts", "publications"),
        ("duplicates", "duplicates"),
        ("lost", "lost"),
        ("unknown, on accounts that hide", "unknown"),
        ("calls that create", "calls"),
        ("of them cut", "calls_cut"),
        ("of them refused as already there", "calls_refused_as_already_there"),
        ("workers killed", "kills"),
        ("database crashes", "database_restarts"),
        ("seconds", "seconds"),
    ):
        table.add_row(title, *(str(getattr(report, name)) for report in reports))
    table.add_row("problems", *(str(len(report.problems)) for report in reports))
    return table


def main() -> int:
    """Run on each database; 1 when anything is not as it should be."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--platform", choices=casts(), default="bluesky")
    parser.add_argument("--publications", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=sorted(DATABASES), action="append")
    parser.add_argument("--output", type=Path, default=Path(".artifacts/chaos.json"))
    asked = parser.parse_args()
    environment.put_away()
    console = Console()
    plan = Plan(
        publications=asked.publications,
        kills=asked.kills,
        seed=asked.seed,
        platform=asked.platform,
    )
    columns = (
        TextColumn("{task.description:10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[killed]} killed"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        reports = [
            _run(name, plan, bar, asked.output.parent)
            for name in asked.database or ("sqlite", "postgresql")
        ]
    console.print(_table(reports))
    for report in reports:
        for problem in report.problems[:PROBLEMS_SHOWN]:
            console.print(f"{report.database}: {problem}", markup=False, soft_wrap=True)
    written = json.dumps([report.to_json() for report in reports], indent=2)
    asked.output.write_text(f"{written}\n")
    console.print(f"Written to {asked.output}, with the logs beside it.")
    return 1 if any(report.problems for report in reports) else 0


if __name__ == "__main__":
    sys.exit(main())
