"""The benchmark runs, and compares like with like. No figure is asserted: machines differ."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from letmepost.posts.body import PostBody

REPOSITORY = Path(__file__).parents[2]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "tools"), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


# One of each way to measure; the rest takes minutes, which is what `make bench` is for.
CHOSEN = ("refuse", "publish", "start", "memory", "accept")


def test_quick_run_shows_a_table_and_writes_its_figures(tmp_path: Path) -> None:
    written = tmp_path / "figures.json"
    only = [part for name in CHOSEN for part in ("--only", name)]
    ended = run("--quick", "--json", str(written), *only)
    assert ended.returncode in (0, 1), ended.stderr
    figures = {each["name"]: each for each in json.loads(written.read_text())["figures"]}
    assert set(figures) == set(CHOSEN)
    assert all(each["floor"] > 0 and each["product"] > 0 for each in figures.values())
    assert ended.returncode == (0 if all(each["met"] for each in figures.values()) else 1)
    assert "Memory at rest" in ended.stdout
    assert "ratio" in ended.stdout


def test_figure_without_such_a_name_is_refused() -> None:
    ended = run("--only", "speed")
    assert ended.returncode == 2
    assert "memory" in ended.stderr


def shape(schema: dict[str, Any]) -> dict[str, Any]:
    """Every model of a schema with the names and limits of its fields.

    The floor knows no platform, so it takes any name and any options.
    """
    models = {**schema.get("$defs", {}), "PostBody": schema}
    return {
        name: {
            field: json.dumps({**declared, "description": None}, sort_keys=True)
            for field, declared in models[name]["properties"].items()
            if field not in ("options", "platform")
        }
        for name in ("PostBody", "TargetBody", "MediaBody", "FirstCommentBody")
    }


def test_floor_takes_the_same_body() -> None:
    program = "import json; from bench.floor_body import PostBody as B; "
    program += "print(json.dumps(B.model_json_schema()))"
    printed = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "tools")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shape(json.loads(printed.stdout)) == shape(PostBody.model_json_schema())
