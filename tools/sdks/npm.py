"""The npm packages of the TypeScript SDK, installed from its lock file when they are needed."""

import hashlib
import subprocess
from pathlib import Path

from sdks.declarations import REPOSITORY, program

FOLDER = REPOSITORY / "sdk" / "typescript"
INSTALL_SECONDS = 900


def install() -> Path:
    """Install what the lock file names, unless that is there; the folder of its programs."""
    node = subprocess.check_output([program("node", package="nodejs"), "--version"])
    wanted = hashlib.sha256((FOLDER / "package-lock.json").read_bytes() + node).hexdigest()
    packages = FOLDER / "node_modules"
    # Inside node_modules: git ignores it, and it goes when the packages go.
    installed = packages / ".installed-from"
    if not installed.exists() or installed.read_text() != wanted:
        subprocess.run(
            [program("npm", package="npm"), "ci", "--no-update-notifier", "--silent"],
            cwd=FOLDER,
            check=True,
            timeout=INSTALL_SECONDS,
        )
        installed.write_text(wanted)
    return packages / ".bin"
