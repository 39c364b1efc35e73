"""The changelog as a page of the docs: what is released, and the fragments of what is not yet.

It is kept in the package, so that a server shows the changes that it has in it.
"""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
CHANGELOG_PAGE = REPOSITORY / "src" / "letmepost" / "docs" / "guides" / "changelog.md"
_KINDS = {
    "removal": "Gone",
    "feature": "New",
    "bugfix": "Mended",
    "doc": "Documentation",
    "misc": "Under the surface",
}
_FRAGMENT = re.compile(rf"^.+\.({'|'.join(_KINDS)})\.md$")
_HEADING = re.compile(r"^(?=#)", re.MULTILINE)
_HEAD = """\
# Changelog

What a person who runs or calls letmepost can notice, the newest first.

The API under `/v1` is only added to: new calls, fields, codes and events may come at any time, and
what is there stays as it is. `letmepost --version` prints which version you run.
"""


def changelog_page(repository: Path = REPOSITORY) -> str:
    """The page, as the template that a server fills."""
    by_kind: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for fragment in sorted((repository / "changelog.d").iterdir()):
        if (found := _FRAGMENT.match(fragment.name)) is not None:
            by_kind[found[1]].append(" ".join(fragment.read_text("utf-8").split()))
    parts = [_HEAD]
    if any(by_kind.values()):
        parts.append("## Not released yet\n")
    for kind, entries in by_kind.items():
        if entries:
            parts.append(
                "\n".join([f"### {_KINDS[kind]}\n", *(f"- {each}" for each in entries), ""])
            )
    released = repository / "CHANGELOG.md"
    if released.exists():
        # A release is a part of this page, so its headings are one step smaller.
        parts.append(_HEADING.sub("#", released.read_text("utf-8")))
    return "{% raw %}" + "\n".join(parts).rstrip() + "\n{% endraw %}\n"
