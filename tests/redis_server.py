"""The Redis that tests count in: one that answers on this machine, or one started for them."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HOST = "127.0.0.1"
PORT = 6379
READY_SECONDS = 20


class NoRedisError(Exception):
    """Why no Redis can be had here."""


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """The address of a Redis on loopback. Nothing in it is emptied; tests use ids of their own."""
    if _answers(PORT):
        yield f"redis://{HOST}:{PORT}/0"
        return
    with own_redis(folder) as server:
        yield server.url


@contextmanager
def own_redis(folder: Path) -> Iterator["RedisServer"]:
    """A Redis of one's own, which a test may end and start again."""
    server = RedisServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.stop()


class RedisServer:
    """One server on one port; what it held dies with its process."""

    def __init__(self, folder: Path) -> None:
        command = shutil.which("redis-server")
        if command is None:
            raise NoRedisError("`redis-server` is not installed (Debian's package of that name)")
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self._port: int = probe.getsockname()[1]
        settings = ["--bind", HOST, "--port", str(self._port), "--save", "", "--dir", str(folder)]
        self._command = [command, *settings]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"redis://{HOST}:{self._port}/0"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NoRedisError(f"`{self._command[0]}` does not answer on port {self._port}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it, and hang up on whoever is connected."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1) as peer:
        peer.sendall(b"PING\r\n")
        return peer.recv(16).startswith(b"+PONG")
    return False
