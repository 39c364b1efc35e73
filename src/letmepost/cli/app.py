"""The application: its commands, and the options that it has itself."""

from typing import Annotated

import typer

from letmepost.cli.commands import Commands

app = typer.Typer(
    name="letmepost",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _show_version(asked: bool) -> None:  # noqa: FBT001 - the library calls it so
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - loaded when it runs

        typer.echo(version("letmepost"))
        raise typer.Exit


@app.callback()
def letmepost(
    *,
    _version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
) -> None:
    """Publish to many social accounts, and learn what truly happened."""
