"""The programs on the pages of the API run as they are, and all four send the same request."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from letmepost.docs.operations import JSON_TYPE, MULTIPART_TYPE, Operation
from letmepost.docs.request_samples import samples
from letmepost.docs.site import Site
from tests.environment import cannot_test

KEY = "lmp_test_of_the_samples"
PICTURE = b"\x89PNG these are the bytes of a picture"
RUN_SECONDS = 240


@dataclass
class Heard:
    """A server on loopback that remembers every request and answers each with a little JSON."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture(scope="module")
def heard() -> Iterator[Heard]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            kept.requests.append(
                _read(self.command, self.path, self.headers, self.rfile.read(length))
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - as the server wants it

        def log_message(self, *_: object) -> None:
            """Say nothing: the tests look at what was kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Heard(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


def _read(method: str, path: str, headers: Message, body: bytes) -> dict[str, Any]:
    """What matters of a request; a form is read into its parts, whose boundary is chance."""
    media_type = headers.get_content_type() if headers["content-type"] else None
    content: Any = body
    if media_type == JSON_TYPE:
        content = json.loads(body)
    elif media_type == MULTIPART_TYPE:
        form = BytesParser().parsebytes(
            b"Content-Type: " + headers["content-type"].encode() + b"\r\n\r\n" + body
        )
        content = [
            (
                part.get_param("name", header="content-disposition"),
                part.get_filename(),
                part.get_payload(decode=True),
            )
            for part in form.get_payload()
            if isinstance(part, Message)
        ]
    return {
        "method": method,
        "path": path,
        "authorization": headers["authorization"],
        "idempotency_key": headers["idempotency-key"],
        "type": media_type,
        "content": content,
    }


@pytest.fixture(scope="module")
def programs(site: Site) -> dict[str, list[str]]:
    """The programs of every operation by language, in the order of the operations."""
    schemas = site.schemas
    by_language: dict[str, list[str]] = {}
    for operation in site.operations:
        for sample in samples(operation, schemas):
            by_language.setdefault(sample.language, []).append(sample.code)
    return by_language


def _run(heard: Heard, folder: Path, *command: str) -> list[dict[str, Any]]:
    """Run something in a folder with a picture, and give what was asked for meanwhile."""
    (folder / "photo.png").write_bytes(PICTURE)
    heard.requests.clear()
    ended = subprocess.run(
        command,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "GOFLAGS": "-mod=mod",
            "GOPROXY": "off",
            "LETMEPOST_API_URL": heard.url,
            "LETMEPOST_API_KEY": KEY,
        },
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return list(heard.requests)


def _expected(site: Site) -> list[dict[str, Any]]:
    return [_request_of(operation) for operation in site.operations]


def _request_of(operation: Operation) -> dict[str, Any]:
    body = operation.body
    content: Any = b""
    media_type = None
    if body is not None and body.type == JSON_TYPE:
        media_type, content = JSON_TYPE, body.example
    elif body is not None and body.type == MULTIPART_TYPE:
        media_type, content = MULTIPART_TYPE, [("file", "photo.png", PICTURE)]
    elif body is not None:
        media_type, content = "image/png", PICTURE
    keyed = any(each.name == "Idempotency-Key" for each in operation.parameters)
    return {
        "method": operation.method,
        "authorization": None if operation.public else f"Bearer {KEY}",
        "idempotency_key": "ferry-2027-05-01" if keyed else None,
        "type": media_type,
        "content": content,
    }


def _same(found: list[dict[str, Any]], site: Site) -> None:
    expected = _expected(site)
    assert len(found) == len(expected) > 50
    for request, wanted, operation in zip(found, expected, site.operations, strict=True):
        assert {name: request[name] for name in wanted} == wanted, operation.name
        assert "{" not in request["path"], operation.name
        assert _fits(request["path"].partition("?")[0], operation.path), operation.name


def _fits(path: str, template: str) -> bool:
    steps, wanted = path.split("/"), template.split("/")
    return len(steps) == len(wanted) and all(
        step and (want.startswith("{") or step == want)
        for step, want in zip(steps[1:], wanted[1:], strict=True)
    )


def _needs(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        cannot_test(program, "it is not installed")
    return found


def test_every_operation_has_all_four(programs: Mapping[str, list[str]], site: Site) -> None:
    assert list(programs) == ["bash", "python", "typescript", "go"]
    assert {len(each) for each in programs.values()} == {len(site.operations)}


def test_curl_sends_what_the_document_says(
    programs: Mapping[str, list[str]], heard: Heard, site: Site, tmp_path: Path
) -> None:
    script = "\n".join(programs["bash"])
    _same(_run(heard, tmp_path, "bash", "-euo", "pipefail", "-c", script), site)


def test_python_sends_what_the_document_says(
    programs: Mapping[str, list[str]], heard: Heard, site: Site, tmp_path: Path
) -> None:
    script = "\n".join(programs["python"])
    _same(_run(heard, tmp_path, sys.executable, "-W", "error", "-c", script), site)


def test_typescript_sends_what_the_document_says(
    programs: Mapping[str, list[str]], heard: Heard, site: Site, tmp_path: Path
) -> None:
    # Nothing in them needs a type, so Node runs them as they are; each is a module of its own.
    names = []
    for number, code in enumerate(programs["typescript"]):
        names.append(f"./{number}.mjs")
        (tmp_path / names[-1]).write_text(code, encoding="utf-8")
    main = "\n".join(f'await import("{name}");' for name in names)
    (tmp_path / "main.mjs").write_text(main, encoding="utf-8")
    _same(_run(heard, tmp_path, _needs("node"), "main.mjs"), site)


def test_go_sends_what_the_document_says(
    programs: Mapping[str, list[str]], heard: Heard, site: Site, tmp_path: Path
) -> None:
    go = _needs("go")
    (tmp_path / "go.mod").write_text("module samples\n\ngo 1.19\n", encoding="utf-8")
    bodies: list[str] = []
    # One program of all: linking sixty programs would take a minute and show nothing more.
    for number, code in enumerate(programs["go"]):
        folder = tmp_path / f"sample{number}"
        folder.mkdir()
        as_package = f"{code}\n".replace("package main\n", f"package sample{number}\n", 1)
        (folder / "sample.go").write_text(
            as_package.replace("func main() {", "func Run() {", 1), encoding="utf-8"
        )
        bodies.append(f"sample{number}")
    imports = "\n".join(f'\t"samples/{name}"' for name in bodies)
    calls = "\n".join(f"\t{name}.Run()" for name in bodies)
    main = f"package main\n\nimport (\n{imports}\n)\n\nfunc main() {{\n{calls}\n}}\n"
    (tmp_path / "main.go").write_text(main, encoding="utf-8")
    _same(_run(heard, tmp_path, go, "run", "."), site)
    formatted = subprocess.run(
        [str(Path(go).with_name("gofmt")), "-l", *bodies],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert formatted.stdout == ""
