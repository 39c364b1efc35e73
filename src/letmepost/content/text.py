"""Lengths of a text in the units that platforms count, and what counts as empty."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import regex

# In a row of flags \X counts back to the row's start at every flag; pairs need no counting.
_CLUSTER = regex.compile(r"\p{RI}\p{RI}(?=\p{RI})|\X")
# Letters and signs that join nothing: Latin, Greek and Cyrillic ones, dashes and quotation marks,
# kana and Chinese. A text of these alone has a cluster a code point, CR LF excepted.
_APART = regex.compile(
    r"[\x00-\x0c\x0e-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u3041-\u3096\u30a0-\u30ff"
    r"\u3400-\u9fff]*+"
)
_INVISIBLE = regex.compile(r"[\p{White_Space}\p{Cf}\p{Default_Ignorable_Code_Point}]*")


def normalize_newlines(text: str) -> str:
    """Turn CR LF and lone CR into LF, so that every unit counts a line break once."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def clusters(text: str) -> list[str]:
    """The grapheme clusters of a text, in time that grows with its length."""
    found: list[str] = _CLUSTER.findall(text)
    return found


def _stands_apart(text: str) -> bool:
    """Whether a text surely needs no segmentation: no code point of it joins another."""
    if text.isascii():
        # The only ASCII cluster of two.
        return "\r\n" not in text
    return _APART.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _count_clusters(text: str) -> int:
    return len(clusters(text))


def graphemes(text: str) -> int:
    """Count what a reader sees as one character (UAX 29, extended grapheme clusters)."""
    return len(text) if _stands_apart(text) else _count_clusters(text)


def grapheme_ends(text: str) -> Sequence[int]:
    """Where each grapheme cluster of a text ends, in code points."""
    if _stands_apart(text):
        return range(1, len(text) + 1)
    return list(accumulate(map(len, clusters(text))))


def first_graphemes(text: str, count: int) -> str:
    """The first `count` grapheme clusters of a text."""
    if _stands_apart(text):
        return text[:count]
    end = 0
    for number, cluster in enumerate(_CLUSTER.finditer(text)):
        if number == count:
            break
        end = cluster.end()
    return text[:end]


def utf8_bytes(text: str) -> int:
    """Count the bytes of a text in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def utf16_units(text: str) -> int:
    """Count UTF-16 code units: a character outside the basic plane counts two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen: white space, formats and ignorable characters only."""
    if text.isascii():
        return not text.strip()
    return _INVISIBLE.fullmatch(text) is not None


def has_lone_surrogate_or_nul(text: str) -> bool:
    """Whether a text cannot be written as UTF-8, or holds a NUL that databases refuse."""
    if text.isascii():
        return "\0" in text
    if "\0" in text:
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
