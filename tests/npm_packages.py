"""Packages of npm that tests need: installed once from a lock file, beside it."""

import fcntl
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

INSTALL_SECONDS = 900


class UnavailableError(Exception):
    """Why something that is not ours cannot be run here."""


def tool(name: str) -> str:
    """The path of a program of this machine."""
    path = shutil.which(name)
    if path is None:
        raise UnavailableError(f"{name} is not installed")
    return path


def node_version() -> str:
    answer = subprocess.check_output([tool("node"), "--version"], text=True)
    return answer.strip()


def check_node(oldest: int) -> None:
    """Raise where node or npm is missing, or node is older than this major version."""
    version = node_version()
    major = re.match(r"v(\d+)", version)
    if major is None or int(major[1]) < oldest:
        raise UnavailableError(f"node is {version}, and {oldest} or newer is needed")
    tool("npm")


def install(folder: Path, *options: str) -> None:
    """Run npm ci unless what is installed was installed from this very lock file and node.

    Of the workers of one run, the first installs and the others wait for it.
    """
    with (folder / "package-lock.json").open("rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        _install(folder, *options)


def _install(folder: Path, *options: str) -> None:
    lock = (folder / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock + node_version().encode()).hexdigest()
    # Inside node_modules: git ignores it, and it goes when the packages go.
    installed = folder / "node_modules" / ".installed-from"
    if installed.exists() and installed.read_text() == wanted:
        return
    ended = subprocess.run(
        [tool("npm"), "ci", "--no-update-notifier", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )
    if ended.returncode != 0:
        # The first lines of npm say what is wrong; the last one names a log.
        said = [each for each in ended.stderr.splitlines() if each.startswith("npm error")]
        raise UnavailableError(f"npm ci failed: {' '.join(said[:3]) or ended.stdout[:200]}")
    installed.write_text(wanted)
