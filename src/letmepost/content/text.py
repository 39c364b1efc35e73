"""Lengths of a text in the units that platforms count, and what counts as empty."""

from functools import lru_cache

import regex

# In a row of flags \X counts back to the row's start at every flag; pairs need no counting.
_CLUSTER = regex.compile(r"\p{RI}\p{RI}(?=\p{RI})|\X")
_INVISIBLE = regex.compile(r"[\p{White_Space}\p{Cf}\p{Default_Ignorable_Code_Point}]*")


def normalize_newlines(text: str) -> str:
    """Turn CR LF and lone CR into LF, so that every unit counts a line break once."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def clusters(text: str) -> list[str]:
    """The grapheme clusters of a text, in time that grows with its length."""
    found: list[str] = _CLUSTER.findall(text)
    return found


@lru_cache(maxsize=256)
def _count_clusters(text: str) -> int:
    return len(clusters(text))


def graphemes(text: str) -> int:
    """Count what a reader sees as one character (UAX 29, extended grapheme clusters)."""
    # CR LF is the only ASCII cluster of two, so plain ASCII needs no segmentation.
    if text.isascii() and "\r\n" not in text:
        return len(text)
    return _count_clusters(text)


def first_graphemes(text: str, count: int) -> str:
    """The first `count` grapheme clusters of a text."""
    if text.isascii() and "\r\n" not in text:
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
