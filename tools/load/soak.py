"""`make soak`: the mix for half an hour, and 1 when memory grows or an answer is wrong."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, mean

from rich.console import Console

from load.__main__ import QUICK_FOLDER, SHOWN, on, working
from load.driving import Driven, drive
from load.plots import memory_by_time
from load.stages import P99, loaded

SECONDS = 1800.0
RATE = 60.0
# What a server loads and remembers with its first requests is no leak.
WARM_SHARE = 1 / 3
# Of the memory after the warm-up, in the time that is left.
GROWTH_MAX = 0.05
SAMPLES_MIN = 3


@dataclass(frozen=True)
class Growth:
    """The line through the memory after the warm-up: its middle, and how far it rises."""

    level_mb: float
    grown_mb: float
    seconds: float

    @property
    def is_flat(self) -> bool:
        """Whether it grows by no more than measuring does."""
        return self.grown_mb <= GROWTH_MAX * self.level_mb


def growth(memory: Sequence[tuple[float, float]]) -> Growth:
    """Fit the line. Needs three samples or more after the warm-up."""
    end = memory[-1][0]
    judged = [each for each in memory if each[0] >= WARM_SHARE * end]
    if len(judged) < SAMPLES_MIN:
        raise ValueError("memory was not looked at often enough; let it run longer")
    seconds = [at for at, _ in judged]
    slope, _ = linear_regression(seconds, [mb for _, mb in judged])
    length = seconds[-1] - seconds[0]
    return Growth(mean(mb for _, mb in judged), slope * length, length)


def _say(console: Console, name: str, driven: Driven, found: Growth) -> None:
    hour = 3600 * found.grown_mb / found.seconds
    console.print(
        f"{name}: {len(driven.answers):,} requests, p50 {driven.p(0.5):.1f} ms, "
        f"p99 {driven.p(P99):.1f} ms, {driven.errors} errors; memory {found.level_mb:.0f} MB, "
        f"{found.grown_mb:+.1f} MB in the last {found.seconds:.0f} s ({hour:+.1f} MB an hour): "
        + ("[green]flat[/]" if found.is_flat else "[bold red]it grows[/]")
    )
    for status, example in driven.examples.items():
        console.print(f"{status}: {example}", markup=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak, plot, judge."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--rate", type=float, default=RATE, help="requests a second")
    parser.add_argument("--database", choices=SHOWN, action="append")
    parser.add_argument("--output", type=Path, metavar="FOLDER", default=QUICK_FOLDER)
    chosen = parser.parse_args(arguments)
    console, good, series = Console(), True, []
    with working(console, quick=False) as setting:
        for name in chosen.database or ("postgresql",):
            with on(setting, SHOWN[name]) as one, loaded(one) as (servers, mix):
                one.say(f"{SHOWN[name]}: {chosen.rate:g} requests a second, {chosen.seconds:g} s")
                driven = drive(one, servers, mix.requests, [(chosen.rate, chosen.seconds)])
            found = growth(driven.memory)
            _say(console, SHOWN[name], driven, found)
            good = good and found.is_flat and driven.errors == 0
            series.append((SHOWN[name], driven.memory))
    chosen.output.mkdir(parents=True, exist_ok=True)
    plot = chosen.output / "soak.svg"
    plot.write_text(memory_by_time(series))
    console.print(f"The plot is {plot}.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
