"""Where a long text is cut so that it fits: at the end of a sentence, of a word, of a character.

What fits is asked of `takes`, so every unit that a platform counts in is met alike. The search
assumes that a beginning of a text that fits, fits too; what it proposes is asked about once more.
"""

from collections.abc import Callable
from typing import Final

import regex

from letmepost.content.text import grapheme_ends

ELLIPSIS: Final = "…"
# A cut further back than this would take too much away to be called the same text.
KEPT_SHARE: Final = 0.6
MOST_PARTS: Final = 25

# Both are searched from the end of a text, since only the last one is wanted.
_SENTENCE_END = regex.compile(r"(?r)[.!?\u3002\uff01\uff1f](?=\s|$)")
_SPACE = regex.compile(r"(?r)\s+")

Takes = Callable[[str], bool]


def shortened(text: str, takes: Takes, near: int = 0) -> str | None:
    """The beginning of a text, as long as it may be, an ellipsis behind all but whole sentences.

    `near` is about how many characters fit: the better the guess, the fewer looks. None where not
    even one character fits.
    """
    kept = _longest(text, takes, near, ELLIPSIS).rstrip()
    if not kept:
        return None
    short, whole_sentence = _at_boundary(kept)
    short = short.rstrip()
    candidate = short if whole_sentence else short + ELLIPSIS
    return candidate if short and takes(candidate) else None


def parted(text: str, takes: Takes, near: int = 0) -> list[str] | None:
    """A text in parts that each fit; None where it cannot be split in a few.

    `near` is as for `shortened`.
    """
    rest = text.strip()
    parts: list[str] = []
    while rest:
        if len(parts) == MOST_PARTS:
            return None
        if takes(rest):
            return [*parts, rest]
        kept = _longest(rest, takes, near, "")
        if not kept:
            return None
        part, _ = _at_boundary(kept)
        parts.append(part.rstrip())
        rest = rest[len(part) :].strip()
    return parts


def _longest(text: str, takes: Takes, near: int, behind: str) -> str:
    """The longest beginning that fits with `behind` after it; "" where none does."""
    ends = grapheme_ends(text)
    low, high = 0, len(ends)
    guess, step = near - len(behind), 1
    # From the guess in strides that double, until the end is passed; from there by halves.
    while low < high:
        middle = guess if low < guess <= high else (low + high + 1) // 2
        if takes(text[: ends[middle - 1]].rstrip() + behind):
            low, guess = middle, middle + step
        else:
            high, guess = middle - 1, middle - step
        step *= 2
    return text[: ends[low - 1]] if low else ""


def _at_boundary(cut: str) -> tuple[str, bool]:
    """A cut text up to its last sentence or word, and whether a sentence ends there."""
    least = int(len(cut) * KEPT_SHARE)
    sentence = _SENTENCE_END.search(cut)
    if sentence and sentence.end() >= least:
        return cut[: sentence.end()], True
    space = _SPACE.search(cut)
    if space and space.start() >= least:
        return cut[: space.start()], False
    return cut, False
