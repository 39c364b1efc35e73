"""The load and the soak run, and judge what they find. No figure is asserted: machines differ."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TOOLS = str(REPOSITORY / "tools")


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", program, *arguments],
        env={**os.environ, "PYTHONPATH": TOOLS, "COLUMNS": "150"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def judged(code: str) -> str:
    """What a program that uses the tools prints."""
    program = "from load.driving import *\nfrom load.stages import *\nfrom load.soak import *\n"
    ended = subprocess.run(
        [sys.executable, "-c", program + code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((TOOLS, str(REPOSITORY)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def test_quick_run_shows_rates_and_writes_a_report_with_plots(tmp_path: Path) -> None:
    ended = run("load", "--quick", "--database", "sqlite", "--output", str(tmp_path))
    assert ended.returncode in (0, 1), ended.stderr
    assert "the floor sustains" in ended.stdout
    page = (tmp_path / "performance.md").read_text()
    for kind in ("publish", "schedule", "validate", "read a post", "upload", "webhook deliveries"):
        assert f"| {kind} |" in page
    assert "no request hangs" in page
    assert "404" not in ended.stdout, "the mix asks for what is not there"
    plots = sorted(each.name for each in tmp_path.glob("*.svg"))
    assert plots == [f"performance-{each}.svg" for each in ("answered", "latency", "memory")]
    assert all("<svg" in (tmp_path / each).read_text() for each in plots)


def test_soak_judges_memory_and_plots_it(tmp_path: Path) -> None:
    arguments = ("--seconds", "6", "--rate", "10", "--database", "sqlite")
    ended = run("load.soak", *arguments, "--output", str(tmp_path))
    assert ended.returncode in (0, 1), ended.stderr
    assert "MB an hour" in ended.stdout
    assert "<svg" in (tmp_path / "soak.svg").read_text()


@pytest.mark.parametrize(
    ("memory", "flat"),
    [
        # What is loaded at the beginning is no leak, and a wave is none.
        ("[(t, min(100, 50 + 10 * t)) for t in range(60)]", True),
        ("[(t, 100 + t % 3) for t in range(60)]", True),
        ("[(t, 100 + t / 4) for t in range(60)]", False),
    ],
)
def test_memory_that_rises_to_the_end_is_not_flat(memory: str, flat: bool) -> None:  # noqa: FBT001 - an expectation
    assert judged(f"print(growth({memory}).is_flat)") == str(flat)


def test_recovery_is_the_time_until_the_last_late_or_refused_answer() -> None:
    code = """
def answer(due, ms, status): return Answer(0, due, ms, status, status == 503)
late = [answer(10.0, 5, 200), answer(11.0, 5, 503), answer(12.5, 2000, 200), answer(14.0, 5, 200)]
print(recovered_after(Driven(1, 5, late)), recovered_after(Driven(1, 5, late[3:])))
"""
    assert judged(code) == "2.5 0.0"


def test_a_refusal_without_retry_after_is_an_error() -> None:
    code = "print([Answer(0, 0, 1, *each).is_refusal for each in "
    code += "((503, True), (503, False), (429, True), (500, True), (0, False))])"
    assert judged(code) == "[True, False, True, False, False]"


def test_several_processes_accept_and_deliver_together() -> None:
    ended = run("load.scale", "--quick")
    assert ended.returncode == 0, ended.stderr
    assert [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("│")] == [
        "1",
        "2",
        "4",
    ]
