"""One page of the docs: where it is, its name, and how its Markdown is made."""

from collections.abc import Callable
from dataclasses import dataclass, field

from letmepost.docs.operations import Operation


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page. `path` follows `/docs/`; the front page has the empty path.

    `write` makes the Markdown and `describe` one line about it; neither runs before it is asked.
    `listed` pages stand in the side navigation; `filtered` ones have a box that filters a table.
    The page answers at the paths of `also_at` too. That of an `operation` has a form to try it.
    """

    path: str
    title: str
    section: str
    write: Callable[[], str]
    describe: Callable[[], str]
    listed: bool = True
    filtered: bool = False
    also_at: tuple[str, ...] = ()
    operation: Operation | None = field(default=None, compare=False)

    @property
    def parent(self) -> str | None:
        """The path of the index that a page which is not listed belongs to."""
        if self.listed:
            return None
        return f"{self.path.rpartition('/')[0]}/index"
