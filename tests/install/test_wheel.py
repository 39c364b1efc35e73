"""What a person gets who installs the wheel: proven in an empty environment and an empty folder."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
REQUIREMENTS = REPOSITORY / "requirements" / "run.txt"
INSTALL_SECONDS = 300
DEMO_SECONDS = 180
CODE_SUFFIXES = {".py", ".pyc"}
NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.egg-info")


def run(*command: str | Path, cwd: Path, seconds: float) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONPATH": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    said = f"{finished.stdout}\n{finished.stderr}"
    assert finished.returncode == 0, f"{command} ended with {finished.returncode}:\n{said}"
    return finished


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, made by the locked build backend from a copy of its files."""
    # From a copy: setuptools writes beside the sources, and takes up what an older build left.
    source = tmp_path_factory.mktemp("source")
    shutil.copytree(REPOSITORY / "src", source / "src", ignore=NOT_SOURCE)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    built = tmp_path_factory.mktemp("built")
    run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", built, source,
        cwd=source, seconds=120,
    )  # fmt: skip
    return next(built.glob("letmepost-*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that holds the wheel and its locked requirements, no more."""
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    pip = folder / "bin" / "pip"
    run(
        pip, "install", "--require-hashes", "-r", REQUIREMENTS,
        cwd=folder, seconds=INSTALL_SECONDS,
    )  # fmt: skip
    run(pip, "install", "--no-deps", "--no-index", wheel, cwd=folder, seconds=INSTALL_SECONDS)
    return folder / "bin"


def test_the_wheel_holds_every_file_that_is_no_code(wheel: Path) -> None:
    package = REPOSITORY / "src" / "letmepost"
    wanted = {
        str(path.relative_to(package.parent))
        for path in package.rglob("*")
        if path.is_file() and path.suffix not in CODE_SUFFIXES
    }
    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_locked_requirements_are_all_that_the_wheel_asks_for(programs: Path) -> None:
    run(programs / "pip", "check", cwd=programs, seconds=60)


def test_the_demo_runs_to_its_end_and_leaves_nothing_in_an_empty_folder(
    programs: Path, tmp_path: Path
) -> None:
    run(programs / "letmepost", "demo", "--once", cwd=tmp_path, seconds=DEMO_SECONDS)
    assert list(tmp_path.iterdir()) == []
