"""The Go SDK: its own tests, what a Go programmer looks at first, and its pages as a reader."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sdk.live_server import SECRET, LiveServer, png, webhook_body, webhook_headers
from tests.sdk.runners import BUILD_SECONDS, RUNNERS, SDK, build
from tests.server_process import call

FOLDER = SDK / "go"
MODULE = "github.com/letmepost/letmepost/sdk/go"
SNIPPET = re.compile(r"<!-- snippet: ([\w-]+) -->\s*```go\n(.*?)```", re.DOTALL)
METHODS = re.compile(r"^\| `(\w+)` \| (.*) \|$", re.MULTILINE)
# The packages of the standard library that snippets speak of.
STANDARD = ("errors", "fmt", "io", "net/http", "strings", "time")
# Nothing is fetched: neither modules nor another toolchain.
OFFLINE = {"GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local", "GONOSUMDB": "*"}
# What the guide says of each, as a pattern of what it must print.
SHOWS = {
    "go-wait": r"^published 1 attempt$",
    "go-media": r"^image/png 64 published$",
    "go-schedule": r"^canceled$",
    "go-errors": r"^bluesky\.text\.max_graphemes 400 of 300\npublished$",
    "go-lists": r"post_\w+ canceled Tomorrow we sail at ten\.\n(post_.*\n)+1 true$",
    "go-options": r"^true$",
    "go-webhook": r"^post\.published post_\w+\n204\nno_matching_signature\n401$",
}


def run(command: list[str], folder: Path, more: Mapping[str, str] | None = None) -> str:
    """What one of the tools of Go prints; its end must be a good one."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **OFFLINE, **(more or {})},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def built() -> Path:
    """The SDK's folder, on a machine with Go."""
    build(RUNNERS["go"])
    return FOLDER


def test_its_own_tests_pass_without_a_race(built: Path) -> None:
    run(["go", "test", "-race", "./..."], built)


def test_vet_and_gofmt_have_nothing_to_say(built: Path) -> None:
    run(["go", "vet", "./..."], built)
    assert run(["gofmt", "-l", "."], built) == ""


def test_it_needs_nothing_but_the_standard_library(built: Path) -> None:
    assert run(["go", "list", "-m", "all"], built).split() == [MODULE]
    needed = run(["go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}"], built)
    assert needed.split() == [MODULE]


def test_licence_is_that_of_the_project() -> None:
    assert (FOLDER / "LICENSE").read_bytes() == (SDK.parent / "LICENSE").read_bytes()


def test_every_exported_name_is_explained(built: Path) -> None:
    for path in built.glob("*.go"):
        if path.name.endswith("_test.go"):
            continue
        lines = path.read_text("utf-8").splitlines()
        for before, line in zip(["", *lines], lines, strict=False):
            if re.match(r"(?:func|type|var|const) (?:\(\w* ?\*?[A-Z]\w*(?:\[T\])?\) )?[A-Z]", line):
                assert before.startswith("//"), f"{path.name}: {line}"


def shown_by(folder: Path, live: LiveServer, program: str) -> str:
    """What a program of another module prints that finds the server as the pages say."""
    (folder / "ferry.png").write_bytes(png())
    (folder / "main.go").write_text(program, encoding="utf-8")
    if not (folder / "go.mod").exists():
        run(["go", "mod", "init", "example.test/reader"], folder)
        run(["go", "mod", "edit", "-require", f"{MODULE}@v0.1.0"], folder)
        run(["go", "mod", "edit", "-replace", f"{MODULE}={FOLDER}"], folder)
    run(["go", "vet", "."], folder)
    told = {"LETMEPOST_API_KEY": live.key, "LETMEPOST_API_URL": live.url}
    return run(["go", "run", "."], folder, told)


def snippets(live: LiveServer) -> dict[str, str]:
    page = call(f"{live.url}/docs/sdks/go.md")
    assert page.status == 200
    found = dict(SNIPPET.findall(page.text))
    assert page.text.count("```go\n") == len(found)
    return found


def reader_program(bodies: Mapping[str, str]) -> str:
    """The program that a reader of the guide would make of its snippets."""
    functions, steps = [], []
    for name, code in bodies.items():
        if code.startswith("func "):
            functions.append(code)
            steps.append(f'fmt.Println("=== {name}")\n{webhook_calls()}')
            continue
        function = name.replace("-", "_")
        head = f"func {function}(ctx context.Context, client *letmepost.Client) error {{\n"
        functions.append(f"{head}{code}return nil\n}}")
        steps.append(f'fmt.Println("=== {name}")\nmust({function}(ctx, client))')
    body = "\n".join(steps)
    functions.append(
        "func must(err error) {\nif err != nil {\nlog.Fatal(err)\n}\n}\n"
        "func main() {\nctx := context.Background()\nclient, err := letmepost.New()\n"
        f"must(err)\n{body}\n}}"
    )
    code = "\n\n".join(functions)
    spoken = [name for name in STANDARD if f"{name.rpartition('/')[2]}." in code]
    needed = ["context", "log", "net/http/httptest", *spoken]
    imports = "\n".join(f'"{name}"' for name in needed)
    return f'package main\n\nimport (\n{imports}\nletmepost "{MODULE}"\n)\n\n{code}\n'


def webhook_calls() -> str:
    """Two requests for the handler of the guide: a right one, and one with another body."""
    calls = []
    for body in (webhook_body(), webhook_body() + b" "):
        text = json.dumps(body.decode(), ensure_ascii=False)
        headers = "\n".join(
            f"request.Header.Set({json.dumps(name)}, {json.dumps(value)})"
            for name, value in webhook_headers(datetime.now(UTC)).items()
        )
        calls.append(
            f'{{\nrequest := httptest.NewRequest("POST", "/", strings.NewReader({text}))\n'
            f"{headers}\nresponse := httptest.NewRecorder()\n"
            f'receive(response, request, "{SECRET}")\nfmt.Println(response.Code)\n}}'
        )
    return "\n".join(calls)


@pytest.mark.usefixtures("built")
def test_the_first_snippet_of_the_guide_publishes(live: LiveServer, tmp_path: Path) -> None:
    program = snippets(live)["go-publish"]
    assert shown_by(tmp_path, live, program).startswith("bluesky published at://did:plc:")


@pytest.mark.usefixtures("built")
def test_snippets_of_the_guide_show_what_it_says(live: LiveServer, tmp_path: Path) -> None:
    bodies = {name: code for name, code in snippets(live).items() if name != "go-publish"}
    assert set(bodies) == set(SHOWS)
    printed = shown_by(tmp_path, live, reader_program(bodies))
    shown = dict(part.split("\n", 1) for part in printed.removeprefix("=== ").split("\n=== "))
    for name, pattern in SHOWS.items():
        assert re.search(pattern, shown[name].strip(), re.DOTALL), f"{name}: {shown[name]}"


@pytest.mark.usefixtures("built")
def test_snippets_are_formatted_as_go_formats(live: LiveServer, tmp_path: Path) -> None:
    for name, code in snippets(live).items():
        whole = name == "go-publish" or code.startswith("func ")
        inside = "".join(f"\t{line}" if line.strip() else line for line in code.splitlines(True))
        package = "" if name == "go-publish" else "package reader\n\n"
        program = f"{package}{code}" if whole else f"{package}func reader() {{\n{inside}}}\n"
        path = tmp_path / f"{name}.go"
        path.write_text(program, encoding="utf-8")
        assert run(["gofmt", "-l", str(path)], tmp_path) == "", name


@pytest.mark.usefixtures("built")
def test_the_readme_begins_with_what_works(live: LiveServer, tmp_path: Path) -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    (code,) = re.findall(r"```go\n(.*?)```", readme, re.DOTALL)
    assert shown_by(tmp_path, live, code).startswith("bluesky published at://did:plc:")


def test_the_guide_lists_every_method(live: LiveServer, built: Path) -> None:
    fields = re.findall(
        r"^\t(\w+) +\*(\w+)$", (built / "client.go").read_text("utf-8"), re.MULTILINE
    )
    code = "\n".join(path.read_text("utf-8") for path in built.glob("*.go"))
    real = {
        name: sorted(re.findall(rf"^func \(\w+ \*{kind}\) ([A-Z]\w*)\(", code, re.MULTILINE))
        for name, kind in fields
    }
    page = call(f"{live.url}/docs/sdks/go.md").text
    told = METHODS.findall(page.partition("## Every call")[2])
    assert {name: sorted(re.findall(r"`(\w+)`", methods)) for name, methods in told} == real
