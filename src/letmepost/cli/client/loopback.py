"""The address on this machine that a browser comes back to with its code (RFC 8252, 7.3)."""

import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from letmepost.cli.client.stop import Stop

PATH: Final = "/callback"
_IDLE_SECONDS: Final = 5.0
_PAGE: Final = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>letmepost</title>"
    "<body style='font-family:system-ui;margin:4rem auto;max-width:30rem'>"
    "<h1>{title}</h1><p>You may close this window and go back to the terminal."
)


class _Return(BaseHTTPRequestHandler):
    # A browser that opens a connection in advance and sends nothing must not hold up the others.
    timeout = _IDLE_SECONDS
    server: "Loopback"

    def do_GET(self) -> None:
        """Take the browser that carries the answer; nobody else."""
        address = urlsplit(self.path)
        if address.path != PATH:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        if query.get("state") != self.server.state:
            self.send_error(HTTPStatus.BAD_REQUEST, "This is not the login that was begun.")
            return
        self.server.returned = query
        title = "Not logged in" if "error" in query else "Logged in"
        body = _PAGE.format(title=title).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        # The address holds a code that must not reach whoever comes next.
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: the terminal is the user's."""


class Loopback(HTTPServer):
    """Waits on a free port for the browser that returns with `state`."""

    address_family = socket.AF_INET

    def __init__(self, state: str) -> None:
        super().__init__(("127.0.0.1", 0), _Return)
        self.state = state
        self.returned: Mapping[str, str] | None = None

    @property
    def redirect_uri(self) -> str:
        """Where the browser is to be sent."""
        return f"http://127.0.0.1:{self.server_port}{PATH}"

    def wait(self, seconds: float) -> Mapping[str, str]:
        """The fields that the browser brought; raise `Stop` where none came in time."""
        ends_at = time.monotonic() + seconds
        while self.returned is None:
            self.timeout = ends_at - time.monotonic()
            if self.timeout <= 0:
                raise Stop(
                    "Nobody came back from the browser.",
                    "Run `lmp login` again, or paste a key: `lmp login --no-browser`.",
                )
            self.handle_request()
        return self.returned

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hung up is no matter."""


@contextmanager
def loopback(state: str) -> Iterator[Loopback]:
    """Listen until the block ends; raise `Stop` where no port can be had."""
    try:
        server = Loopback(state)
    except OSError as error:
        raise Stop(
            f"No port can be opened for the browser to come back to: {error.strerror}.",
            "Paste a key: `lmp login --no-browser`.",
        ) from None
    with server:
        yield server
