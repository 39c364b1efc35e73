"""Why a command ends early: one sentence, one remedy, one exit code."""

import signal
import traceback
from enum import IntEnum
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn


class ExitCode(IntEnum):
    """How a command ends. A signal's code is 128 and its number, as shells have it."""

    DONE = 0
    FAILED = 1
    REFUSED = 2
    HUNG_UP = 129
    INTERRUPTED = 130


class Stop(Exception):  # noqa: N818 - it ends a command, which is not always an error
    """A command ends here. `document` is the server's own answer, where it gave one."""

    def __init__(
        self,
        sentence: str,
        *details: str,
        code: ExitCode = ExitCode.FAILED,
        document: Any = None,  # noqa: ANN401 - JSON
    ) -> None:
        self.sentence = sentence
        self.details = details
        self.code = code
        self.document = document
        super().__init__(sentence)


def disk_words(error: OSError) -> str:
    """What the system says of a file that could not be written or read."""
    return f"{error.strerror or error}".rstrip(".")


def broken(error: BaseException) -> Stop:
    """A mistake in this program, told without its traceback."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return Stop(
        f"This program made a mistake: {type(error).__name__}: {error}",
        f"Please report it, with the command and this place: {Path(last.filename).name}, "
        f"line {last.lineno}.",
    )


class HungUp(BaseException):
    """The terminal is gone."""


def notice_hang_up() -> None:
    """Take the end of the terminal for an exception, unless somebody asked to ignore it."""

    def raise_it(_number: int, _frame: FrameType | None) -> NoReturn:
        raise HungUp

    # Not every system has terminals that hang up.
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is not None and signal.getsignal(hang_up) is signal.SIG_DFL:
        signal.signal(hang_up, raise_it)
