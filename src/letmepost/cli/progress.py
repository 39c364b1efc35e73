"""Bars that count rows and files, and refusals that are sentences, for commands that move data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

from letmepost.backup.archive import RefusedError
from letmepost.cli.client.stop import Stop


@contextmanager
def counting() -> Iterator[Callable[[str, int], Callable[[int], None]]]:
    """What makes a bar for so many of something; only a terminal shows it."""
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bars:

        def begun(what: str, total: int) -> Callable[[int], None]:
            bar = bars.add_task(what, total=total)
            return lambda count: bars.advance(bar, count)

        yield begun


@contextmanager
def said_plainly() -> Iterator[None]:
    """Tell a refusal in its sentences."""
    try:
        yield
    except RefusedError as error:
        raise Stop(error.sentence, *error.details) from None
