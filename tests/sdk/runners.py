"""The runner of each SDK: how it is built and started, and what it said of every scenario."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.environment import cannot_test
from tests.sdk.live_server import LiveServer
from tests.server_process import environment

SDK = Path(__file__).parents[2] / "sdk"
RUN_SECONDS = 120
BUILD_SECONDS = 600


@dataclass(frozen=True, kw_only=True)
class Runner:
    """A program that runs the scenarios with one SDK. Its commands run in `folder`."""

    name: str
    folder: Path
    command: Sequence[str]
    build: Sequence[Sequence[str]] = ()
    # The program that has to be on this machine, and how it gets there.
    needs: str = sys.executable
    install: str = "make install"
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """What a runner printed, and its exit status."""

    status: int
    lines: list[str]
    errors: str

    def steps(self) -> list[tuple[str, int]]:
        """The scenario and the number of each line."""
        documents: list[dict[str, Any]] = [json.loads(line) for line in self.lines]
        return [(each["scenario"], each["step"]) for each in documents]


RUNNERS: Mapping[str, Runner] = {
    each.name: each
    for each in (
        Runner(
            name="python",
            folder=SDK / "python",
            command=[sys.executable, "tests/run_scenarios.py"],
            environment={"PYTHONPATH": "src"},
        ),
        Runner(
            name="python-async",
            folder=SDK / "python",
            command=[sys.executable, "tests/run_scenarios.py", "--async"],
            environment={"PYTHONPATH": "src"},
        ),
        Runner(
            name="typescript",
            folder=SDK / "typescript",
            command=["node", "build/run-scenarios.js"],
            build=[
                [sys.executable, "../../tools/install_npm_packages.py"],
                ["npm", "run", "--silent", "build:test"],
            ],
            needs="npm",
            install="install the Debian packages nodejs and npm",
        ),
        Runner(
            name="go",
            folder=SDK / "go",
            command=["build/scenarios"],
            build=[["go", "build", "-o", "build/scenarios", "./internal/scenarios"]],
            needs="go",
            install="install the Debian package golang-go",
        ),
    )
}


def build(runner: Runner) -> None:
    """Make a runner ready, where this machine has the program that it needs."""
    if shutil.which(runner.needs) is None:
        cannot_test(runner.needs, runner.install)
    for command in runner.build:
        _build_once(runner.folder, tuple(command))


@cache
def _build_once(folder: Path, command: tuple[str, ...]) -> None:
    built = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    assert built.returncode == 0, f"{' '.join(command)}\n{built.stdout}\n{built.stderr}"


def run(runner: Runner, live: LiveServer, scenarios: Path | None = None) -> Ended:
    """Run every scenario against a server that nobody else has used."""
    told = live.environment() | dict(runner.environment)
    if scenarios is not None:
        told["SCENARIOS"] = str(scenarios)
    ended = subprocess.run(
        runner.command,
        cwd=runner.folder,
        env=environment(told),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=RUN_SECONDS,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout.splitlines(), ended.stderr)
