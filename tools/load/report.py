"""The report: a page of the docs with its plots."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from letmepost.docs.markdown import table
from load.machine import machine
from load.mix import SHARES
from load.plots import answered_by_rate, latency_by_rate, memory_by_time
from load.stages import P99, STEADY_SHARE, Measured

DOCS = Path(__file__).parents[2] / "src/letmepost/docs"
PAGE = "performance.md"
PLOT = "performance-{name}.svg"
MEDIAN = 0.5


def write_report(measured: Sequence[Measured], guides: Path, static: Path, today: date) -> Path:
    """Write the page and its plots; where the page is."""
    for folder in (guides, static):
        folder.mkdir(parents=True, exist_ok=True)
    rising = [(each.database, each.rising) for each in measured]
    memory = [(each.database, each.steady.memory) for each in measured if each.steady]
    for name, plot in (
        ("latency", latency_by_rate(rising)),
        ("answered", answered_by_rate(rising)),
        ("memory", memory_by_time(memory)),
    ):
        (static / PLOT.format(name=name)).write_text(plot)
    page = guides / PAGE
    page.write_text("\n\n".join(_page(measured, today)) + "\n")
    return page


def _lengths(measured: Sequence[Measured]) -> str:
    step = measured[0].rising[0].seconds
    steady = measured[0].steady.seconds if measured[0].steady else 0.0
    return f"Each rate was held for {step:g} s, the steady one for {steady:g} s."


def _image(words: str, name: str) -> str:
    return f"![{words}](/docs/static/{PLOT.format(name=name)})"


def _page(measured: Sequence[Measured], today: date) -> Iterator[str]:
    shares = ", ".join(f"{kind} {share} %" for kind, share in SHARES.items())
    yield "# Performance"
    yield (
        "On PostgreSQL one process answers and one works, each on whichever core is free; on "
        "SQLite both are one process, on a core of its own. The simulated platform, the database "
        "and the load run on the same machine. Requests arrive at random moments at a rate, "
        "whether or not the ones before are answered, and each is timed from the moment at which "
        f"it was due: where the server is late, waiting counts. The mix: {shares}. Posts are "
        "published with `Prefer: respond-async`, so that the platform's own 50 ms are not in the "
        "figures, and every event is delivered to a webhook endpoint."
    )
    yield (
        "**The floor** is a bare FastAPI application, one process on a core of its own, that is "
        "asked the same on the same database, and does it once: it looks up the key, reads and "
        "writes rows in a transaction a request, keeps the uploaded file, calls the platform, "
        "and tells the endpoint. It checks no rule, says nothing before it sends, and tries "
        "nothing again. What it sustains is what it answers to 32 clients that each wait for "
        "their answer."
    )
    day = f"{today.day} {today:%B %Y}"
    yield f"Measured on {day} with `make load`: {machine()}. {_lengths(measured)}"
    yield "## Rates"
    yield _image("Median and 99th percentile of the latency at each rate", "latency")
    yield _image("The share of requests that was answered well at each rate", "answered")
    for each in measured:
        yield f"### {each.database}"
        yield f"The floor sustains {each.floor_per_second:,.0f} requests a second."
        rows = (
            (
                f"{step.rate:,.0f}",
                f"{step.rate / each.floor_per_second:.2f}",
                f"{step.p(MEDIAN):.1f} ms",
                f"{step.p(P99):.1f} ms",
                f"{step.errors:,}",
                f"{max((mb for _, mb in step.memory), default=0):.0f} MB",
            )
            for step in each.rising
        )
        yield table(("requests a second", "of the floor's", "p50", "p99", "errors", "memory"), rows)
    yield "## Goals"
    for each in measured:
        yield f"### {each.database}, goals"
        yield table(
            ("goal", "measured", ""),
            ((goal, found, "met" if met else "missed") for goal, found, met in each.goals()),
        )
    yield "## Each kind of request"
    for each in measured:
        if each.steady is None:
            continue
        yield f"### {each.database}, at {STEADY_SHARE:g} of the floor's rate"
        yield table(("request", "answers", "p50", "p99"), _kinds(each))
    yield "## Memory"
    yield _image("Resident memory while the mix runs at a steady rate", "memory")
    yield "`make soak` runs the mix for half an hour, and fails where memory grows."


def _kinds(measured: Measured) -> Iterator[tuple[str, ...]]:
    steady = measured.steady
    if steady is None:
        return
    for number, kind in enumerate(measured.kinds):
        one = steady.of(number)
        yield kind, f"{len(one.answers):,}", f"{one.p(MEDIAN):.1f} ms", f"{one.p(P99):.1f} ms"
