"""Measure, show the table, and end with 1 when a goal is missed."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, load_ceiling
from bench.measurements import MEASUREMENTS
from bench.processes import cores
from bench.setting import prepared

SMALL = 10
NAMES = [name for each in MEASUREMENTS for name in each.names]


def shown_number(number: float, unit: str) -> str:
    """A figure with as many digits as tell something."""
    return f"{number:,.2f} {unit}" if number < SMALL else f"{number:,.0f} {unit}"


def table(figures: Sequence[Figure]) -> Table:
    """The figures as a person reads them."""
    shown = Table(title="letmepost beside bare applications, medians", title_justify="left")
    shown.add_column("figure")
    for column in ("floor", "letmepost", "ratio", "goal"):
        shown.add_column(column, justify="right")
    shown.add_column("")
    for each in figures:
        goal = f"{'≥' if each.better == 'more' else '≤'} {each.goal:g}"
        shown.add_row(
            each.title,
            shown_number(each.floor, each.unit),
            shown_number(each.product, each.unit),
            f"{each.ratio:.2f}",
            goal,
            "[green]met[/]" if each.met else "[bold red]missed[/]",
        )
    return shown


def document(figures: Sequence[Figure], ceiling: float) -> dict[str, object]:
    """The figures as a program reads them."""
    return {
        "loadCeilingPerSecond": round(ceiling, 1),
        "figures": [
            {
                "name": each.name,
                "unit": each.unit,
                "floor": round(each.floor, 2),
                "product": round(each.product, 2),
                "ratio": round(each.ratio, 3),
                "goal": each.goal,
                "better": each.better,
                "met": each.met,
                "rounds": [[round(number, 2) for number in pair] for pair in each.pairs],
            }
            for each in figures
        ],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=NAMES, action="append", help="measure this figure")
    parser.add_argument("--quick", action="store_true", help="one short round: does it run?")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    parser.add_argument(
        "--posts", type=int, default=8_000, help="due at once, to be delivered (goal: 100000)"
    )
    parser.add_argument(
        "--future-posts", type=int, default=200_000, help="of another day (goal: 1000000)"
    )
    chosen = parser.parse_args(arguments)
    wanted = set(chosen.only or NAMES)
    console = Console()
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="letmepost-bench-") as folder,
        console.status("prepare") as status,
        prepared(
            Path(folder),
            cores(),
            quick=chosen.quick,
            say=status.update,
            posts=chosen.posts,
            future_posts=chosen.future_posts,
        ) as setting,
    ):
        status.update("the ceiling of the load itself")
        ceiling = load_ceiling(setting)
        for each in MEASUREMENTS:
            if wanted & set(each.names):
                figures += [figure for figure in each.measure(setting) if figure.name in wanted]
    console.print(table(figures))
    console.print(f"The load itself can make {ceiling:,.0f} requests a second.")
    if chosen.json:
        chosen.json.write_text(json.dumps(document(figures, ceiling), indent=2) + "\n")
    return 0 if all(each.met for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
