"""How the program ends: a sentence on stderr for whatever happened, and the right exit code."""

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import typer

from letmepost.cli.client.printable import printable
from letmepost.cli.client.stop import ExitCode, HungUp, Stop, disk_words


def ended(app: Callable[..., Any], environment: Mapping[str, str]) -> int:
    """Run the command line to its end; the exit code."""
    if any(name.endswith("_COMPLETE") for name in environment):
        from typer.completion import (  # type: ignore[attr-defined]  # noqa: PLC0415 - loaded when a shell asks
            completion_init,
        )

        completion_init()
    try:
        code = _code_of(app)
    except BaseException as error:  # noqa: BLE001 - every ending has a sentence
        code = _told(error)
    return _flushed(code)


def _code_of(app: Callable[..., Any]) -> int:
    code = app(standalone_mode=False)
    if code == ExitCode.INTERRUPTED:
        _say("Stopped.")
    return code if isinstance(code, int) else ExitCode.DONE


def _told(error: BaseException) -> int:
    """Say what happened; its exit code."""
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else ExitCode.FAILED
        case Stop():
            _say(error.sentence, *error.details, good=error.code is ExitCode.DONE)
            return error.code
        case typer.TyperException():
            _show_usage(error)
            return ExitCode.FAILED
        case typer.Abort():
            return _told_unanswered(by_user=isinstance(error.__context__, KeyboardInterrupt))
        case HungUp():
            _say("Stopped: the terminal is gone.", "Run it under nohup to have it go on.")
            return ExitCode.HUNG_UP
        case _:
            return _told_setting(error)


def _told_unanswered(*, by_user: bool) -> int:
    """Say why a question got no answer: Ctrl-C, or nobody there."""
    # The question stands in the line before it.
    if by_user:
        _say("\nStopped.")
        return ExitCode.INTERRUPTED
    _say("\nStopped: there is nobody to ask.", "Give what is missing as an option.")
    return ExitCode.FAILED


def _told_setting(error: BaseException) -> int:
    """Say which settings are wrong; raise everything else, whose traceback an operator needs."""
    from letmepost.kit.settings import SettingsError  # noqa: PLC0415 - 150 ms, seldom needed

    if isinstance(error, SettingsError):
        _say(*error.sentences)
        return ExitCode.FAILED
    raise error


def _show_usage(error: typer.TyperException) -> None:
    with suppress(OSError):
        from typer.rich_utils import rich_format_error  # noqa: PLC0415 - loaded when it runs

        rich_format_error(error)  # type: ignore[arg-type]


def _say(sentence: str, *details: str, good: bool = False) -> None:
    # Where nobody reads the complaints either, nothing is left but the exit code.
    with suppress(OSError, ValueError):
        typer.secho(printable(sentence), fg=None if good else typer.colors.RED, err=True)
        for each in details:
            typer.echo(printable(each), err=True)


def _flushed(code: int) -> int:
    """Write what is still held back; the exit code after that."""
    if sys.stdout is None:
        return code
    try:
        sys.stdout.flush()
    except OSError as error:
        forget_output()
        _say(f"The output could not be written: {disk_words(error)}.")
        return code or ExitCode.FAILED
    return code


def forget_output() -> None:
    """Let what stdout still holds go nowhere, so that the interpreter does not complain of it."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
