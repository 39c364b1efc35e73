"""Servers that do not do what a server should, each on a port of its own."""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

END_OF_HEAD = b"\r\n\r\n"
HANG_UP = b""


@dataclass
class Unhelpful:
    """Answers each request with the next of its answers; the last one again and again.

    An empty answer hangs up in the middle, as a lost connection does.
    """

    answers: Sequence[bytes]
    listener: socket.socket
    url: str
    requests: list[bytes] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    def header(self, name: str) -> list[str]:
        """The values that a header had, in the order of the requests."""
        wanted = f"{name.lower()}: "
        return [
            line[len(wanted) :]
            for request in self.requests
            for line in request.decode("latin-1").split("\r\n")
            if line.lower().startswith(wanted)
        ]

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, suppress(OSError):
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        while request := _whole(connection):
            self.requests.append(request)
            self.came.set()
            answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
            if answer == HANG_UP:
                # Closed with a reset, not with an end.
                reset = struct.pack("ii", 1, 0)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                return
            connection.sendall(answer)


def _whole(connection: socket.socket) -> bytes:
    """One request with its body; nothing when the other side has ended."""
    taken = b""
    while END_OF_HEAD not in taken:
        piece = connection.recv(65536)
        if not piece:
            return b""
        taken += piece
    head, _, body = taken.partition(END_OF_HEAD)
    size = 0
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() == "content-length":
            size = int(value)
    while len(body) < size:
        body += connection.recv(65536)
    return head + END_OF_HEAD + body


def response(status: str, content_type: str, body: str, *headers: str) -> bytes:
    """An answer as it goes over the wire."""
    content = body.encode()
    head = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(content)}",
        *headers,
    ]
    return "\r\n".join(head).encode() + END_OF_HEAD + content


@contextmanager
def unhelpful(*answers: bytes) -> Iterator[Unhelpful]:
    """Answer until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Unhelpful(answers, listener, f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
