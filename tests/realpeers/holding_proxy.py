"""A wire between a server and its PDS on which one write can be stopped, before or behind it."""

import socket
import threading
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

HOST = "127.0.0.1"
CHUNK_BYTES = 65536
WAIT_SECONDS = 30
WRITE = b"com.atproto.repo.createRecord"

Place = Literal["request", "answer"]


class HoldingProxy:
    """Passes bytes on. Armed, it stops at the next `createRecord`, at its request or its answer.

    What it has stopped stays in its hands: `release` sends a stopped request on to the PDS after
    all, whoever sent it may be dead by then.
    """

    def __init__(self, target_url: str) -> None:
        parts = urlsplit(target_url)
        self._target = (HOST, parts.port or 80)
        self._listener = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{self._listener.getsockname()[1]}"
        self._armed: Place | None = None
        self._released = threading.Event()
        self.held = threading.Event()
        self.delivered = threading.Event()
        self._sockets: list[socket.socket] = [self._listener]
        self._threads: list[threading.Thread] = []
        self._begin(self._accept)

    def hold_next(self, place: Place) -> None:
        """Stop at the next write."""
        self._armed = place
        self._released.clear()
        self.held.clear()
        self.delivered.clear()

    def release(self) -> None:
        """Send the stopped request on, and wait until the PDS has answered it."""
        self._released.set()
        assert self.delivered.wait(WAIT_SECONDS), "the PDS did not answer the late request"

    def close(self) -> None:
        """Hang up everywhere."""
        self._released.set()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(WAIT_SECONDS)

    def _begin(self, work: object, *arguments: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._sockets += [near, far]
                self._begin(self._serve, near, far)

    def _serve(self, near: socket.socket, far: socket.socket) -> None:
        """Carry requests; the one that is stopped is known by the method in its first line."""
        stopped = threading.Event()
        self._begin(self._carry_answers, far, near, stopped)
        with suppress(OSError):
            while chunk := near.recv(CHUNK_BYTES):
                if self._armed is not None and WRITE in chunk:
                    place, self._armed = self._armed, None
                    stopped.set()
                    if place == "request":
                        self._hold(near, far, chunk)
                        return
                far.sendall(chunk)
        if not stopped.is_set():
            with suppress(OSError):
                far.shutdown(socket.SHUT_WR)

    def _hold(self, near: socket.socket, far: socket.socket, chunk: bytes) -> None:
        request = [chunk]
        # The body may come in a chunk of its own; a killed sender ends the reading.
        reader = threading.Thread(target=self._read_rest, args=(near, request), daemon=True)
        self._threads.append(reader)
        reader.start()
        self.held.set()
        self._released.wait()
        with suppress(OSError):
            far.sendall(b"".join(request))

    def _read_rest(self, near: socket.socket, request: list[bytes]) -> None:
        with suppress(OSError):
            while chunk := near.recv(CHUNK_BYTES):
                request.append(chunk)

    def _carry_answers(
        self, far: socket.socket, near: socket.socket, stopped: threading.Event
    ) -> None:
        with suppress(OSError):
            while chunk := far.recv(CHUNK_BYTES):
                if stopped.is_set():
                    # The PDS has answered what was stopped; nobody is told.
                    self.held.set()
                    self.delivered.set()
                else:
                    near.sendall(chunk)
