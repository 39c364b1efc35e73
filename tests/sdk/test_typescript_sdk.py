"""The TypeScript SDK: its own tests, what its package gives to whom, and its pages as a reader."""

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sdk.live_server import SECRET, LiveServer, png, webhook_body, webhook_headers
from tests.sdk.runners import BUILD_SECONDS, RUN_SECONDS, RUNNERS, SDK, build
from tests.server_process import call

FOLDER = SDK / "typescript"
SNIPPET = re.compile(r"<!-- snippet: ([\w-]+) -->\s*```typescript\n(.*?)```", re.DOTALL)
METHODS = re.compile(r"^\| `(\w+)` \| (.*) \|$", re.MULTILINE)
COMPILER_OPTIONS = {
    "module": "NodeNext",
    "target": "ES2022",
    "lib": ["ES2022"],
    "types": ["node"],
    "strict": True,
    "exactOptionalPropertyTypes": True,
}
# What the guide says of each, as a pattern of what it must print.
SHOWS = {
    "typescript-publish": r"^bluesky published at://did:plc:",
    "typescript-wait": r"^published 1 attempt$",
    "typescript-media": r"^image/png 64 published$",
    "typescript-schedule": r"^canceled$",
    "typescript-errors": r"^bluesky\.text\.max_graphemes 400 of 300\npublished$",
    "typescript-lists": r"post_\w+ canceled Tomorrow we sail at ten\.\n(post_.*\n)+1 true$",
    "typescript-options": r"^true$",
    "typescript-webhook": r"^post\.published post_\w+\n204\nno_matching_signature\n401$",
}


def run(
    command: list[str], folder: Path, more: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run one of the tools of Node to its end, which must be a good one."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(more or {})},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout}\n{ended.stderr}"
    return ended


@pytest.fixture(scope="module")
def built() -> Path:
    """The SDK's folder, with everything built."""
    build(RUNNERS["typescript"])
    return FOLDER


@pytest.fixture(scope="module")
def packed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it would be published."""
    folder = tmp_path_factory.mktemp("packed")
    run(["npm", "pack", "--ignore-scripts", "--pack-destination", str(folder)], built)
    (made,) = folder.glob("*.tgz")
    return made


@pytest.fixture(scope="module")
def package(packed: Path) -> Path:
    """The package, unpacked."""
    with tarfile.open(packed) as archive:
        archive.extractall(packed.parent, filter="data")
    return packed.parent / "package"


@pytest.fixture
def project(package: Path, tmp_path: Path) -> Path:
    """A project that has installed the package."""
    modules = tmp_path / "node_modules"
    shutil.copytree(package, modules / "@letmepost" / "sdk")
    for name in ("@types", "undici-types"):
        (modules / name).symlink_to(FOLDER / "node_modules" / name)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    options = {"compilerOptions": COMPILER_OPTIONS}
    (tmp_path / "tsconfig.json").write_text(json.dumps(options), encoding="utf-8")
    return tmp_path


def compile_project(folder: Path) -> None:
    run([str(FOLDER / "node_modules" / ".bin" / "tsc"), "-p", "."], folder)


def test_its_own_tests_pass(built: Path) -> None:
    tests = sorted(str(path) for path in (built / "build").glob("*.test.js"))
    assert tests
    run(["node", "--test", *tests], built)


def test_it_works_where_webcrypto_is_no_global_as_in_node_18(built: Path) -> None:
    tests = [f"build/{name}.test.js" for name in ("verify", "retry", "upload")]
    run(["node", "--no-experimental-global-webcrypto", "--test", *tests], built)


def test_the_package_is_right_for_every_way_to_resolve_its_types(packed: Path) -> None:
    run(["npx", "--no-install", "attw", str(packed)], FOLDER)


def test_the_package_holds_what_was_built_and_nothing_else(package: Path) -> None:
    held = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    outside = {each for each in held if not each.startswith("dist/")}
    assert outside == {"package.json", "README.md", "LICENSE"}
    described = json.loads((package / "package.json").read_text("utf-8"))
    assert "dependencies" not in described
    assert "peerDependencies" not in described
    assert (package / "LICENSE").read_bytes() == (SDK.parent / "LICENSE").read_bytes()


def test_the_lock_file_has_hashes_and_no_addresses() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))
    installed = {name: each for name, each in lock["packages"].items() if name}
    assert installed
    for name, each in installed.items():
        assert each["integrity"].startswith("sha512-"), name
        assert "resolved" not in each, name


def test_nothing_but_the_entries_for_node_needs_node(package: Path) -> None:
    for kind in ("esm", "cjs"):
        for path in (package / "dist" / kind).rglob("*.js"):
            needs_node = re.search(r"""(?:from|require\()\s*["']node:""", path.read_text("utf-8"))
            assert bool(needs_node) == (path.name in ("index.node.js", "node.js")), path


@pytest.mark.usefixtures("built")
def test_it_speaks_of_nothing_but_what_browsers_and_workers_have(tmp_path: Path) -> None:
    without_node = {
        "extends": str(FOLDER / "tsconfig.json"),
        "compilerOptions": {"types": [], "noEmit": True, "rootDir": str(FOLDER)},
        "include": [],
        "files": [str(FOLDER / "src" / "index.ts")],
    }
    (tmp_path / "tsconfig.json").write_text(json.dumps(without_node), encoding="utf-8")
    compile_project(tmp_path)


def test_it_is_imported_and_required_with_types_by_a_strict_compiler(project: Path) -> None:
    used = "const made: string = new Letmepost({ apiKey: 'key' }).constructor.name;\n"
    printed = used + "console.log(made, typeof openFile);\n"
    (project / "imports.mts").write_text(
        'import { Letmepost } from "@letmepost/sdk";\n'
        'import { openFile } from "@letmepost/sdk/node";\n' + printed,
        encoding="utf-8",
    )
    (project / "requires.cts").write_text(
        'import sdk = require("@letmepost/sdk");\n'
        'import { openFile } from "@letmepost/sdk/node";\n'
        "const { Letmepost } = sdk;\n" + printed,
        encoding="utf-8",
    )
    compile_project(project)
    for name in ("imports.mjs", "requires.cjs"):
        assert run(["node", name], project).stdout == "Letmepost function\n", name


WRONG = (
    'posts.create({ targets: [{ platform: "bluesky" }], txet: "Hello" })',
    'posts.create({ targets: [{ platform: "bluesky" }], text: 5 })',
    "posts.get(5)",
    'posts.list({ statuses: ["queued"] })',
    'posts.get("post_1").then((post) => post.state)',
    'call("get", "/v1/nothing")',
)


def test_a_call_that_is_wrong_does_not_compile(project: Path) -> None:
    lines = ['import { Letmepost } from "@letmepost/sdk";', "const letmepost = new Letmepost();"]
    for each in WRONG:
        lines += ["// @ts-expect-error", f"letmepost.{each};"]
    (project / "wrong.ts").write_text("\n".join(lines), encoding="utf-8")
    compile_project(project)


def shown_by(project: Path, live: LiveServer, script: str) -> str:
    """What a script prints that finds the server as the pages say."""
    (project / "ferry.png").write_bytes(png())
    (project / "script.ts").write_text(script, encoding="utf-8")
    compile_project(project)
    ended = subprocess.run(
        ["node", "script.js"],  # noqa: S607 - as a reader's
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "LETMEPOST_API_KEY": live.key,
            "LETMEPOST_API_URL": live.url,
        },
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_snippets_of_the_guide_show_what_it_says(live: LiveServer, project: Path) -> None:
    page = call(f"{live.url}/docs/sdks/typescript.md")
    assert page.status == 200
    found: list[tuple[str, str]] = SNIPPET.findall(page.text)
    assert {name for name, _ in found} == set(SHOWS)
    assert page.text.count("```typescript") == len(found)
    script = "\n".join(f"console.log('=== {name}');\n{code}" for name, code in found)
    headers = json.dumps(webhook_headers(datetime.now(UTC)))
    for body in (webhook_body(), webhook_body() + b" "):
        made = f"{{ method: 'POST', headers: {headers}, body: {json.dumps(body.decode())} }}"
        request = f'new Request("http://consumer.test/", {made})'
        script += f'\nconsole.log((await receive({request}, "{SECRET}")).status);'
    printed = shown_by(project, live, script)
    shown = dict(part.split("\n", 1) for part in printed.removeprefix("=== ").split("\n=== "))
    for name, pattern in SHOWS.items():
        assert re.search(pattern, shown[name].strip(), re.DOTALL), f"{name}: {shown[name]}"


def test_the_readme_begins_with_what_works(live: LiveServer, project: Path) -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    (code,) = re.findall(r"```typescript\n(.*?)```", readme, re.DOTALL)
    assert shown_by(project, live, code).startswith("bluesky published at://did:plc:")


def test_the_guide_lists_every_method(live: LiveServer, built: Path) -> None:
    script = """
        import { Letmepost } from "@letmepost/sdk";
        const methods = (each) => Object.getOwnPropertyNames(Object.getPrototypeOf(each));
        const client = Object.entries(new Letmepost({ apiKey: "key" }));
        console.log(JSON.stringify(client.map(([name, each]) => [name, methods(each)])));
    """
    ended = run(["node", "--input-type=module", "--eval", script], built)
    real = {
        name: sorted({*methods} - {"constructor"}) for name, methods in json.loads(ended.stdout)
    }
    page = call(f"{live.url}/docs/sdks/typescript.md").text
    told = METHODS.findall(page.partition("## Every call")[2])
    assert {name: sorted(re.findall(r"`(\w+)`", methods)) for name, methods in told} == real
