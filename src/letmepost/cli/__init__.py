"""The command line: one file per command. Commands load what they need when they run."""

import sys

import typer

from letmepost.cli.bootstrap import bootstrap
from letmepost.cli.check_account import check_account
from letmepost.cli.demo import demo
from letmepost.cli.doctor import doctor
from letmepost.cli.mcp import mcp
from letmepost.cli.migrate import migrate
from letmepost.cli.pause import pause, resume
from letmepost.cli.rotate_encryption import rotate_encryption
from letmepost.cli.rules import rules
from letmepost.cli.serve import serve
from letmepost.cli.simulate import simulate
from letmepost.cli.validate import validate
from letmepost.cli.worker import worker

app = typer.Typer(
    name="letmepost",
    help="Publish to many social accounts, and learn what truly happened.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for command in (
    demo,
    serve,
    worker,
    bootstrap,
    migrate,
    doctor,
    check_account,
    pause,
    resume,
    rotate_encryption,
    rules,
    validate,
    mcp,
    simulate,
):
    app.command()(command)


def main() -> None:
    """Run the command line; a mistake in a setting is a sentence, not a traceback."""
    from letmepost.kit.settings import SettingsError  # noqa: PLC0415 - loaded when it runs

    try:
        app()
    except SettingsError as error:
        for sentence in error.sentences:
            typer.secho(sentence, fg=typer.colors.RED, err=True)
        sys.exit(1)
