"""A proxy on loopback that can cut an answer off, and remembers what passed through it."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

CONTROL_PATH = "/_proxy"
HOST = "127.0.0.1"
SECONDS = 60
# What belongs to one connection only, and what the two connections say for themselves.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})


@dataclass(frozen=True)
class Passed:
    """One request, and how it was answered."""

    method: str
    path: str
    idempotency_key: str | None
    status: int
    replayed: bool
    dropped: bool


@dataclass
class CuttingProxy:
    """Where it listens, and every request so far."""

    port: int
    passed: list[Passed] = field(default_factory=list)
    drop_next: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def control_url(self) -> str:
        return f"{self.url}{CONTROL_PATH}"

    def take_drop(self, method: str) -> bool:
        """Whether this answer is the one to drop."""
        with self.lock:
            dropped = self.drop_next and method != "GET"
            self.drop_next = self.drop_next and not dropped
            return dropped


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    proxy: ClassVar[CuttingProxy]
    target: ClassVar[str]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of its parent
        """Say nothing: a test reads `passed`."""

    def _pass_on(self) -> None:
        body = b"".join(self._body())
        if self.path == CONTROL_PATH:
            asked = json.loads(body)
            assert asked == {"dropConnection": "afterCommit"}, asked
            self.proxy.drop_next = True
            self._answer(HTTPStatus.NO_CONTENT, [], b"")
            return
        upstream = http.client.HTTPConnection(self.target, timeout=SECONDS)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
        try:
            upstream.request(self.command, self.path, body=body, headers=headers)
            response = upstream.getresponse()
            content = response.read()
        finally:
            upstream.close()
        dropped = self.proxy.take_drop(self.command)
        self.proxy.passed.append(
            Passed(
                self.command,
                urlsplit(self.path).path,
                self.headers.get("Idempotency-Key"),
                response.status,
                response.headers.get("Idempotency-Replayed") == "true",
                dropped,
            )
        )
        if dropped:
            self.close_connection = True
            return
        kept = [(k, v) for k, v in response.getheaders() if k.lower() not in HOP_BY_HOP]
        self._answer(response.status, kept, content)

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            yield self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _pass_on  # noqa: N815 - as its parent calls them


@contextmanager
def cutting_proxy(target: str) -> Iterator[CuttingProxy]:
    """Stand in front of the server at `target`, an address such as `http://127.0.0.1:8000`."""

    class Handler(_Handler):
        """The handler of this proxy."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        server.daemon_threads = True
        proxy = CuttingProxy(server.server_address[1])
        Handler.target, Handler.proxy = urlsplit(target).netloc, proxy
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
