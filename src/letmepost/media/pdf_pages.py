"""The pages of a PDF, counted by pypdf; runs in the child process of `inspect_file` only."""

import logging
from typing import Any, BinaryIO, Final

from pypdf import PdfReader
from pypdf.errors import FileNotDecryptedError
from pypdf.generic import ArrayObject, DictionaryObject

# More than any platform allows by far; what follows is not counted.
MAX_PAGES: Final = 10_000

# It warns of every flaw that it reads over, and nobody listens here.
logging.getLogger("pypdf").addHandler(logging.NullHandler())


def pdf_pages(file: BinaryIO) -> int | None:
    """Count the pages of a PDF, up to `MAX_PAGES`; None where only a password opens it.

    The leaves of the page tree are counted, since the number that the file itself names is only a
    claim. Raises whatever pypdf raises, and `ValueError` or `EOFError`, for a damaged file.
    Source: ISO 32000-2, 7.7.3.
    """
    file.seek(0)
    try:
        # A file without a password of its reader's is opened here, as every viewer does.
        tree = PdfReader(file, strict=False).root_object["/Pages"]
        return _leaves(tree)
    except FileNotDecryptedError:
        return None


def _leaves(tree: Any) -> int:  # noqa: ANN401 - a damaged file has anything in place of its pages
    pages = 0
    waiting = [tree]
    seen: set[int] = set()
    while waiting and pages < MAX_PAGES:
        node = waiting.pop().get_object()
        if not isinstance(node, DictionaryObject):
            raise EOFError("a page is missing")  # noqa: TRY004 - the file is wrong, not our call
        if "/Kids" not in node:
            pages += 1
            continue
        kids = node["/Kids"]
        # pypdf gives the same object for the same reference.
        if id(node) in seen or not isinstance(kids, ArrayObject):
            raise ValueError("its pages contain each other")
        seen.add(id(node))
        # A long list may name one page again and again.
        waiting += kids[: MAX_PAGES - pages]
    return pages
