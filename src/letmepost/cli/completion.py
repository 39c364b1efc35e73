"""`lmp completion`: the script by which a shell completes commands and options."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from letmepost.cli.client.options import Output
from letmepost.cli.client.screen import Screen


class Shell(StrEnum):
    """The shells that can be served."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def completion(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(help="Your shell.")],
    *,
    output: Output = None,
) -> None:
    """Print a script for a shell; for bash: `eval "$(lmp completion bash)"`."""
    from typer.completion import (  # type: ignore[attr-defined]  # noqa: PLC0415 - loaded when it runs
        get_completion_script,
    )

    called = Path(context.find_root().info_name or "").name
    # `python -m letmepost` is no name that a shell could complete after.
    program = "lmp" if not called or " " in called else called
    variable = f"_{program.replace('-', '_').upper()}_COMPLETE"
    script = get_completion_script(prog_name=program, complete_var=variable, shell=shell.value)
    Screen(output=output).write(f"{script}\n")
