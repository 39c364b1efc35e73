"""Hold changelog fragments to the form that towncrier reads, and to whole sentences.

`towncrier check` compares with another branch, which a fresh clone need not have.
"""

import re
import sys
from pathlib import Path

NAME = re.compile(r"^(\d+|\+[a-z0-9-]+)\.(feature|bugfix|doc|removal|misc)\.md$")
NO_FRAGMENT = {".gitignore", "README.md"}


def problems(folder: Path) -> list[str]:
    """One sentence for every fragment that would be lost or reads badly."""
    found = []
    for fragment in sorted(folder.iterdir()):
        if fragment.name in NO_FRAGMENT:
            continue
        if not NAME.match(fragment.name):
            found.append(
                f"{fragment.name}: name it <issue>.<kind>.md or +<words>.<kind>.md, "
                "kind being feature, bugfix, doc, removal or misc."
            )
        text = fragment.read_text(encoding="utf-8").strip()
        if not text.endswith("."):
            found.append(f"{fragment.name}: write at least one whole sentence.")
    return found


if __name__ == "__main__":
    sentences = problems(Path(__file__).parents[1] / "changelog.d")
    print(*sentences, sep="\n", end="\n" if sentences else "")
    sys.exit(1 if sentences else 0)
