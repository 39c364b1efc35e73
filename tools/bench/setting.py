"""What every figure is measured in: the two servers, a simulated platform, and the load."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.processes import (
    HOST,
    BenchmarkError,
    Cores,
    Process,
    call,
    environment,
    free_port,
    running,
)
from letmepost.kit.crypto import new_key
from letmepost.kit.database import sqlite_url

# Never reached, and counted all the same.
RATE_LIMIT = "1000000000/minute"
UPSTREAM_LATENCY_SECONDS = 0.05
HANDLES = [f"bench{number}.test" for number in range(8)]
PASSWORD = "bnch-bnch-bnch-bnch"  # noqa: S105 - of a simulated account
ROUNDS = 5


@dataclass(frozen=True)
class Loaded:
    """What a load found."""

    per_second: float
    answered: int
    median_seconds: float


@dataclass(frozen=True)
class Setting:
    """A run: its folder, the simulated platform, a live key, and accounts that are connected."""

    folder: Path
    cores: Cores
    quick: bool
    say: Callable[[str], None]
    simulator: int
    settings: Mapping[str, str]
    key: str
    accounts: Sequence[Mapping[str, Any]]
    posts: int
    future_posts: int

    @property
    def rounds(self) -> int:
        """How often floor and product take turns."""
        return 1 if self.quick else ROUNDS

    def seconds(self, seconds: float) -> float:
        """How long to measure."""
        return min(seconds, 0.3) if self.quick else seconds

    @property
    def database_url(self) -> str:
        """The product's own database."""
        return self.settings.get("LETMEPOST_DATABASE_URL") or sqlite_url(
            self.folder / "data" / "letmepost.sqlite"
        )

    def floor(self) -> AbstractContextManager[Process]:
        """The floor, running on the product's own database."""
        port = free_port()
        arguments = ["-m", "bench.floor", self.database_url, str(port)]
        return running(arguments, port=port, on=self.cores.server)

    def product(self) -> AbstractContextManager[Process]:
        """The product, running with its embedded worker."""
        return _product(self.settings, self.cores)

    def load(
        self,
        port: int,
        requests: Sequence[bytes],
        *,
        expect: Collection[int],
        connections: int,
        seconds: float,
    ) -> Loaded:
        """Load a server; raise when an answer has a status that is not expected."""
        path = self.folder / "requests.json"
        path.write_text(json.dumps([b64encode(each).decode() for each in requests]))
        popen = subprocess.Popen(
            [
                *(sys.executable, "-m", "bench.load", str(port), str(path)),
                *("--connections", str(connections), "--seconds", str(self.seconds(seconds))),
            ],
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        if self.cores.others:
            os.sched_setaffinity(popen.pid, self.cores.others)
        output, _ = popen.communicate()
        if popen.returncode:
            raise BenchmarkError(f"the load ended with {popen.returncode}")
        found = json.loads(output)
        statuses = {int(each) for each in found["statuses"]}
        if not statuses or not statuses <= set(expect):
            raise BenchmarkError(
                f"wanted {set(expect)}, got {found['statuses']}: {found['example']}"
            )
        return Loaded(found["per_second"], found["answered"], found["median_seconds"])


def request(
    path: str, body: Mapping[str, Any], authorization: str, *, method: str = "POST"
) -> bytes:
    """A whole HTTP request with a JSON body."""
    content = json.dumps(body).encode()
    return (
        f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nUser-Agent: bench\r\nAccept: */*\r\n"
        f"Authorization: Bearer {authorization}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    ).encode() + content


def _product(settings: Mapping[str, str], cores: Cores) -> AbstractContextManager[Process]:
    port = free_port()
    arguments = ["-m", "letmepost", "serve", "--port", str(port)]
    return running(arguments, port=port, on=cores.server, settings=settings)


def _connected(
    settings: Mapping[str, str], cores: Cores
) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """Migrate a database, make a key and connect accounts; the key and the accounts."""
    made = subprocess.run(
        [sys.executable, "-m", "letmepost", "bootstrap"],
        env=environment(settings),
        check=True,
        capture_output=True,
        text=True,
    )
    key = json.loads(made.stdout)["key"]
    headers = {"Authorization": f"Bearer {key}"}
    with _product(settings, cores) as product:
        return key, [
            call(
                product.port,
                "POST",
                "/v1/accounts/connect/bluesky/complete",
                {"identifier": handle, "appPassword": PASSWORD},
                headers,
            )
            for handle in HANDLES
        ]


def on_database(setting: Setting, url: str) -> Setting:
    """The same on another database, with a key and accounts of its own."""
    settings = {
        **setting.settings,
        "LETMEPOST_DATABASE_URL": url,
        "LETMEPOST_ENCRYPTION_KEYS": new_key(),
    }
    key, accounts = _connected(settings, setting.cores)
    return replace(setting, settings=settings, key=key, accounts=accounts)


@contextmanager
def prepared(  # noqa: PLR0913 - what a run is asked for
    folder: Path,
    cores: Cores,
    *,
    quick: bool,
    say: Callable[[str], None],
    posts: int,
    future_posts: int,
) -> Iterator[Setting]:
    """Start the simulated platform, migrate a database, make a key and connect accounts."""
    say("start the simulated platform")
    port = free_port()
    arguments = ["--port", str(port), "--latency", str(UPSTREAM_LATENCY_SECONDS)]
    with running(
        ["-m", "letmepost", "simulate", *arguments],
        port=port,
        on=cores.others,
        wait=False,
    ) as simulator:
        if simulator.popen.stdout is None:
            raise BenchmarkError("the simulator has no output")
        ready = json.loads(simulator.popen.stdout.readline())
        world = {
            "platform": "bluesky",
            "enforceRateLimits": False,
            "accounts": [{"handle": handle, "appPassword": PASSWORD} for handle in HANDLES],
        }
        call(port, "POST", "/_simulator/world", world)
        settings = {
            **ready["settings"],
            "LETMEPOST_DATA_DIR": str(folder / "data"),
            "LETMEPOST_RATE_LIMIT": RATE_LIMIT,
        }
        say("migrate a database and connect accounts")
        key, accounts = _connected(settings, cores)
        yield Setting(folder, cores, quick, say, port, settings, key, accounts, posts, future_posts)
