"""Which commands there are: the help lists them from here, and each is loaded when it is run."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from letmepost.cli.client.stop import ExitCode, Stop, broken, disk_words
from letmepost.cli.endings import forget_output

SERVER: Final = "Run a server"
TRY: Final = "Try it"
PANELS: Final[Mapping[str, Mapping[str, str]]] = {
    "Publish": {
        "post": "Publish a text with files, now or at a time.",
        "posts": "List, watch, move, cancel and retry posts.",
        "media": "Upload, list and delete files.",
        "validate": "Check a post without sending it.",
        "rules": "List every rule with its limit.",
    },
    "Access": {
        "login": "Log in at a server, with a browser or a key.",
        "logout": "Forget the stored key.",
        "whoami": "Show the server, the key and its profiles.",
        "profiles": "List, make and choose profiles.",
        "accounts": "List, connect, look after and disconnect accounts.",
        "keys": "List, make and revoke API keys.",
        "webhooks": "Make, test and replay webhooks, or listen here.",
        "audit-log": "List who changed what, when and from where.",
        "mcp": "Serve a server's API to an agent, over standard input.",
    },
    SERVER: {
        "serve": "Serve the API, the docs and an embedded worker.",
        "worker": "Publish what is due, beside other workers.",
        "bootstrap": "Make the first organization and its key.",
        "reset-password": "Make a link for a member's new password.",
        "migrate": "Bring the database up to date.",
        "backup": "Write everything but the keys to an archive.",
        "restore": "Fill an empty server from an archive.",
        "copy-database": "Move to PostgreSQL, or to another database.",
        "doctor": "Check everything that a server needs.",
        "check-account": "Look an account over, on this database.",
        "pause": "Hold an account's posts back, on this database.",
        "resume": "Send on a paused account again.",
        "export": "Write all data of an organization into an archive.",
        "erase": "Erase an organization or a profile for good.",
        "rotate-encryption": "Seal all secrets with the newest key.",
    },
    TRY: {
        "demo": "Take a tour: publish, refuse, replay.",
        "simulate": "Simulate every platform.",
    },
    "This program": {
        "versions": "Show the versions of program, server and platforms.",
        "completion": "Print the script that completes commands in a shell.",
    },
}
# A command and its opposite share a module.
_MODULES: Final = {"resume": "pause"}


def load(name: str) -> TyperCommand | TyperGroup:
    """A command, or a group of them: the module's `app`, or the function of the command's name."""
    function = name.replace("-", "_")
    module = import_module(f"letmepost.cli.{_MODULES.get(name, function)}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode="rich")
        app.command(name)(getattr(module, function))
    made = typer.main.get_command(app)
    if not isinstance(made, TyperCommand | TyperGroup):
        raise TypeError(name)
    made.name = name
    return made


class Commands(TyperGroup):
    """The commands by name. Until one is run, it is its line in the help and nothing more."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - the library's own
        super().__init__(**settings)
        self.commands = {
            name: TyperCommand(name, short_help=summary, rich_help_panel=panel)
            for panel, summaries in PANELS.items()
            for name, summary in summaries.items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:  # noqa: ANN401 - the library's
        """Load the command that is to be run."""
        name, known, rest = super().resolve_command(ctx, args)
        return name, load(name) if known and name else None, rest

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the library's
        """Run a command. What a client's command did not foresee is a sentence, no traceback."""
        try:
            return super().invoke(ctx)
        except (Stop, typer.TyperException, typer.Exit, typer.Abort, EOFError):
            raise
        except BrokenPipeError:
            # Of a page of help; what is an answer says by itself that it was cut off.
            forget_output()
            raise typer.Exit(ExitCode.FAILED) from None
        except Exception as error:
            # Who runs a server needs all of it, in its log.
            if ctx.invoked_subcommand in {**PANELS[SERVER], **PANELS[TRY]}:
                raise
            if isinstance(error, OSError) and error.filename:
                raise Stop(f"{error.filename}: {disk_words(error)}.") from error
            raise broken(error) from error
