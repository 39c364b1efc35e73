"""What a server goes through: rising rates, a steady one, and more than it can take."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from bench.processes import HOST, Process, free_port, running
from bench.setting import Setting
from load.driving import UNANSWERED, Driven, drive
from load.mix import Mix, make_mix

STEADY_SHARE = 0.4
P99_TIMES = 5.0
RECOVERY_SECONDS = 5.0
# Closer to the floor's own end, a rate says more of the machine than of the server.
OVERLOAD_SHARE = 1.5
# Once answers come within it again, nobody waits for what came before.
RECOVERED_MS = 1000.0
P99 = 0.99
FLOOR_CONNECTIONS = 32
SETTLE_SECONDS = 60.0
# What a worker still has to do.
LEFT = frozenset(
    {
        "letmepost_posts_overdue",
        "letmepost_posts_in_flight",
        "letmepost_posts_waiting",
        "letmepost_webhook_deliveries_pending",
    }
)


@dataclass(frozen=True)
class Lengths:
    """How long each stage takes, in seconds, and the rates of the first, as shares of the floor."""

    floor: float = 20.0
    warm: float = 10.0
    step: float = 20.0
    steady: float = 300.0
    overload: float = 20.0
    relief: float = 20.0
    shares: Sequence[float] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


QUICK = Lengths(
    floor=0.3, warm=0.3, step=0.4, steady=0.6, overload=0.6, relief=0.6, shares=(0.1, 0.2)
)


@dataclass
class Measured:
    """Everything that was measured on one database."""

    database: str
    floor_per_second: float
    rising: list[Driven] = field(default_factory=list)
    floor_steady: Driven | None = None
    steady: Driven | None = None
    overload: Driven | None = None
    relief: Driven | None = None
    kinds: Sequence[str] = ()

    def goals(self) -> Iterator[tuple[str, str, bool]]:
        """Each goal in words, what was measured, and whether it is met."""
        if not (self.floor_steady and self.steady and self.overload and self.relief):
            return
        rate = f"{STEADY_SHARE:g} of the floor's rate for {self.steady.seconds:g} s"
        errors = self.steady.errors
        yield f"no error at {rate}", f"{errors} of {len(self.steady.answers):,}", errors == 0
        floor, ours = self.floor_steady.p(P99), self.steady.p(P99)
        times = ours / floor if floor else 0.0
        yield (
            f"p99 at {rate} at most {P99_TIMES:g} times the floor's at the same rate",
            f"{ours:.1f} ms and {floor:.1f} ms: {times:.1f} times",
            times <= P99_TIMES,
        )
        wrong = [each for each in self.overload.answers if not (each.is_good or each.is_refusal)]
        refused = sum(each.is_refusal for each in self.overload.answers)
        yield (
            "too many requests are answered, or refused with Retry-After",
            f"{refused:,} refused and {len(wrong):,} otherwise of {len(self.overload.answers):,}",
            not wrong,
        )
        hung = sum(each.status == UNANSWERED for each in self.overload.answers)
        yield "no request hangs", f"{hung:,} without an answer", hung == 0
        after = recovered_after(self.relief)
        yield (
            f"recovered {RECOVERY_SECONDS:g} s after relief",
            f"{after:.1f} s",
            after <= RECOVERY_SECONDS,
        )


def recovered_after(relief: Driven) -> float:
    """Seconds from relief to the last request that was refused, or had to wait."""
    late = [
        each.due for each in relief.answers if not each.is_good or each.milliseconds > RECOVERED_MS
    ]
    began = min((each.due for each in relief.answers), default=0.0)
    return max(late) - began if late else 0.0


def _floor_rate(setting: Setting, floor: Process, mix: Mix, seconds: float) -> float:
    """Requests a second that the floor answers to clients that each wait for their answer."""
    requests = [content for _, content in mix.requests]
    return setting.load(
        floor.port,
        requests,
        expect={200, 201, 202},
        connections=FLOOR_CONNECTIONS,
        seconds=seconds,
    ).per_second


@contextmanager
def _floor(setting: Setting, mix: Mix) -> Iterator[Process]:
    port, folder = free_port(), setting.folder / "bare"
    folder.mkdir(exist_ok=True)
    arguments = [setting.database_url, str(port), str(folder), mix.hooks]
    with running(["-m", "load.bare_mix", *arguments], port=port, on=setting.cores.server) as floor:
        yield floor


@contextmanager
def _consumer(setting: Setting) -> Iterator[str]:
    port = free_port()
    with running(["-m", "bench.consumer", str(port)], port=port, on=setting.cores.others):
        yield f"http://{HOST}:{port}/hooks"


@contextmanager
def _apart(setting: Setting) -> Iterator[Sequence[Process]]:
    """A process that answers and one that works, each on the core that is free."""
    port = free_port()
    serve = ["-m", "letmepost", "serve", "--no-worker", "--port", str(port)]
    work = ["-m", "letmepost", "worker"]
    on, settings = setting.cores.server | setting.cores.others, setting.settings
    with (
        running(serve, port=port, on=on, settings=settings) as server,
        running(work, port=0, on=on, settings=settings, wait=False) as worker,
    ):
        yield server, worker


@contextmanager
def _together(setting: Setting) -> Iterator[Sequence[Process]]:
    with setting.product() as server:
        yield (server,)


@contextmanager
def loaded(setting: Setting) -> Iterator[tuple[Sequence[Process], Mix]]:
    """The processes of a server, the one that answers first, and what it is asked.

    They run as the guides say: two of them on PostgreSQL, one on SQLite. Something consumes their
    webhooks.
    """
    on_postgresql = "LETMEPOST_DATABASE_URL" in setting.settings
    processes = _apart(setting) if on_postgresql else _together(setting)
    with _consumer(setting) as hooks, processes as started:
        yield started, make_mix(setting, started[0].port, hooks)


def _settle(setting: Setting, server: Process) -> None:
    """Wait until the worker has done what came before: it would be in the way of what comes."""
    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until:
        with urlopen(f"http://{HOST}:{server.port}/metrics", timeout=SETTLE_SECONDS) as answer:
            left = sum(
                family.samples[0].value
                for family in text_string_to_metric_families(answer.read().decode())
                if family.name in LEFT
            )
        if not left:
            return
        setting.say(f"{left:.0f} posts and deliveries are still to be done")
        time.sleep(1)


def measure(setting: Setting, database: str, lengths: Lengths) -> Measured:
    """Put one server through all stages."""
    with loaded(setting) as (servers, mix):
        with _floor(setting, mix) as floor:
            setting.say(f"{database}: what the floor sustains")
            found = Measured(database, _floor_rate(setting, floor, mix, lengths.floor))
            found.kinds = mix.kinds
            steady = STEADY_SHARE * found.floor_per_second
            setting.say(f"{database}: the floor at {steady:.0f} requests a second")
            length = min(lengths.steady, 3 * lengths.step)
            found.floor_steady = drive(setting, [floor], mix.requests, [(steady, length)])
        # What a server loads and prepares with its first requests is no part of a steady rate, and
        # the floor has answered for a while.
        drive(setting, servers, mix.requests, [(steady / 2, lengths.warm)])
        _settle(setting, servers[0])
        # First, as what high rates leave to the worker would be in the way.
        setting.say(f"{database}: {steady:.0f} requests a second for {lengths.steady:g} s")
        found.steady = drive(setting, servers, mix.requests, [(steady, lengths.steady)])
        for share in lengths.shares:
            rate = share * found.floor_per_second
            setting.say(f"{database}: {rate:.0f} requests a second, {share:g} of the floor's")
            _settle(setting, servers[0])
            found.rising.append(drive(setting, servers, mix.requests, [(rate, lengths.step)]))
        _settle(setting, servers[0])
        found.overload, found.relief = _overload(setting, servers, mix, found, lengths)
    return found


def _overload(
    setting: Setting, servers: Sequence[Process], mix: Mix, found: Measured, lengths: Lengths
) -> tuple[Driven, Driven]:
    """Far more than the server takes, then what it took easily."""
    much = OVERLOAD_SHARE * found.floor_per_second
    little = STEADY_SHARE / 2 * found.floor_per_second
    setting.say(f"{found.database}: {much:.0f} requests a second, which is too many")
    phases = [(much, lengths.overload), (little, lengths.relief)]
    driven = drive(setting, servers, mix.requests, phases)
    end = lengths.overload + lengths.relief
    first, second = (
        driven.part(start, end) for start, end in pairwise((0.0, lengths.overload, end))
    )
    return first, second
