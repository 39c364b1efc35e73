"""The Python of the guide and the README, run as a reader would, against a real server."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from letmepost_sdk import AsyncLetmepost, Letmepost
from tests.sdk.live_server import SECRET, LiveServer, png, webhook_body, webhook_headers
from tests.sdk.runners import RUN_SECONDS, SDK
from tests.server_process import call

SNIPPET = re.compile(r"<!-- snippet: ([\w-]+) -->\s*```python\n(.*?)```", re.DOTALL)
METHODS = re.compile(r"^\| `(\w+)` \| (.*) \|$", re.MULTILINE)

# What the guide says of each, as a pattern of what it must print.
SHOWS = {
    "python-publish": r"^bluesky published at://did:plc:",
    "python-wait": r"^published 1 attempt$",
    "python-media": r"^image/png 64 published$",
    "python-schedule": r"^canceled$",
    "python-errors": r"^bluesky\.text\.max_graphemes 400 of 300\npublished$",
    "python-lists": r"post_\w+ canceled Tomorrow we sail at ten\.\n.*account\.connected.*published",
    "python-options": r"^True$",
    "python-async": r"^published\n(post_\w+\n){6,}post_\w+$",
    "python-webhook": r"^post\.published post_\w+\n204\nno_matching_signature\n401$",
}


def run(live: LiveServer, script: str, folder: Path, more: Mapping[str, str] | None = None) -> str:
    """What a script prints that finds the server as the pages say."""
    (folder / "ferry.png").write_bytes(png())
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SDK / "python" / "src"),
            "LETMEPOST_API_KEY": live.key,
            "LETMEPOST_API_URL": live.url,
            **(more or {}),
        },
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_snippets_of_the_guide_show_what_it_says(live: LiveServer, tmp_path: Path) -> None:
    page = call(f"{live.url}/docs/sdks/python.md")
    assert page.status == 200
    found: list[tuple[str, str]] = SNIPPET.findall(page.text)
    assert {name for name, _ in found} == set(SHOWS)
    assert page.text.count("```python") == len(found)
    script = "\n".join(f"print('=== {name}')\n{code}" for name, code in found)
    headers = webhook_headers(datetime.now(UTC))
    for body in (webhook_body(), webhook_body() + b" "):
        script += f"\nprint(receive({body!r}, {headers!r}, {SECRET!r}))"
    printed = run(live, script, tmp_path)
    shown = dict(part.split("\n", 1) for part in printed.removeprefix("=== ").split("\n=== "))
    for name, pattern in SHOWS.items():
        assert re.search(pattern, shown[name].strip(), re.DOTALL), f"{name}: {shown[name]}"


def test_the_readme_begins_with_what_works(live: LiveServer, tmp_path: Path) -> None:
    readme = (SDK / "python" / "README.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert run(live, code, tmp_path).startswith("bluesky published at://did:plc:")


def test_the_guide_lists_every_method(live: LiveServer) -> None:
    page = call(f"{live.url}/docs/sdks/python.md").text
    told = {
        resource: re.findall(r"`(\w+)`", methods)
        for resource, methods in METHODS.findall(page.partition("## Every call")[2])
    }
    for client in (Letmepost(api_key="k"), AsyncLetmepost(api_key="k")):
        resources = {k: v for k, v in vars(client).items() if not k.startswith("_")}
        assert {
            name: sorted(each for each in vars(type(value)) if not each.startswith("_"))
            for name, value in resources.items()
        } == {name: sorted(methods) for name, methods in told.items()}
