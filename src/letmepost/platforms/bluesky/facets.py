"""Find links, mentions and hashtags in a text, at the UTF-8 byte offsets that Bluesky wants."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import regex
from publicsuffixlist import PublicSuffixList

# A mention or a bare domain begins at the start, after white space or after an opening bracket.
_BEFORE = r"(?<=^|[\s(])"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_MENTION = regex.compile(rf"{_BEFORE}@((?>{_DOMAIN}))(?![\w@.]*[\w@])")
_LINK = regex.compile(rf"{_BEFORE}(https?://\S+|{_DOMAIN}(?:[/?#]\S*)?)", regex.IGNORECASE)
_TAG = regex.compile(r"(?<=^|\s)[#\uff03]((?!\ufe0f)[^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
# A dot that ends a sentence is no part of any of them. Of the standard library: the other one lets
# go of the interpreter for each search, and another thread takes it.
_MAY_HOLD_ANY = re.compile(r"\.[^ \n]|://|[#\uff03]")
_TRAILING = regex.compile(r"[.,;:!?]$")
_PUNCTUATION = regex.compile(r"\p{P}")
_LETTER = regex.compile(r"[^\d\p{P}]")
MAX_TAG_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Found:
    """One stretch of the text. `value` is a URL, a handle or a tag without its `#`."""

    kind: Literal["link", "mention", "tag"]
    start: int
    end: int
    value: str


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def _has_known_suffix(domain: str) -> bool:
    return _suffixes().privatesuffix(domain.lower()) is not None


def _links(text: str) -> list[Found]:
    found = []
    for match in _LINK.finditer(text):
        shown = match.group(1)
        start = match.start(1)
        # One mark of punctuation ends the sentence, not the link; a bracket that the link
        # does not open belongs to the sentence too.
        shown = _TRAILING.sub("", shown)
        if shown.endswith(")") and "(" not in shown:
            shown = shown[:-1]
        if shown.lower().startswith(("http://", "https://")):
            uri = shown
            if len(shown) <= len("https://"):
                continue
        else:
            domain = regex.split(r"[/?#]", shown, maxsplit=1)[0]
            if not _has_known_suffix(domain):
                continue
            uri = f"https://{shown}"
        found.append(Found("link", start, start + len(shown), uri))
    return found


def _mentions(text: str) -> list[Found]:
    return [
        Found("mention", match.start(), match.end(1), match.group(1).lower())
        for match in _MENTION.finditer(text)
    ]


def _without_trailing_punctuation(tag: str) -> str:
    # Backwards, since a pattern would try every mark of a long row as its beginning.
    end = len(tag)
    while end and _PUNCTUATION.match(tag, end - 1):
        end -= 1
    return tag[:end]


def _tags(text: str) -> list[Found]:
    found = []
    for match in _TAG.finditer(text):
        tag = _without_trailing_punctuation(match.group(1))
        if not tag or len(tag) > MAX_TAG_CHARACTERS or not _LETTER.search(tag):
            continue
        found.append(Found("tag", match.start(), match.start(1) + len(tag), tag))
    return found


def find(text: str) -> list[Found]:
    """Find what Bluesky's own client would find, in order, none overlapping another.

    Source: the detection rules of https://docs.bsky.app/docs/advanced-guides/post-richtext.
    """
    # Most texts hold none of these, and the patterns cost more than this look.
    if not _MAY_HOLD_ANY.search(text):
        return []
    taken: list[Found] = []
    covered = bytearray(len(text))
    for each in _mentions(text) + _links(text) + _tags(text):
        if 1 not in covered[each.start : each.end]:
            covered[each.start : each.end] = b"\1" * (each.end - each.start)
            taken.append(each)
    return sorted(taken, key=lambda each: each.start)


def byte_range(text: str, start: int, end: int) -> tuple[int, int]:
    """Turn a range of characters into one of UTF-8 bytes."""
    first = len(text[:start].encode())
    return first, first + len(text[start:end].encode())
