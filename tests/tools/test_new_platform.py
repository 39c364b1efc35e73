"""What `make new-platform` writes: it is found, and its own tests pass."""

import importlib.util
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)
PLATFORM_FILES = {
    "__init__.py",
    "connect.py",
    "errors.py",
    "guide.md",
    "icon.svg",
    "limits.py",
    "options.py",
    "publish.py",
    "rules.py",
    "settings.py",
    "simulator.py",
}


def load_tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "new_platform", REPOSITORY / "tools" / "new_platform.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = load_tool()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources, in which a platform may be written."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(REPOSITORY / "src", tmp_path / "src", ignore=ignored)
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def run(copy: Path, *words: str) -> str:
    finished = subprocess.run(
        [sys.executable, *words],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def test_a_new_platform_has_every_file_and_no_mark_of_the_template(tmp_path: Path) -> None:
    written = TOOL.write_platform("mastodon", tmp_path, TODAY)
    folder = tmp_path / "src" / "letmepost" / "platforms" / "mastodon"
    assert {each.name for each in folder.iterdir()} == PLATFORM_FILES
    for each in written:
        assert "@" not in each.name
        assert not [mark for mark in TOOL.replacements("x", TODAY) if mark in each.read_text()]


def test_a_new_platform_is_discovered_without_an_edit_elsewhere(copy: Path) -> None:
    TOOL.write_platform("mastodon", copy, TODAY)
    listed = run(
        copy, "-c", "from letmepost.platforms import platforms; print(*platforms(), sep='\\n')"
    )
    assert "mastodon" in listed.splitlines()


def test_the_tests_of_a_new_platform_pass(copy: Path) -> None:
    TOOL.write_platform("mastodon", copy, TODAY)
    said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/platforms/mastodon")
    assert "7 passed" in said


def test_a_new_platform_keeps_what_every_platform_must(copy: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPOSITORY / "tests", copy / "tests", ignore=ignored)
    TOOL.write_platform("mastodon", copy, TODAY)
    suite = "tests/platforms/test_every_platform.py"
    said = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "mastodon", suite)
    assert "13 passed" in said


@pytest.mark.parametrize("name", ["", "Mastodon", "my-platform", "a", "../etc", "x" * 21])
def test_a_name_that_cannot_be_a_folder_and_a_variable_is_refused(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(TOOL.NewPlatformError, match="lower-case"):
        TOOL.write_platform(name, tmp_path, TODAY)
    assert list(tmp_path.iterdir()) == []


def test_a_platform_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    TOOL.write_platform("mastodon", tmp_path, TODAY)
    with pytest.raises(TOOL.NewPlatformError, match="there already"):
        TOOL.write_platform("mastodon", tmp_path, TODAY)
