"""A server that answers as a test has said, and keeps what it was sent."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """One request. `chunked` says that its length was not known before."""

    method: str
    path: str
    headers: Mapping[str, str]
    names: list[str]
    body: bytes
    chunked: bool


@dataclass(frozen=True)
class Scripted:
    """One answer. `cut` closes the connection instead, `silent` keeps it open without a word."""

    status: int = 200
    document: Any = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False


@dataclass
class ScriptedServer:
    """Its address, the answers that are to come, and the requests that came."""

    url: str
    answers: list[Scripted] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, *answers: Scripted) -> None:
        self.answers.extend(answers)


def refusal(
    code: str, status: int, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Scripted:
    """An error as the API answers it."""
    error = {"code": code, "message": f"It is {code}.", "retryable": False, **more}
    return Scripted(status, {"error": error}, headers=headers or {})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_test: ClassVar[ScriptedServer]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of its parent
        """Say nothing: a test reads `asked`."""

    def _answer(self) -> None:
        chunked = self.headers.get("Transfer-Encoding") == "chunked"
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = b"".join(self._chunks()) if chunked else self._whole()
        here = self.server_of_test
        here.asked.append(
            Asked(self.command, self.path, headers, self.headers.keys(), body, chunked)
        )
        scripted = here.answers.pop(0)
        if scripted.silent:
            here.ended.wait()
        if scripted.cut or scripted.silent:
            self.close_connection = True
            return
        text = json.dumps(scripted.document) if scripted.text is None else scripted.text
        content = text.encode()
        self.send_response_only(scripted.status)
        for name, value in scripted.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _whole(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _answer  # noqa: N815 - as its parent calls them


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """Listen on loopback until the block ends."""

    class Handler(_Handler):
        """The handler of this server."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        server.daemon_threads = True
        opened = ScriptedServer(f"http://{HOST}:{server.server_address[1]}")
        Handler.server_of_test = opened
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield opened
        finally:
            opened.ended.set()
            server.shutdown()
            thread.join()
