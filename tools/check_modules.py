"""Hold two habits of the code: no module over 400 lines, no module name that says nothing."""

import re
import sys
from pathlib import Path

LINES_MAX = 400
ROOTS = ("src", "tests", "tools")
SAYS_NOTHING = re.compile(
    r"(^|_)(helpers?|utils?|utility|utilities|managers?|base|common|misc|service)(_|$)"
)


def problems(root: Path) -> list[str]:
    """One sentence for every module under `root` that breaks a habit."""
    found = []
    for module in sorted(each for folder in ROOTS for each in (root / folder).rglob("*.py")):
        path = module.relative_to(root)
        lines = module.read_text(encoding="utf-8").count("\n")
        if lines > LINES_MAX:
            found.append(f"{path} has {lines} lines; split it, {LINES_MAX} are the most.")
        found += [
            f"{path}: `{part}` says nothing of what is inside; name the thing."
            for part in (*path.parent.parts, path.stem)
            if SAYS_NOTHING.search(part)
        ]
    return found


if __name__ == "__main__":
    sentences = problems(Path(__file__).parents[1])
    print(*sentences, sep="\n", end="\n" if sentences else "")
    sys.exit(1 if sentences else 0)
