"""Write the reference of the command line, from its commands, for the page /docs/cli."""

import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from letmepost.cli.app import app
from letmepost.cli.commands import PANELS, load

PROGRAM = "lmp"
PAGE = Path(str(resources.files("letmepost.docs"))) / "templates" / "cli_reference.md"


def reference() -> str:
    """Every command with its arguments and options, as Markdown."""
    context = typer.Context(typer.main.get_command(app), info_name=PROGRAM)
    lines = []
    for panel, names in PANELS.items():
        lines += [f"### {panel}", ""]
        for name in names:
            lines += _lines(load(name), context)
    return "\n".join(lines)


def _lines(command: Any, parent: typer.Context) -> Iterator[str]:  # noqa: ANN401 - the library's
    context = typer.Context(command, info_name=command.name, parent=parent)
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            yield from _lines(each, context)
        return
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from (f"#### `{context.command_path}`", "", f"`{usage}`", "")
    yield from (" ".join((command.help or "").split()), "")
    rows = list(_rows(command, context))
    if rows:
        yield from ("| Word | Meaning |", "|---|---|", *rows, "")


def _rows(command: Any, context: typer.Context) -> Iterator[str]:  # noqa: ANN401 - the library's
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in parameter.opts:
            names, words = (" ".join(each.split()).replace("|", r"\|") for each in record)
            yield f"| `{names}` | {words} |"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} is written.\n")
