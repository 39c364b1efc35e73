"""Hold the generated files of the SDKs to the API: none may be missing or stale."""

import sys
from collections.abc import Mapping
from pathlib import Path

from generate_sdks import generated
from sdks.declarations import REPOSITORY


def problems(wanted: Mapping[Path, str]) -> list[str]:
    """One sentence for each file that is not what it has to be."""
    return [
        f"{path.relative_to(REPOSITORY) if path.is_relative_to(REPOSITORY) else path} is stale; "
        "`make sdks` writes it anew."
        for path, content in wanted.items()
        if not path.is_file() or path.read_text("utf-8") != content
    ]


if __name__ == "__main__":
    sentences = problems(generated())
    print(*sentences, sep="\n", end="\n" if sentences else "")
    sys.exit(1 if sentences else 0)
