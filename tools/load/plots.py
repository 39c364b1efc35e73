"""The plots of a report, as SVG that can be read on light and on dark pages."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from load.driving import Driven

GREY = "#7f8794"
COLORS = ("#3b82f6", "#f97316", "#16a34a", "#c026d3")
SIZE_INCHES = (7.2, 3.4)
STYLE: dict[Any, Any] = {
    "svg.fonttype": "path",
    # The same figures make the same file.
    "svg.hashsalt": "letmepost",
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "text.color": GREY,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": GREY,
    "grid.alpha": 0.25,
}


@contextmanager
def _plot(x: str, y: str, written: io.StringIO) -> Iterator[Axes]:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=SIZE_INCHES, layout="constrained")
        axes = figure.add_subplot()
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.grid(visible=True)
        yield axes
        axes.legend()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})


def latency_by_rate(rising: Iterable[tuple[str, Sequence[Driven]]]) -> str:
    """Median and p99 of good answers at each rate, for each database."""
    written = io.StringIO()
    with _plot("requests a second", "milliseconds", written) as axes:
        axes.set_yscale("log")
        for color, (name, steps) in zip(COLORS, rising, strict=False):
            rates = [each.rate for each in steps]
            axes.plot(
                rates, [each.p(0.5) for each in steps], "--o", color=color, label=f"{name}, p50"
            )
            axes.plot(
                rates, [each.p(0.99) for each in steps], "-o", color=color, label=f"{name}, p99"
            )
    return written.getvalue()


def answered_by_rate(rising: Iterable[tuple[str, Sequence[Driven]]]) -> str:
    """What was answered well of what came, for each database."""
    written = io.StringIO()
    with _plot("requests a second", "answered well, %", written) as axes:
        axes.set_ylim(0, 105)
        for color, (name, steps) in zip(COLORS, rising, strict=False):
            shares = [100 * (1 - each.errors / max(1, len(each.answers))) for each in steps]
            axes.plot([each.rate for each in steps], shares, "-o", color=color, label=name)
    return written.getvalue()


def memory_by_time(series: Iterable[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """The resident memory of each server while it worked."""
    written = io.StringIO()
    with _plot("seconds", "resident megabytes", written) as axes:
        for color, (name, samples) in zip(COLORS, series, strict=False):
            axes.plot(*zip(*samples, strict=True), color=color, label=name)
        axes.set_ylim(bottom=0)
    return written.getvalue()
