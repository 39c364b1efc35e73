"""The code as it was before the newest step of the database, taken from the history."""

import subprocess
import sys
from pathlib import Path

from letmepost import migrations
from tests.deploy.programs import REPOSITORY
from tests.environment import cannot_test
from tests.server_process import environment

STEPS = "src/letmepost/migrations/versions"


def _git(*arguments: str) -> str:
    ended = subprocess.run(
        ["git", "-C", str(REPOSITORY), *arguments],  # noqa: S607 - the developer's own
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        cannot_test("the release before the newest step", ended.stderr.strip())
    return ended.stdout.strip()


def previous_source(folder: Path) -> Path:
    """Its `src`; proven to be at an earlier step than the code that is tested."""
    step = f"{STEPS}/m{migrations.HEAD}_*"
    # A step may have come with a merge, so each commit is compared with the one before on its line.
    line = ("log", "--first-parent", "-m", "--diff-filter=A", "--format=%H")
    added = _git(*line, "--", step).splitlines()
    if not added or _git("rev-parse", "--is-shallow-repository") == "true":
        cannot_test("the release before the newest step", "the history does not reach back to it")
    archive = folder / "previous.tar"
    _git("archive", "--output", str(archive), f"{added[-1]}^", "src")
    subprocess.run(["tar", "-xf", str(archive), "-C", str(folder)], check=True)  # noqa: S607
    source = folder / "src"
    asked = "from letmepost import migrations; print(migrations.__file__, migrations.HEAD)"
    said = subprocess.run(
        [sys.executable, "-c", asked],
        env=environment({"PYTHONPATH": str(source)}),
        capture_output=True,
        text=True,
        check=True,
    )
    place, head = said.stdout.split()
    assert Path(place).is_relative_to(source)
    assert head < migrations.HEAD
    return source
