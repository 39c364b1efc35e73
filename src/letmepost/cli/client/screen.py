"""How an answer is shown: the server's JSON as it is, or a table for people."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from letmepost.cli.client.printable import printable
from letmepost.cli.client.settings import write_whole
from letmepost.cli.client.stop import Stop, disk_words
from letmepost.cli.endings import forget_output

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Row = Mapping[str, Any]
STYLES = {
    "published": "green",
    "ok": "green",
    "active": "green",
    "delivered": "green",
    "supported": "green",
    "queued": "cyan",
    "publishing": "cyan",
    "failed": "red",
    "rejected": "red",
    "partial_failed": "red",
    "ended": "red",
    "gone": "red",
    "revoked": "red",
    "overdue": "yellow",
    "ending": "yellow",
    "sunset_soon": "yellow",
    "paused": "yellow",
    "draft": "yellow",
    "canceled": "dim",
    "deleted": "dim",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its title, and what it shows of a row.

    `whole` columns are never broken: they hold what somebody copies. `cut` ones keep to a line.
    """

    title: str
    cell: Callable[[Row], Any]
    whole: bool = False
    cut: bool = False


def field(name: str, title: str | None = None, *, whole: bool = False, cut: bool = False) -> Column:
    """A column that shows a field of the answer."""
    return Column(title or name, lambda row: row.get(name), whole, cut)


def moment(name: str, title: str) -> Column:
    """A column that shows a time of the answer in the user's own time zone."""
    return Column(title, lambda row: local_time(row.get(name)), whole=True)


def local_time(wire: str | None, *, short: bool = False) -> str:
    """A time of the API as people of this machine read it; `short` leaves this year out."""
    if not wire:
        return ""
    from datetime import datetime  # noqa: PLC0415 - loaded when it runs

    at = datetime.fromisoformat(wire).astimezone()
    if short and at.year == datetime.now(at.tzinfo).year:
        return f"{at:%d %b %H:%M}"
    return f"{at:%Y-%m-%d %H:%M}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where answers go: stdout or a file, as JSON or for people."""

    as_json: bool = False
    output: Path | None = None

    def __post_init__(self) -> None:
        """Refuse before anything is done what could not be told afterwards; raise `Stop`."""
        if self.output is None and sys.stdout is None:
            raise Stop(
                "There is nowhere to write to: the standard output is closed.",
                "Send it somewhere, such as to a file or to /dev/null, or give --output.",
            )

    def show(self, document: Any, tell: "Callable[[Console], None]") -> None:  # noqa: ANN401 - JSON
        """Show an answer; `tell` prints it for people."""
        if self.as_json:
            self.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
            return
        console = self.console()
        # The library flushes stdout even where it only captures.
        with _told_of_failure(), console.capture() as captured:
            tell(console)
        # Tables are filled up with spaces, which say nothing.
        self.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def show_table(self, document: Any, rows: Sequence[Row], *columns: Column, none: str) -> None:  # noqa: ANN401 - JSON
        """Show the rows of an answer; `none` is the sentence for an empty list."""

        def tell(console: "Console") -> None:
            console.print(table(rows, columns) if rows else none)
            if isinstance(document, Mapping) and (cursor := document.get("nextCursor")):
                console.print(f"There is more: --cursor {cursor}", soft_wrap=True)

        self.show(document, tell)

    def say(self, document: Any, sentence: str) -> None:  # noqa: ANN401 - JSON
        """Show an answer that is one sentence for people."""
        self.show(document, lambda console: console.print(printable(sentence), soft_wrap=True))

    def console(self) -> "Console":
        """A console as wide as the terminal, without colours where nobody would see them."""
        from rich.console import Console  # noqa: PLC0415 - loaded when it runs

        to_file = self.output is not None
        return Console(
            file=sys.stderr if to_file else sys.stdout,
            highlight=False,
            force_terminal=False if to_file else None,
            no_color=True if to_file or os.environ.get("NO_COLOR") else None,
            emoji=False,
            markup=False,
        )

    def write(self, text: str) -> None:
        """Write a text to where answers go; raise `Stop` where that fails."""
        if self.output is not None:
            write_whole(self.output, text)
            return
        with _told_of_failure():
            try:
                sys.stdout.write(text)
            except UnicodeEncodeError:
                encoding = sys.stdout.encoding
                sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
            sys.stdout.flush()


@contextmanager
def _told_of_failure() -> Iterator[None]:
    """Raise `Stop` where the output cannot be written."""
    try:
        yield
    except BrokenPipeError:
        forget_output()
        raise Stop(
            "Who read this output has gone; the rest of it was not written.",
            "What was asked for is done. Write to a file with --output to have all of it.",
        ) from None
    except OSError as error:
        forget_output()
        raise Stop(
            f"The output could not be written: {disk_words(error)}.",
            "What was asked for is done. Free some space, or write elsewhere with --output.",
        ) from None


def note(sentence: str) -> None:
    """Say something beside the answer, on stderr; nothing where that is closed."""
    try:
        typer.echo(printable(sentence), err=True)
    except OSError:
        # The answer still matters where nobody reads the notes.
        return


def typed_in() -> str:
    """What comes from standard input, without the end of its last line; raise `Stop`."""
    try:
        return sys.stdin.read().rstrip("\r\n") if sys.stdin else ""
    except UnicodeDecodeError:
        raise Stop("The standard input is not UTF-8.", "Send it as UTF-8.") from None


def table(rows: Sequence[Row], columns: Sequence[Column]) -> "RenderableType":
    """A table of rows. What the server sent is no markup."""
    from rich.table import Table  # noqa: PLC0415 - loaded when it runs
    from rich.text import Text  # noqa: PLC0415 - as above

    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    cells = []
    for column in columns:
        words = [_words(column.cell(row)) for row in rows]
        if not any(words):
            # It says nothing, and others need its place.
            continue
        made.add_column(
            column.title,
            no_wrap=column.whole,
            min_width=max(map(len, words)) if column.whole else None,
            overflow="fold",
        )
        if column.cut:
            lines = [" ".join(each.split()) for each in words]
            cells.append([Text(each, no_wrap=True, overflow="ellipsis") for each in lines])
        else:
            cells.append([Text(each, STYLES.get(each, "")) for each in words])
    for row_cells in zip(*cells, strict=True):
        made.add_row(*row_cells)
    return made


def details(row: Row, *columns: Column) -> "RenderableType":
    """One thing, a line for each of its fields that says something."""
    from rich.table import Table  # noqa: PLC0415 - loaded when it runs
    from rich.text import Text  # noqa: PLC0415 - as above

    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    made.add_column(style="bold", no_wrap=True)
    made.add_column(overflow="fold")
    for column in columns:
        if words := _words(column.cell(row)):
            made.add_row(column.title, Text(words, STYLES.get(words, "")))
    return made


def _words(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return printable(f"{value}")
