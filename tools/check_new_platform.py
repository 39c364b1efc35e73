"""Prove that what `make new-platform` writes passes the checks, in a copy that is thrown away."""

import shutil
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from new_platform import REPOSITORY, write_platform

PROGRAMS = Path(sys.executable).parent
NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.egg-info")
# Kept between runs: without it, mypy reads every dependency anew.
MYPY_CACHE = REPOSITORY / ".mypy_cache" / "new-platform"


def main() -> int:
    """Write a platform into a copy of the sources and run ruff and mypy over it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copy(REPOSITORY / "pyproject.toml", copy)
        shutil.copytree(REPOSITORY / "src", copy / "src", ignore=NOT_SOURCE)
        shared = Path("tests") / "platforms" / "cases.py"
        (copy / shared).parent.mkdir(parents=True)
        shutil.copy(REPOSITORY / shared, copy / shared)
        files = write_platform("mastodon", copy, date(2026, 11, 24))
        code = [str(each.relative_to(copy)) for each in files if each.suffix == ".py"]
        commands: tuple[tuple[str, ...], ...] = (
            ("ruff", "check", "--quiet", "--no-cache", *code),
            ("ruff", "format", "--quiet", "--check", "--no-cache", *code),
            ("mypy", "--no-error-summary", f"--cache-dir={MYPY_CACHE}", *code),
        )
        return max(
            subprocess.run([PROGRAMS / program, *words], check=False, cwd=copy).returncode
            for program, *words in commands
        )


if __name__ == "__main__":
    sys.exit(main())
