"""letmepost as people run it: a process of its own, called over HTTP, and killed by tests."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from letmepost.administration import make_first_key
from letmepost.configuration import read_configuration
from letmepost.kit.ids import new_id
from tests.databases import run_apart

HOST = "127.0.0.1"
READY_SECONDS = 120
CALL_SECONDS = 60
STOP_SECONDS = 30
PAUSE_SECONDS = 0.02
LOOPBACK = "127.0.0.0/8,::1/128"


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def call(  # noqa: PLR0913 - the parts of a request
    url: str,
    method: str = "GET",
    *,
    key: str | None = None,
    json_body: Any = None,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection of its own."""
    host, _, path = url.removeprefix("http://").partition("/")
    sent = dict(headers or {})
    if key is not None:
        sent["Authorization"] = f"Bearer {key}"
    if json_body is not None:
        data = json.dumps(json_body).encode()
        sent.setdefault("Content-Type", "application/json")
    connection = http.client.HTTPConnection(host, timeout=CALL_SECONDS)
    try:
        connection.request(method, f"/{path}", body=data, headers=sent)
        response = connection.getresponse()
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lowered, response.read().decode())
    finally:
        connection.close()


def multipart(name: str, content: bytes, content_type: str) -> tuple[bytes, str]:
    """A body with one file in the part `file`, and its Content-Type."""
    boundary = new_id("part")
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, f"multipart/form-data; boundary={boundary}"


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """What a command of ours is started with: these settings and nothing of the developer's."""
    return {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **settings}


def letmepost(*arguments: str, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "letmepost", *arguments],
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=READY_SECONDS,
        check=False,
    )


def wait_until(met: Any, what: str, seconds: float = STOP_SECONDS) -> Any:
    """Ask again and again until the answer is not empty; the answer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := met():
            return answer
        time.sleep(PAUSE_SECONDS)
    raise AssertionError(f"waited {seconds:g} s in vain for {what}")


@dataclass
class ServerProcess:
    """`letmepost serve` on a data folder that outlives it: it may be killed and started again."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    port: int = field(default_factory=free_port)
    key: str = ""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Everything that every start has written to stdout and stderr."""
        return self.folder / "server.log"

    @property
    def all_settings(self) -> dict[str, str]:
        return {
            "LETMEPOST_DATA_DIR": str(self.data_dir),
            "LETMEPOST_PORT": str(self.port),
            "LETMEPOST_PUBLIC_URL": self.url,
            **self.settings,
        }

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        # What `letmepost bootstrap` does, without the second that a process takes to start.
        made = run_apart(make_first_key(read_configuration(self.all_settings)))
        self.key = made["key"]
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "letmepost", "serve", *self.arguments],
                env=environment(self.all_settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, "an answer of the server", READY_SECONDS)

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        with suppress(OSError):
            return call(f"{self.url}/ready").status == http.HTTPStatus.OK
        return False

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """One request with the key of the server."""
        return call(f"{self.url}{path}", method, key=self.key, json_body=body, **more)

    def upload(self, name: str, content: bytes, content_type: str) -> str:
        """Store a file; its id."""
        body, body_type = multipart(name, content, content_type)
        answer = self.call("POST", "/v1/media", data=body, headers={"Content-Type": body_type})
        assert answer.status == http.HTTPStatus.CREATED, answer.text
        identifier: str = answer.body["id"]
        return identifier

    def connect_bluesky(self, identifier: str, app_password: str) -> Answer:
        """Connect an account."""
        return self.call(
            "POST",
            "/v1/accounts/connect/bluesky/complete",
            {"identifier": identifier, "appPassword": app_password},
        )

    def post(self, text: str | None, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
        """Publish on Bluesky, and wait; the answer's document. `options` go to the target."""
        target: dict[str, Any] = {"platform": "bluesky"}
        if options := more.pop("options", None):
            target["options"] = {"platform": "bluesky", **options}
        body = {"targets": [target], **({} if text is None else {"text": text}), **more}
        return self.call("POST", "/v1/posts", body, headers=headers).body

    def read_post(self, post_id: str) -> Any:
        """A publication with its attempts."""
        return self.call("GET", f"/v1/posts/{post_id}").body

    def settled_post(self, post_id: str) -> Any:
        """A publication once it has ended."""

        def ended() -> Any:
            shown = self.read_post(post_id)
            return None if shown["status"] in ("publishing", "queued") else shown

        return wait_until(ended, f"the end of {post_id}")
