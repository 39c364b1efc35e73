"""What can go wrong around a command: one sentence with its remedy, and the right exit code."""

import json
import os
import resource
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_server

import pytest

from tests.cli.conftest import Ended, House, Terminal
from tests.cli.unhelpful import HANG_UP, Unhelpful, response, unhelpful
from tests.server_process import STOP_SECONDS, free_port

HTML = response("502 Bad Gateway", "text/html", "<html><title>A proxy's page</title></html>")
PROFILES = response("200 OK", "application/json", '{"data":[]}')
NEVER = 30.0


def towards(folder: Path, url: str) -> Terminal:
    return Terminal(folder, {"LMP_API_BASE": url, "LMP_API_KEY": "lmp_live_x"})


def sentences(ended: Ended, code: int = 1) -> list[str]:
    """What was said on stderr; the command has ended with this code and said nothing else."""
    assert (ended.code, ended.out) == (code, ""), ended
    return ended.err.splitlines()


def test_a_server_that_is_down_is_named_with_what_to_do(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    sentence, remedy = sentences(towards(tmp_path, url).lmp("whoami"))
    assert sentence == f"No server answers at {url}: Connection refused."
    assert "Start it with `lmp serve`, or correct the address" in remedy


def test_a_name_that_nobody_knows_is_told(tmp_path: Path) -> None:
    ended = towards(tmp_path, "http://nobody.invalid").lmp("whoami")
    assert sentences(ended)[0] == "Nobody knows the name of http://nobody.invalid."


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8000", "ftp://x", "http://", "http://a b", "http://me@x", "http://[x"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    ended = towards(tmp_path, address).lmp("whoami")
    assert sentences(ended)[0] == f"{address} is not the address of a server."


def test_the_page_of_a_proxy_is_told_from_an_answer(tmp_path: Path) -> None:
    with unhelpful(HTML) as server:
        sentence, remedy = sentences(towards(tmp_path, server.url).lmp("whoami"))
    assert 'answered 502 in text/html with a page called "A proxy\'s page"' in sentence
    assert "look at the proxy" in remedy


def test_a_proxy_of_the_environment_is_asked_and_told_of(tmp_path: Path) -> None:
    with unhelpful(PROFILES) as server, unhelpful(HTML) as proxy:
        terminal = towards(tmp_path, server.url)
        through = terminal.lmp("whoami", HTTP_PROXY=proxy.url)
        assert 'a page called "A proxy' in sentences(through)[0]
        assert proxy.requests[0].startswith(f"GET {server.url}/v1/profiles ".encode())
        assert server.requests == []
        around = terminal.lmp("whoami", HTTP_PROXY=proxy.url, NO_PROXY="127.0.0.1")
        assert around.code == 0
        dead = terminal.lmp("whoami", HTTP_PROXY=f"http://127.0.0.1:{free_port()}")
        sentence, remedy = sentences(dead)
    assert sentence == f"The proxy before {server.url} does not answer: Connection refused."
    assert "NO_PROXY" in remedy


@pytest.mark.parametrize("body", ['{"error":"x"}', "[]", '{"data":1}'])
def test_json_of_another_program_is_told(tmp_path: Path, body: str) -> None:
    with unhelpful(response("404 Not Found", "application/json", body)) as server:
        found = sentences(towards(tmp_path, server.url).lmp("whoami"))
    assert found[0] == f"{server.url} answered 404, which is no answer of letmepost."


def test_a_key_is_not_sent_on_to_another_address(tmp_path: Path) -> None:
    with unhelpful(PROFILES) as other:
        moved = response("308 Permanent Redirect", "text/plain", "", f"Location: {other.url}/x")
        with unhelpful(moved) as server:
            found = sentences(towards(tmp_path, server.url).lmp("whoami"))
        assert found[0] == f"{server.url} sends on to {other.url}/x."
        assert other.requests == []


def test_a_terminal_is_not_told_what_to_do(tmp_path: Path) -> None:
    error = {"code": "not_found", "message": "\x1b]0;owned\x07\x1b[2Jgone"}
    answer = response("404 Not Found", "application/json", json.dumps({"error": error}))
    with unhelpful(answer) as server:
        assert sentences(towards(tmp_path, server.url).lmp("whoami")) == [" ]0;owned  [2Jgone"]


def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path) -> None:
    with tls_server(tmp_path) as url:
        sentence, remedy = sentences(towards(tmp_path, url).lmp("whoami"))
    assert sentence.startswith(f"The connection to {url} is not secure: ")
    assert "SSL_CERT_FILE" in remedy


@contextmanager
def tls_server(folder: Path) -> Iterator[str]:
    """A server with a certificate that it has signed itself."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ("-subj", "/CN=127.0.0.1", "-days", "1")
    made = ("-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate)
    subprocess.run(
        ["openssl", "req", "-x509", *subject, *made],  # noqa: S607 - Debian's
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def greet() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, suppress(OSError):
                    context.wrap_socket(connection, server_side=True)

    with create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(2)
        thread.join()


def test_a_lost_connection_is_tried_again_with_one_key(tmp_path: Path) -> None:
    made = response("200 OK", "application/json", '{"id":"key_1"}')
    with unhelpful(HANG_UP, HANG_UP, made) as server:
        ended = towards(tmp_path, server.url).lmp("keys", "revoke", "key_1")
    assert (ended.code, ended.out) == (0, "key_1 is revoked.\n")
    assert len(server.requests) == 3
    (key,) = set(server.header("Idempotency-Key"))
    assert key.startswith("lmp-")


def test_another_call_has_another_key(tmp_path: Path) -> None:
    made = response("200 OK", "application/json", '{"id":"key_1"}')
    with unhelpful(made) as server:
        for _ in range(2):
            towards(tmp_path, server.url).lmp("keys", "revoke", "key_1")
    assert len(set(server.header("Idempotency-Key"))) == 2


def test_a_post_whose_answer_is_lost_tells_how_to_repeat_it(tmp_path: Path) -> None:
    platforms = '{"data":[{"platform":"bluesky"}]}'
    with unhelpful(response("200 OK", "application/json", platforms), HANG_UP) as server:
        ended = towards(tmp_path, server.url).lmp("post", "Hello", "--to", "bluesky")
        sentence, remedy = sentences(ended)
        (key,) = set(server.header("Idempotency-Key"))
        assert sentence == f"The connection to {server.url} was lost: Connection reset by peer."
        assert f"--idempotency-key {key}: it does nothing twice" in remedy


def test_a_server_that_is_busy_is_asked_again(tmp_path: Path) -> None:
    busy = response("429 Too Many Requests", "application/json", "{}", "Retry-After: 0")
    still = {"code": "idempotency_conflict", "message": "It runs.", "retryable": True}
    running = {"error": {**still, "retryAfterSeconds": 0.01}}
    conflict = response("409 Conflict", "application/json", json.dumps(running))
    made = response("200 OK", "application/json", '{"id":"key_1"}')
    with unhelpful(busy, conflict, made) as server:
        assert towards(tmp_path, server.url).lmp("keys", "revoke", "key_1").code == 0
    assert len(set(server.header("Idempotency-Key"))) == 1


@pytest.mark.parametrize(
    "words", [("frobnicate",), ("posts",), ("posts", "list", "--limit", "0"), ("post", "--what")]
)
def test_a_mistake_in_the_words_ends_with_1(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert terminal.lmp(*words).code == 1


def test_a_config_file_that_is_broken_is_named(tmp_path: Path) -> None:
    terminal = towards(tmp_path, "http://127.0.0.1:1")
    terminal.config.parent.mkdir()
    for content in ("{", "[]", "\udcff"):
        terminal.config.write_text(content, errors="surrogateescape")
        sentence, remedy = sentences(terminal.lmp("whoami"))
        assert sentence == f"{terminal.config} is not JSON."
        assert "lmp login" in remedy


def _no_space() -> None:
    """Let every file end at its first byte, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_a_full_disk_leaves_the_login_before_it(terminal: Terminal, house: House) -> None:
    words = ("login", "--base", house.server.url, "--key", house.server.key)
    assert terminal.lmp(*words).code == 0
    before = terminal.config.read_text()
    ended = subprocess.run(
        [sys.executable, "-B", "-m", "letmepost", *words],
        env=terminal.environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=_no_space,
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"{terminal.config} could not be written: File too large." in ended.stderr
    assert "Free some space" in ended.stderr
    assert terminal.config.read_text() == before
    assert os.listdir(terminal.config.parent) == ["config.json"]  # noqa: PTH208 - names


def test_an_output_that_is_full_is_told(terminal: Terminal, tmp_path: Path) -> None:
    full = terminal.lmp("whoami", "--json", "--output", "/dev/full")
    assert "/dev/full could not be written: No space left on device." in sentences(full)[0]
    written = tmp_path / "who.json"
    fine = terminal.lmp("whoami", "--json", "--output", str(written))
    assert (fine.code, fine.out, fine.err) == (0, "", "")
    assert json.loads(written.read_text())["profiles"]


def in_a_shell(terminal: Terminal, line: str) -> "subprocess.CompletedProcess[str]":
    """What a line of shell printed, and how it ended."""
    return subprocess.run(
        ["bash", "-c", line],  # noqa: S607 - Debian's
        env=terminal.environment,
        capture_output=True,
        text=True,
        timeout=STOP_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirected", "sentence"),
    [
        (">&-", "the standard output is closed"),
        ("> /dev/full", "The output could not be written: No space left on device."),
        ("| true", "Who read this output has gone"),
    ],
)
@pytest.mark.parametrize("words", ["whoami", "posts list --json"])
def test_an_output_that_nobody_takes_is_told(
    terminal: Terminal, redirected: str, sentence: str, words: str
) -> None:
    # Long before anything is written, the pipe's other end is gone.
    line = f"{sys.executable} -m letmepost {words} {redirected}; exit ${{PIPESTATUS[0]}}"
    ended = in_a_shell(terminal, line)
    assert ended.returncode == 1, ended
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "Exception ignored" not in ended.stderr


@pytest.mark.parametrize("lines", [1, 5, 20])
def test_a_page_of_help_may_be_cut_off(terminal: Terminal, lines: int) -> None:
    line = f"{sys.executable} -m letmepost post --help | head -n {lines}"
    ended = in_a_shell(terminal, line)
    assert ended.stderr == ""
    assert len(ended.stdout.splitlines()) == lines


@contextmanager
def asking(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", Unhelpful]]:
    """A command that waits for an answer, of a server that never gives one."""
    with unhelpful(b" ") as server:
        words = ("keys", "revoke", "key_1")
        with towards(folder, server.url).running(*words) as process:
            assert server.came.wait(NEVER)
            yield process, server


@pytest.mark.parametrize(
    ("number", "code", "sentence"),
    [
        (signal.SIGINT, 130, "Stopped before the server had answered."),
        (signal.SIGHUP, 129, "Stopped: the terminal is gone."),
    ],
)
def test_a_command_that_is_stopped_says_so(
    tmp_path: Path, number: int, code: int, sentence: str
) -> None:
    with asking(tmp_path) as (process, _server):
        process.send_signal(number)
        _, said = process.communicate(timeout=STOP_SECONDS)
    assert process.returncode == code
    assert said.splitlines()[0] == sentence
    assert "Traceback" not in said


def test_a_hang_up_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    with unhelpful(PROFILES) as server:
        line = f"trap '' HUP; {sys.executable} -m letmepost whoami & wait; kill -HUP $$; wait"
        terminal = towards(tmp_path, server.url)
        ended = subprocess.run(
            ["bash", "-c", line],  # noqa: S607 - Debian's
            env=terminal.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert "terminal is gone" not in ended.stderr


def test_colours_are_for_terminals_alone(terminal: Terminal) -> None:
    assert "\x1b" not in terminal.lmp("accounts", "health").out
    coloured = terminal.lmp("accounts", "health", FORCE_COLOR="1")
    assert "\x1b[32mok" in coloured.out
    plain = terminal.lmp("accounts", "health", FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b[32m" not in plain.out
