"""`tools/install.sh`, with interpreters that only pretend."""

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# Answers what install.sh asks of an interpreter, and counts the calls of pip.
PRETENDER = """\
#!/bin/sh
case "$*" in
    *version_info\\ \\<*) exit {too_old} ;;
    *ensurepip*) exit {without_venv} ;;
    *version_info*) echo {version} ;;
    "-m venv"*)
        mkdir -p .venv/bin
        cp "$0" .venv/bin/python
        ;;
    "-m pip"*)
        echo "$*" >> pip-calls
        [ -f pip-fails ] && exit 1
        touch .venv/bin/letmepost
        chmod +x .venv/bin/letmepost
        ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copytree(REPOSITORY / "requirements", tmp_path / "requirements")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    (tmp_path / "tools").mkdir()
    shutil.copy(REPOSITORY / "tools" / "install.sh", tmp_path / "tools")
    return tmp_path


def pretender(
    checkout: Path, *, version: str = "3.12", too_old: bool = False, without_venv: bool = False
) -> str:
    path = checkout / f"python{version}"
    path.write_text(
        PRETENDER.format(version=version, too_old=int(too_old), without_venv=int(without_venv))
    )
    path.chmod(0o755)
    return str(path)


def install(checkout: Path, python: str, level: str = "test") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "tools/install.sh", level],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin", "PYTHON": python},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def pip_calls(checkout: Path) -> list[str]:
    calls = checkout / "pip-calls"
    return calls.read_text().splitlines() if calls.exists() else []


def test_a_second_run_has_nothing_to_do(checkout: Path) -> None:
    python = pretender(checkout)
    assert install(checkout, python).returncode == 0
    before = pip_calls(checkout)
    assert "--require-hashes" in before[0]
    again = install(checkout, python)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert pip_calls(checkout) == before


@pytest.mark.parametrize("changed", ["requirements/test.txt", "pyproject.toml"])
def test_a_changed_lock_or_project_is_installed_again(checkout: Path, changed: str) -> None:
    python = pretender(checkout)
    install(checkout, python)
    before = len(pip_calls(checkout))
    with (checkout / changed).open("a") as file:
        file.write("# changed\n")
    assert install(checkout, python).returncode == 0
    assert len(pip_calls(checkout)) == 2 * before


def test_a_run_that_broke_is_repeated(checkout: Path) -> None:
    python = pretender(checkout)
    (checkout / "pip-fails").touch()
    broken = install(checkout, python)
    assert broken.returncode == 1
    assert "could not be installed" in broken.stderr
    (checkout / "pip-fails").unlink()
    assert install(checkout, python).returncode == 0
    assert (checkout / ".venv" / "installed-test").exists()


def test_a_checkout_that_moved_gets_a_new_environment(checkout: Path) -> None:
    install(checkout, pretender(checkout))
    moved = checkout.with_name(f"{checkout.name}-moved")
    checkout.rename(moved)
    again = install(moved, pretender(moved))
    assert again.returncode == 0
    assert "Making .venv" in again.stderr


def test_what_the_checks_need_serves_the_tests_too(checkout: Path) -> None:
    python = pretender(checkout)
    install(checkout, python, "check")
    before = pip_calls(checkout)
    install(checkout, python, "test")
    assert pip_calls(checkout) == before


def test_a_missing_venv_module_is_named_with_the_package_that_brings_it(checkout: Path) -> None:
    refused = install(checkout, pretender(checkout, without_venv=True))
    assert refused.returncode == 1
    assert "apt-get install python3.12-venv" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_an_old_python_is_named_with_what_to_install(checkout: Path) -> None:
    refused = install(checkout, pretender(checkout, version="3.9", too_old=True))
    assert refused.returncode == 1
    assert "only Python 3.9 is here" in refused.stderr
    assert "apt-get install python3 python3-venv" in refused.stderr


def test_no_python_at_all_is_said_in_one_sentence(checkout: Path) -> None:
    refused = install(checkout, "no-such-python")
    assert refused.returncode == 1
    assert "Python 3.11 or newer is needed and no-such-python is not here" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
