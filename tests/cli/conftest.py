"""A server beside simulators, and the commands that people run against it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.server_process import ServerProcess, call, environment

RUN_SECONDS = 180
# A browser whose user consents to whatever it is asked.
CONSENTING = f"{sys.executable} {Path(__file__).with_name('consenting_browser.py')} %s"


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Runs commands with a folder of their own for the login."""

    folder: Path
    settings: Mapping[str, str]

    @property
    def environment(self) -> dict[str, str]:
        return environment(
            {
                "LMP_CONFIG_DIR": str(self.folder / "login"),
                "COLUMNS": "80",
                "TZ": "Europe/Berlin",
                **self.settings,
            }
        )

    @property
    def config(self) -> Path:
        return self.folder / "login" / "config.json"

    def lmp(self, *arguments: str, stdin: str = "", **settings: str) -> Ended:
        """Run a command to its end; it never shows a traceback."""
        ended = subprocess.run(
            [sys.executable, "-m", "letmepost", *arguments],
            env={**self.environment, **settings},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Run a command with --json; its document."""
        ended = self.lmp(*arguments, "--json")
        assert ended.code == code, ended
        return ended.document

    @contextmanager
    def running(self, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
        """A command that stays up; killed if it still lives at the end."""
        with subprocess.Popen(
            [sys.executable, "-m", "letmepost", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()


@dataclass(frozen=True)
class House:
    """A running server with a connected account, and the simulators beside it."""

    server: ServerProcess
    simulator: str
    login: Mapping[str, str]

    @property
    def settings(self) -> dict[str, str]:
        """What a command needs to speak to the server."""
        return {"LMP_API_BASE": self.server.url, "LMP_API_KEY": self.server.key}

    def fault(self, **fault: Any) -> None:
        """Let the simulator fail at the next call."""
        made = call(
            f"{self.simulator}/_simulator/faults",
            "POST",
            json_body={"platform": "bluesky", **fault},
        )
        assert made.status == 201, made.text


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with subprocess.Popen(
        [sys.executable, "-m", "letmepost", "simulate", "--port", "0"],
        env=environment({}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        simulation = json.loads(process.stdout.readline())
        login = simulation["accounts"]["bluesky"]
        settings = {
            **simulation["settings"],
            "LETMEPOST_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        }
        with ServerProcess(tmp_path_factory.mktemp("house"), settings) as server:
            assert server.connect_bluesky(login["identifier"], login["appPassword"]).status == 201
            yield House(server, simulation["url"], login)
        process.kill()


@pytest.fixture
def terminal(house: House, tmp_path: Path) -> Terminal:
    return Terminal(tmp_path, house.settings)
