"""The options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

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
