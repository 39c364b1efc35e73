"""The linters of the OpenAPI document: installed once, quiet when content, loud when not."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

import check_openapi


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setattr(check_openapi, "FOLDER", tmp_path)
    stamp = tmp_path / "node_modules" / ".installed-from"
    monkeypatch.setattr(check_openapi, "INSTALLED_FROM", stamp)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    return tmp_path


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that were run; the second linter is not content."""
    commands: list[list[str]] = []

    def run(command: list[Any], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append([str(word) for word in command])
        failed = "spectral" in str(command[0])
        return subprocess.CompletedProcess(command, int(failed), f"{command[0]} spoke", "")

    monkeypatch.setattr("subprocess.run", run)
    return commands


def test_without_npm_it_fails_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert check_openapi.main() == 1
    assert "apt-get install npm" in capsys.readouterr().out


def test_the_linters_are_installed_from_the_lock_file_once(
    folder: Path, ran: list[list[str]]
) -> None:
    check_openapi.main()
    check_openapi.main()
    assert [command[1] for command in ran if command[0].endswith("npm")] == ["ci"]
    (folder / "package-lock.json").write_text('{"lockfileVersion": 3}')
    check_openapi.main()
    assert [command[1] for command in ran if command[0].endswith("npm")] == ["ci", "ci"]


@pytest.mark.usefixtures("folder", "ran")
def test_what_a_linter_says_is_shown_and_fails_the_check(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert check_openapi.main() == 1
    shown = capsys.readouterr().out
    assert "spectral spoke" in shown
    assert "redocly" not in shown
