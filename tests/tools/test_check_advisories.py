"""The audit of what a server installs: a known weakness fails, what could not be asked is said."""

import subprocess

import pytest

import check_advisories
from check_advisories import Audit, ask, judge, read_audit

FOUND = {
    "dependencies": [
        {
            "name": "flask",
            "version": "0.5",
            "vulns": [{"id": "PYSEC-2019-179", "fix_versions": ["1.0"]}],
        },
        {"name": "jinja2", "version": "3.1.6", "vulns": []},
        {"name": "ours", "skip_reason": "Dependency not found on PyPI"},
    ],
    "fixes": [],
}


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What pip-audit prints."""
    said = {"stdout": "", "stderr": ""}

    def run(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, said["stdout"], said["stderr"])

    monkeypatch.setattr("subprocess.run", run)
    return said


def test_what_was_found_is_read() -> None:
    assert read_audit(FOUND) == Audit(
        ("flask 0.5: PYSEC-2019-179, mended in 1.0",), ("Dependency not found on PyPI",)
    )


@pytest.mark.parametrize("insist", [True, False])
def test_a_known_weakness_fails_and_is_named(
    insist: bool,  # noqa: FBT001 - a case
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert judge(read_audit(FOUND), insist=insist) == 1
    assert "KNOWN WEAKNESS: flask 0.5: PYSEC-2019-179" in capsys.readouterr().out


def test_a_list_without_a_weakness_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert judge(Audit((), ()), insist=True) == 0
    assert "no weakness is known" in capsys.readouterr().out


def test_a_database_that_cannot_be_asked_is_said_and_fails_for_who_insists(
    printed: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    printed["stderr"] = "Traceback\nConnectionError: no route to host\n"
    audit = ask()
    assert (judge(audit, insist=False), judge(audit, insist=True)) == (0, 1)
    assert "NOT AUDITED" in (said := capsys.readouterr().out)
    assert "no route to host" in said


def test_an_answer_that_does_not_come_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("pip-audit", check_advisories.TIMEOUT_SECONDS)

    monkeypatch.setattr("subprocess.run", run)
    assert judge(ask(), insist=False) == 0
    assert judge(ask(), insist=True) == 1
