"""`make scale`: 1, 2 and 4 API processes and workers on one PostgreSQL, with Redis where it is."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench.delivering import QUICK_POSTS
from bench.on_postgresql import drained_by
from bench.processes import Process, free_port, running
from bench.setting import Setting, on_database, request
from load.__main__ import working
from load.machine import machine
from tests import environment
from tests.databases import postgresql_server_for_tests
from tests.redis_server import NoRedisError, running_redis

PROCESSES = (1, 2, 4)
CLIENTS = 32
SECONDS = 10.0
POSTS = 3_000
TEXTS = 20_000


@dataclass(frozen=True)
class Scaled:
    """What so many processes of each kind do in a second."""

    processes: int
    accepted_per_second: float
    delivered_per_second: float


def accepted(setting: Setting, processes: int) -> float:
    """Scheduled posts a second that so many API processes take from 32 clients."""
    due = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    anywhere = setting.cores.server | setting.cores.others
    with ExitStack() as started:
        servers = []
        for _ in range(processes):
            port = free_port()
            arguments = ["-m", "letmepost", "serve", "--no-worker", "--port", str(port)]
            servers.append(
                started.enter_context(
                    running(arguments, port=port, on=anywhere, settings=setting.settings)
                )
            )

        def load(number: int, server: Process) -> float:
            folder = Path(started.enter_context(TemporaryDirectory(dir=setting.folder)))
            bodies = [
                {
                    "targets": [{"accountId": setting.accounts[0]["id"]}],
                    "text": f"Post {each} of {number} of {processes}.",
                    "scheduledAt": due,
                }
                for each in range(TEXTS)
            ]
            return (
                replace(setting, folder=folder)
                .load(
                    server.port,
                    [request("/v1/posts", body, setting.key) for body in bodies],
                    expect={202},
                    connections=CLIENTS // processes,
                    seconds=SECONDS,
                )
                .per_second
            )

        with ThreadPoolExecutor(processes) as threads:
            return sum(threads.map(load, range(processes), servers))


@contextmanager
def _shared_counts(setting: Setting) -> Iterator[Mapping[str, str]]:
    """The setting of a Redis of our own; none where this machine has no Redis."""
    folder = setting.folder / "redis"
    folder.mkdir()
    try:
        with running_redis(folder) as url:
            yield {"LETMEPOST_REDIS_URL": url}
    except NoRedisError as reason:
        setting.say(f"without Redis: {reason}")
        yield {}


def measured(setting: Setting, *, quick: bool) -> list[Scaled]:
    """Every number of processes in turn, on a server of PostgreSQL that they share."""
    environment.put_away()
    found = []
    with postgresql_server_for_tests() as server, _shared_counts(setting) as counts:
        for processes in PROCESSES:
            setting.say(f"{processes} of each")
            with server.fresh_database() as url:
                one = on_database(replace(setting, settings={**setting.settings, **counts}), url)
                taken = accepted(one, processes)
            out = drained_by(setting, server, QUICK_POSTS if quick else POSTS, processes)
            found.append(Scaled(processes, taken, out))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and show the table."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds: does it run?")
    chosen = parser.parse_args(arguments)
    console = Console()
    with working(console, quick=chosen.quick) as setting:
        found = measured(setting, quick=chosen.quick)
    shown = Table("processes", "accepted /s", "delivered /s", title=machine(), title_justify="left")
    for each in found:
        shown.add_row(
            str(each.processes),
            f"{each.accepted_per_second:,.0f}",
            f"{each.delivered_per_second:,.0f}",
        )
    console.print(shown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
