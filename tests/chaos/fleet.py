"""The processes of a chaos run: workers that are killed and started again, and the simulator."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.server_process import environment

STOP_SECONDS = 30


@dataclass
class Fleet:
    """Worker processes on one database; `killed` counts those that were ended by SIGKILL."""

    size: int
    settings: Mapping[str, str]
    log: Path
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    killed: int = 0

    def start(self) -> None:
        """Start as many as are missing."""
        with self.log.open("ab") as log:
            while len(self.workers) < self.size:
                self.workers.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "letmepost", "worker"],
                        env=environment(self.settings),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                    )
                )

    def kill(self, number: int) -> None:
        """End one as a power cut would, and start another in its place."""
        self._end(self.workers.pop(number % len(self.workers)))
        self.start()

    def kill_all(self) -> None:
        """End all of them together, and start as many."""
        for worker in self.workers:
            worker.kill()
        while self.workers:
            self._end(self.workers.pop())
        self.start()

    def dead(self) -> list[int]:
        """The exit codes of those that ended by themselves."""
        return [code for worker in self.workers if (code := worker.poll()) is not None]

    def stop(self) -> None:
        """Ask all to end, and wait for them."""
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            try:
                worker.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self.workers.clear()

    def _end(self, worker: "subprocess.Popen[bytes]") -> None:
        worker.kill()
        worker.wait()
        self.killed += 1


@contextmanager
def simulating(latency_seconds: float, log: Path) -> Iterator[Mapping[str, Any]]:
    """Run the simulators in a process that no kill hits; what their ready line says."""
    with log.open("ab") as errors:
        command = [sys.executable, "-m", "letmepost", "simulate", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--latency", str(latency_seconds)],
            env=environment({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        assert process.stdout is not None
        ready: Mapping[str, Any] = json.loads(process.stdout.readline())
        yield ready
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
