"""Which commands there are; each is loaded when it is run, or when the help lists them."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from letmepost.cli.client.stop import Stop, broken, disk_words

SERVER_PANELS: Final = ("Run a server", "Try it")
PANELS: Final[Mapping[str, tuple[str, ...]]] = {
    "Publish": ("post", "posts", "media", "validate", "rules"),
    "Access": ("login", "logout", "whoami", "profiles", "accounts", "keys", "webhooks"),
    "Run a server": (
        "serve",
        "worker",
        "bootstrap",
        "migrate",
        "doctor",
        "check-account",
        "pause",
        "resume",
        "rotate-encryption",
    ),
    "Try it": ("demo", "simulate"),
    "This program": ("versions", "completion"),
}
_PANEL_OF: Final = {name: panel for panel, names in PANELS.items() for name in names}
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
    made.rich_help_panel = _PANEL_OF[name]
    return made


class Commands(TyperGroup):
    """The commands by name, each loaded at its first use."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - the library's own
        super().__init__(**settings)
        # Names alone, from which the library also guesses what a mistyped one was to be.
        self.commands = dict.fromkeys(_PANEL_OF)  # type: ignore[assignment]
        self._loaded: dict[str, TyperCommand | TyperGroup] = {}

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ANN401, ARG002 - the library's
        """Load a command; None for a name that nobody has."""
        if cmd_name not in self.commands:
            return None
        if cmd_name not in self._loaded:
            self._loaded[cmd_name] = load(cmd_name)
        return self._loaded[cmd_name]

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the library's
        """Run a command. What a client's command did not foresee is a sentence, no traceback."""
        try:
            return super().invoke(ctx)
        except (Stop, typer.TyperException, typer.Exit, typer.Abort, EOFError):
            raise
        except Exception as error:
            # Who runs a server needs all of it, in its log.
            if _PANEL_OF.get(ctx.invoked_subcommand) in SERVER_PANELS:
                raise
            if isinstance(error, OSError) and error.filename:
                raise Stop(f"{error.filename}: {disk_words(error)}.") from error
            raise broken(error) from error
