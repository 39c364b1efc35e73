"""`lmp webhooks`: endpoints, and events as they come, forwarded and signed."""

import json
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest

from letmepost.webhooks.verify import verify
from tests.cli.conftest import House, Terminal
from tests.server_process import STOP_SECONDS, wait_until

Taken = tuple[dict[str, str], bytes]


@contextmanager
def consumer(status: int = 204) -> Iterator[tuple[str, "Queue[Taken]"]]:
    """A program of this machine that takes webhooks."""
    taken: Queue[Taken] = Queue()

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.put((dict(self.headers.items()), body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Taker) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hooks", taken
        finally:
            server.shutdown()
            thread.join()


def until(stream: Any, words: str) -> str:
    """Read lines until one holds the words; all of them."""
    said = ""
    while words not in said:
        line = stream.readline()
        assert line, said
        said += line
    return said


def test_events_are_printed_and_forwarded_with_a_signature_that_holds(
    terminal: Terminal, house: House
) -> None:
    house.server.post("Before anybody listens")
    with (
        consumer() as (address, taken),
        terminal.running("webhooks", "listen", "--forward-to", address) as process,
    ):
        said = until(process.stderr, "Ctrl-C ends it.")
        found = re.search(r"signed with (whsec_\w+)", said)
        assert found is not None
        batch = house.server.post("While somebody listens")
        headers, body = taken.get(timeout=STOP_SECONDS)
        verify(body, headers, found[1], datetime.now(UTC))
        event = json.loads(body)
        assert headers["X-Letmepost-Event"] == event["type"]
        assert event == house.server.call("GET", f"/v1/events/{event['id']}").body
        printed = until(process.stdout, "post.published")
        assert batch["results"][0]["postId"] in printed
        assert "Before" not in printed
        until(process.stderr, "-> 204")
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 0
        assert re.search(r"No longer listening.\nGo on with --cursor \S+\.\n$", rest)


def test_a_cursor_leads_on_where_listening_ended(terminal: Terminal, house: House) -> None:
    page = house.server.call("GET", "/v1/events?order=asc&limit=1").body
    batch = house.server.post("Told later")
    cursor = page["resumeCursor"]
    with terminal.running(
        *("webhooks", "listen", "--json", "--cursor", cursor, "--event", "post.published")
    ) as process:
        assert process.stdout is not None
        event: dict[str, Any] = {"data": {}}
        while event["data"].get("id") != batch["results"][0]["postId"]:
            event = json.loads(process.stdout.readline())
        assert event["type"] == "post.published"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--forward-to", "ftp://x"), "ftp://x is not an address."),
        (("--forward-to", "http://127.0.0.1:1", "--secret", "x"), "That is no signing secret."),
        (("--secret", "whsec_YWJj"), "--secret signs what is forwarded, and nothing is."),
        (("--cursor", "nonsense"), "Remedy: "),
    ],
)
def test_a_mistake_in_what_to_listen_to_is_a_sentence(
    terminal: Terminal, words: tuple[str, ...], sentence: str
) -> None:
    ended = terminal.lmp("webhooks", "listen", *words)
    assert (ended.code, ended.out, sentence in ended.err) == (1, "", True), ended


def test_an_endpoint_is_made_tried_and_deleted(terminal: Terminal, house: House) -> None:
    with consumer() as (address, taken):
        made = terminal.json("webhooks", "create", address, "--event", "post.published,post.failed")
        assert made["events"] == ["post.published", "post.failed"]
        endpoint = made["id"]
        tried = terminal.json("webhooks", "test", endpoint, "--event", "post.failed")
        assert (tried["delivered"], tried["sentEvent"]["type"]) == (True, "post.failed")
        headers, body = taken.get(timeout=STOP_SECONDS)
        verify(body, headers, made["signingSecret"], datetime.now(UTC))
        house.server.post("Delivered for real")
        taken.get(timeout=STOP_SECONDS)

        def delivered() -> Any:
            listed = terminal.json("webhooks", "deliveries", endpoint, "--status", "delivered")
            return listed["data"]

        first = wait_until(delivered, "the delivery to be noted")[0]
        again = terminal.json("webhooks", "redeliver", endpoint, first["id"])
        assert again["eventId"] == first["eventId"]
        taken.get(timeout=STOP_SECONDS)
        replayed = terminal.lmp("webhooks", "replay", endpoint, "--since", "1 hour ago")
        assert replayed.code == 0
        assert replayed.err.startswith("Since ")
        assert re.fullmatch(r"\d+ events are delivered once more\.\n", replayed.out)
        taken.get(timeout=STOP_SECONDS)
    assert re.search(rf"^{endpoint}  http", terminal.lmp("webhooks", "list").out, re.MULTILINE)
    assert terminal.json("webhooks", "pause", endpoint)["active"] is False
    assert terminal.json("webhooks", "resume", endpoint)["active"] is True
    rotated = terminal.lmp("webhooks", "rotate-secret", endpoint)
    assert rotated.out.startswith("whsec_")
    assert terminal.lmp("webhooks", "delete", endpoint).code == 0


def test_an_endpoint_that_does_not_take_events_ends_the_try_with_2(terminal: Terminal) -> None:
    with consumer(status=500) as (address, _taken):
        endpoint = terminal.json("webhooks", "create", address)["id"]
        ended = terminal.lmp("webhooks", "test", endpoint)
    assert ended.code == 2
    assert re.search(r"^answer +500", ended.out, re.MULTILINE)
    assert terminal.lmp("webhooks", "delete", endpoint).code == 0
