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
    command = shutil.which("redis-server")
    if command is None:
        raise NoRedisError(
            f"none answers on {HOST}:{PORT}, and `redis-server` is not installed "
            "(Debian's package of the same name)"
        )
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    settings = ["--bind", HOST, "--port", str(port), "--save", "", "--dir", str(folder)]
    with subprocess.Popen([command, *settings], stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise NoRedisError(f"`{command}` does not answer on port {port}")
                time.sleep(0.05)
            yield f"redis://{HOST}:{port}/0"
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1) as peer:
        peer.sendall(b"PING\r\n")
        return peer.recv(16).startswith(b"+PONG")
    return False
