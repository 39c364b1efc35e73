"""Outside its own folder no code names a platform, so a new one needs no change anywhere else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import letmepost
from letmepost.platforms import catalogue, platforms

PACKAGE = Path(letmepost.__file__).parent
# A word of every day; as a platform's name it stands alone in a text.
WORDS = {"threads"}
NAMES = re.compile(rf"\b({'|'.join({*platforms()} - WORDS)})\b", re.IGNORECASE)
# Pages for people show examples, and an example is on some platform.
MAY_NAME = ("platforms", "docs")
# A header of the protocol that several platforms speak, which is called after one of them.
OF_A_PROTOCOL = {"facebook-api-version"}


def _docstrings(tree: ast.AST) -> set[int]:
    places = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, places) and node.body and isinstance(node.body[0], ast.Expr)
    }


def _named(module: Path) -> Iterator[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    prose = _docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            # The page that a fact is from, and the ids of rules of the original, keep their names.
            names = catalogue().keys() | OF_A_PROTOCOL
            kept = node.value.startswith(("https://", "/")) or node.value in names
            word = "" if kept else node.value
        else:
            word = getattr(node, "id", None) or getattr(node, "attr", None) or ""
        alone = isinstance(node, ast.Constant) and word in WORDS
        if alone or NAMES.search(word.replace("_", " ")):
            yield f"{module.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)} {word[:60]!r}"


def test_no_code_outside_its_folder_names_a_platform() -> None:
    modules = [
        each
        for each in sorted(PACKAGE.rglob("*.py"))
        if each.relative_to(PACKAGE).parts[0] not in MAY_NAME
    ]
    assert len(modules) > 100
    assert [named for module in modules for named in _named(module)] == []
