"""Begin a platform: write its folder and its tests from `tools/platform_template`.

What is written works against its own simulator, of a platform that does not exist: every limit,
path and answer in it is there to be replaced by what the platform documents.
"""

import re
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
TEMPLATE = Path(__file__).parent / "platform_template"
NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
RUFF = Path(sys.executable).parent / "ruff"


class NewPlatformError(Exception):
    """The platform cannot be written; the message says why."""


def replacements(name: str, today: date) -> dict[str, str]:
    """What each mark in a template stands for."""
    return {
        "@name@": name,
        "@NAME@": name.upper(),
        "@Title@": name.capitalize(),
        # A name that is reserved for examples, so a forgotten one reaches nobody.
        "@host@": f"{name}.example",
        "@year@": str(today.year),
        "@month@": str(today.month),
        "@day@": str(today.day),
    }


def write_platform(name: str, repository: Path, today: date) -> list[Path]:
    """Write the folder and the tests of a platform; answer with the files written."""
    if not NAME.fullmatch(name):
        raise NewPlatformError(
            "Give a name of 2 to 20 lower-case letters and digits: make new-platform NAME=mastodon"
        )
    marks = replacements(name, today)
    folders = {
        "platform": repository / "src" / "letmepost" / "platforms" / name,
        "tests": repository / "tests" / "platforms" / name,
    }
    for folder in folders.values():
        if folder.exists():
            raise NewPlatformError(f"{folder} is there already; nothing was written.")
    written = []
    for part, folder in folders.items():
        folder.mkdir(parents=True)
        for template in sorted((TEMPLATE / part).iterdir()):
            target = folder / _fill(template.name.removesuffix(".txt"), marks)
            target.write_text(_fill(template.read_text(encoding="utf-8"), marks), encoding="utf-8")
            written.append(target)
    return written


def _fill(text: str, marks: dict[str, str]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text


def _tidy(files: list[Path]) -> None:
    # Where a line breaks depends on the length of the name.
    code = [str(each) for each in files if each.suffix == ".py"]
    if shutil.which(RUFF):
        subprocess.run([RUFF, "check", "--quiet", "--fix", *code], check=False, cwd=REPOSITORY)
        subprocess.run([RUFF, "format", "--quiet", *code], check=False, cwd=REPOSITORY)


if __name__ == "__main__":
    try:
        files = write_platform(
            sys.argv[1] if len(sys.argv) > 1 else "", REPOSITORY, datetime.now(UTC).date()
        )
    except NewPlatformError as error:
        sys.exit(str(error))
    _tidy(files)
    print(*(each.relative_to(REPOSITORY) for each in files), sep="\n")
    print("Now replace what is invented: limits.py first, then the simulator, then the rest.")
