"""The options that many commands have."""

import re
from pathlib import Path
from typing import Annotated, Any, Final

import typer

_IDENTIFIER: Final = re.compile(r"[\w.-]+", re.ASCII)

AsJson = Annotated[bool, typer.Option("--json", help="Print the server's JSON.")]
Output = Annotated[
    Path | None, typer.Option("--output", help="Write to this file, not to the terminal.")
]
Profile = Annotated[
    str | None,
    typer.Option("--profile", help="A profile, prof_...; the one in use unless it is given."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=200, help="The most to list.")]
Cursor = Annotated[
    str | None, typer.Option("--cursor", help="Go on after a page: the cursor that it named.")
]


def identifier(words: str) -> Any:  # noqa: ANN401 - the library's
    """An argument that is an id: a part of an address, so it may hold nothing else."""

    def checked(value: str | None) -> str | None:
        if value is not None and not _IDENTIFIER.fullmatch(value):
            raise typer.BadParameter(f"{value!r} is not an id.")
        return value

    return typer.Argument(help=words, callback=checked)
