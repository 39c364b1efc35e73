"""Hold tracked files to what means the same everywhere: no registry's host, no machine's path.

A lock file with a registry's address does not install behind a mirror, and a path of one
machine is nothing to everybody else.
"""

import re
import subprocess
import sys
from pathlib import Path

# Written in pieces, so that this file does not name them either.
_HOSTS = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("registry", "npmjs", "org"),
    ("registry", "yarnpkg", "com"),
    ("deb", "debian", "org"),
    ("archive", "ubuntu", "com"),
)
_FOLDERS = ("work", "root", "tmp/h")
FORBIDDEN = {
    "a package registry's host": "|".join(re.escape(".".join(host)) for host in _HOSTS),
    "a path of one machine": rf"(?<![\w./:<>*-])/(?:{'|'.join(_FOLDERS)})(?=/|\s|[\"'`:;,)]|$)",
    "a drawing board that is not in this repository": (
        r"(?:\.\./|(?<![\w./-]))shared/(?:design|reference|conformance|realpeers|designs)\b"
    ),
}
_PATTERNS = {what: re.compile(pattern.encode()) for what, pattern in FORBIDDEN.items()}


def mentions(content: bytes) -> list[tuple[int, str, str]]:
    """Every forbidden mention: its line, what it is, and the words themselves."""
    return [
        (number, what, found.group().decode())
        for number, line in enumerate(content.splitlines(), 1)
        for what, pattern in _PATTERNS.items()
        if (found := pattern.search(line))
    ]


def tracked_files(root: Path) -> list[Path]:
    """The files that git holds, or would hold after the next `git add`."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others"]
    listed = subprocess.run([*command, "--exclude-standard"], check=True, capture_output=True)
    paths = {root / name for name in listed.stdout.decode().split("\0") if name}
    return sorted(path for path in paths if path.is_file())


if __name__ == "__main__":
    repository = Path(__file__).parents[1]
    failed = False
    for path in tracked_files(repository):
        for number, what, words in mentions(path.read_bytes()):
            print(f"{path.relative_to(repository)}:{number}: `{words}` is {what}.")
            failed = True
    sys.exit(1 if failed else 0)
