"""The processes of a run: each started on its core, awaited until it answers, and ended."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
POLL_SECONDS = 0.002
START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 15.0
TOOLS = Path(__file__).parents[1]
OK = 200
JSON = {"Content-Type": "application/json"}


class BenchmarkError(Exception):
    """What is measured does not do what it should, so that its figures would mean nothing."""


@dataclass(frozen=True)
class Cores:
    """Who runs where: the server that is measured alone, everything else beside it."""

    server: frozenset[int]
    others: frozenset[int]


def cores() -> Cores:
    """One core for the server and the rest for the load, as far as there are two."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(frozenset(), frozenset())
    first, *rest = sorted(os.sched_getaffinity(0))
    return Cores(frozenset({first}), frozenset(rest or {first}))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment, with these settings of letmepost and no other."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LETMEPOST_")}
    return {**kept, **(settings or {}), "PYTHONPATH": str(TOOLS)}


@dataclass
class Process:
    """A process that serves on a port. `answered_after` are the seconds until its first 200."""

    popen: subprocess.Popen[str]
    port: int
    started_at: float
    answered_after: float = 0.0

    def resident_bytes(self) -> int:
        """Memory that is in use now: the resident set."""
        # The second number of statm counts pages (proc_pid_statm(5)).
        pages = int(Path(f"/proc/{self.popen.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def peak_bytes(self) -> int:
        """The most memory that was in use at once since the start."""
        # In kilobytes (proc_pid_status(5)).
        for line in Path(f"/proc/{self.popen.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise BenchmarkError("this system does not tell a process's peak")

    def cpu_seconds(self) -> float:
        """Time that its threads have spent computing."""
        # utime and stime, counted after the name, which may hold spaces (proc_pid_stat(5)).
        fields = Path(f"/proc/{self.popen.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_until_healthy(self) -> None:
        """Ask for /health until it answers 200."""
        while time.perf_counter() - self.started_at < START_TIMEOUT_SECONDS:
            if self.popen.poll() is not None:
                raise BenchmarkError(f"{self.popen.args!r} ended with {self.popen.returncode}")
            connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
            with suppress(OSError):
                connection.request("GET", "/health")
                if connection.getresponse().status == OK:
                    self.answered_after = time.perf_counter() - self.started_at
                    return
            connection.close()
            time.sleep(POLL_SECONDS)
        raise BenchmarkError(f"{self.popen.args!r} does not answer")


@contextmanager
def running(
    arguments: Sequence[str],
    *,
    port: int,
    on: frozenset[int],
    settings: Mapping[str, str] | None = None,
    wait: bool = True,
) -> Iterator[Process]:
    """A Python program of this environment, ended by SIGTERM with the block.

    Unless `wait`, it need not answer /health yet, and its output waits to be read.
    """
    with tempfile.TemporaryFile("w+") as log:
        started_at = time.perf_counter()
        popen = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment(settings),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        if on:
            os.sched_setaffinity(popen.pid, on)
        process = Process(popen, port, started_at)
        try:
            if wait:
                process.wait_until_healthy()
            yield process
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-4000:])
            raise
        finally:
            popen.send_signal(signal.SIGTERM)
            try:
                popen.wait(STOP_TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                popen.kill()
                popen.wait()
            if popen.stdout:
                popen.stdout.close()


def call(
    port: int,
    method: str,
    path: str,
    body: object = None,
    headers: Mapping[str, str] | None = None,
) -> Any:  # noqa: ANN401 - JSON
    """One call to a server on loopback; raise unless it answers 2xx."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request(method, path, json.dumps(body), {**JSON, **(headers or {})})
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    if response.status >= 300:  # noqa: PLR2004 - HTTP's own classes
        raise BenchmarkError(f"{method} {path} answered {response.status}: {text}")
    return json.loads(text) if text else None
