"""Where a long text is cut so that it fits: at the end of a sentence, of a word, of a character.

What fits is asked of `takes`, so every unit that a platform counts in is met alike. The search
assumes that a beginning of a text that fits, fits too; what it proposes is asked about once more.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    whole = _Rest(text, grapheme_ends(text))
    count = _longest(whole, takes, near - len(ELLIPSIS), ELLIPSIS)
    if count == 0:
        return None
    short, whole_sentence = _at_boundary(whole.beginning(count).rstrip())
    short = short.rstrip()
    candidate = short if whole_sentence else short + ELLIPSIS
    return candidate if short and takes(candidate) else None


def parted(text: str, takes: Takes, near: int = 0) -> list[str] | None:
    """A text in parts that each fit; None where it cannot be split in a few.

    `near` is as for `shortened`; after the first part, the part before is the guess.
    """
    text = text.strip()
    ends = grapheme_ends(text)
    parts: list[str] = []
    start = 0
    while start < len(text):
        rest = _Rest(text, ends, start)
        count = _longest(rest, takes, near)
        if count == 0 or len(parts) == MOST_PARTS:
            return None
        part = rest.beginning(count)
        if start + len(part) < len(text):
            part, _ = _at_boundary(part)
        parts.append(part.rstrip())
        start += len(part)
        start = len(text) - len(text[start:].lstrip())
        near = count
    return parts


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is left of a text behind `start`, and where each of its characters ends."""

    text: str
    ends: Sequence[int]
    start: int = 0

    @property
    def count(self) -> int:
        """How many characters are left."""
        return len(self.ends) - self._before

    def beginning(self, count: int) -> str:
        """The first of them, one at least."""
        return self.text[self.start : self.ends[self._before + count - 1]]

    @property
    def _before(self) -> int:
        return bisect_right(self.ends, self.start)


def _longest(rest: _Rest, takes: Takes, guess: int, behind: str = "") -> int:
    """How many characters may stay at most, with `behind` after them."""
    low, high = 0, rest.count
    step = 1
    # From the guess in strides that double, until the end is passed; from there by halves.
    while low < high:
        middle = guess if low < guess <= high else (low + high + 1) // 2
        if takes(rest.beginning(middle).rstrip() + behind):
            low, guess = middle, middle + step
        else:
            high, guess = middle - 1, middle - step
        step *= 2
    return low


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
