"""Hold the OpenAPI document to what two linters ask of one: no error, no warning."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from openapi_file import OPENAPI_FILE

FOLDER = Path(__file__).parent / "lint_openapi"
# Inside node_modules: git ignores it, and it goes when the packages go.
INSTALLED_FROM = FOLDER / "node_modules" / ".installed-from"
PROGRAMS = Path("node_modules") / ".bin"
COMMANDS = (
    (PROGRAMS / "redocly", "lint", "--config", "redocly.yaml"),
    (PROGRAMS / "spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "hint"),
)
# Linters say nothing to anybody but to who runs them.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def install(npm: str) -> None:
    """Install the linters, unless they were installed from this very lock file."""
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED_FROM.exists() and INSTALLED_FROM.read_text() == wanted:
        return
    subprocess.run([npm, "ci", "--no-update-notifier", "--loglevel=error"], cwd=FOLDER, check=True)
    INSTALLED_FROM.write_text(wanted)


def main() -> int:
    """Run both linters; each says by itself what it finds."""
    npm = shutil.which("npm")
    if npm is None:
        print("The linters of the OpenAPI document need npm; on Debian: apt-get install npm")
        return 1
    install(npm)
    document = os.path.relpath(OPENAPI_FILE, FOLDER)
    found = [
        subprocess.run(
            [*command, document],
            cwd=FOLDER,
            env={**os.environ, **QUIET},
            capture_output=True,
            text=True,
            check=False,
        )
        for command in COMMANDS
    ]
    for each in found:
        if each.returncode != 0:
            print(each.stdout, each.stderr, sep="\n")
    return max(each.returncode for each in found)


if __name__ == "__main__":
    sys.exit(main())
