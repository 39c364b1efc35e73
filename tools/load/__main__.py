"""`make load`: rising rates on PostgreSQL and SQLite, a report, and 1 when a goal is missed."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.processes import cores
from bench.setting import Setting, on_database, prepared
from load.report import DOCS, write_report
from load.stages import P99, QUICK, Lengths, Measured, measure
from tests import environment
from tests.databases import postgresql_server_for_tests

QUICK_FOLDER = Path(".artifacts/load")
POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"
SHOWN = {"sqlite": SQLITE, "postgresql": POSTGRESQL}


@contextmanager
def on(setting: Setting, database: str) -> Iterator[Setting]:
    """The setting on a database, which is made for it where it is PostgreSQL."""
    if database == SQLITE:
        yield setting
        return
    environment.put_away()
    with postgresql_server_for_tests() as server, server.fresh_database() as url:
        yield on_database(setting, url)


@contextmanager
def working(console: Console, *, quick: bool) -> Iterator[Setting]:
    """A setting that says in the terminal what it does."""
    with (
        tempfile.TemporaryDirectory(prefix="letmepost-load-") as folder,
        console.status("prepare") as status,
    ):

        def say(words: str) -> None:
            console.log(words)
            status.update(words)

        with prepared(
            Path(folder), cores(), quick=quick, say=say, posts=0, future_posts=0
        ) as setting:
            yield setting


def _rates(measured: Measured) -> Table:
    title = f"{measured.database}: the floor sustains {measured.floor_per_second:,.0f}/s"
    shown = Table(title=title, title_justify="left")
    for column in ("requests/s", "p50 ms", "p99 ms", "errors", "memory MB"):
        shown.add_column(column, justify="right")
    for step in measured.rising:
        shown.add_row(
            f"{step.rate:,.0f}",
            f"{step.p(0.5):.1f}",
            f"{step.p(P99):.1f}",
            f"{step.errors:,}",
            f"{max((mb for _, mb in step.memory), default=0):.0f}",
        )
    return shown


def _goals(measured: Measured) -> Table:
    shown = Table("goal", "measured", "")
    for goal, found, met in measured.goals():
        shown.add_row(goal, found, "[green]met[/]" if met else "[bold red]missed[/]")
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, report, judge."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds: does it run?")
    parser.add_argument("--database", choices=SHOWN, action="append")
    parser.add_argument("--step-seconds", type=float, default=Lengths.step)
    parser.add_argument("--steady-seconds", type=float, default=Lengths.steady)
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="where the report goes; unset: into the docs"
    )
    chosen = parser.parse_args(arguments)
    lengths = Lengths(step=chosen.step_seconds, steady=chosen.steady_seconds)
    output = chosen.output or (QUICK_FOLDER if chosen.quick else None)
    console = Console()
    found = []
    with working(console, quick=chosen.quick) as setting:
        for name in chosen.database or ("postgresql", "sqlite"):
            with on(setting, SHOWN[name]) as one:
                found.append(measure(one, SHOWN[name], QUICK if chosen.quick else lengths))
            console.print(_rates(found[-1]), _goals(found[-1]))
            for each in (found[-1].steady, found[-1].overload):
                for status, example in each.examples.items() if each else ():
                    if status not in ("429", "503"):
                        console.print(f"{status}: {example}", markup=False, soft_wrap=True)
    guides, static = (output, output) if output else (DOCS / "guides", DOCS / "static")
    today = datetime.now(UTC).date()
    page = write_report(found, guides, static, today)
    console.print(f"The report is {page}.")
    met = all(goal_met for each in found for _, _, goal_met in each.goals())
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
