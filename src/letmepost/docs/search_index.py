"""The index that the search box of the pages reads: titles, headings and words of every page."""

import re
from collections.abc import Iterator
from typing import Any

from letmepost.docs.html import headings
from letmepost.docs.page import Page
from letmepost.docs.pages import PageSet

_WORD = re.compile(r"[^\W_][\w.'-]*[^\W_]|[^\W_]")
_WORD_CHARACTERS_MIN = 3
_ADDRESS = re.compile(r"\]\([^)]*\)")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def search_index(pages: PageSet) -> dict[str, Any]:
    """One list for each page: path, title, section, one line, headings, and words.

    Pages of rules have their sentence alone: it holds all that they are looked for by.
    """
    return {"pages": [list(_entry(pages, page)) for page in pages.pages]}


def _entry(pages: PageSet, page: Page) -> Iterator[Any]:
    yield from (page.path, page.title, page.section, page.describe())
    if not page.listed:
        yield from ([], "")
        return
    markdown = pages.markdown(page)
    yield [[each.slug, each.text] for each in headings(markdown)]
    yield "" if page.filtered else " ".join(_words(markdown))


def _words(markdown: str) -> list[str]:
    """Every word once, in lower case; addresses and programs are left out."""
    prose = _ADDRESS.sub("]", _CODE.sub("", markdown)).lower()
    found = dict.fromkeys(_WORD.findall(prose))
    return [each for each in found if len(each) >= _WORD_CHARACTERS_MIN]
