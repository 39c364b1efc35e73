"""Count a text as X does: by weight, links and emoji at a fixed price (twitter-text, config v3).

Source: https://github.com/twitter/twitter-text/blob/master/config/v3.json and
https://docs.x.com/fundamentals/counting-characters.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

import regex

from letmepost.platforms.twitter.links import NEVER_VALID, Link, find_links

LINK_WEIGHT: Final = 23
EMOJI_WEIGHT: Final = 2
HEAVY_WEIGHT: Final = 2

LINK_CHARACTERS_MAX: Final = 4096

_PERSON = r"[👨👩🧑][🏻-🏿]?"
_PICTURE = r"(?:(?![©®])\p{Extended_Pictographic}\ufe0f?|[©®]\ufe0f)[🏻-🏿]?"
_LIGHT = r"[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]"
# The light characters that begin no emoji: all but digits, #, *, and the signs © and ®.
_LETTER = (
    r"[\u0000-\u0022\u0024-\u0029\u002b-\u002f\u003a-\u00a8\u00aa-\u00ad\u00af-\u10ff"
    r"\u2000-\u200d\u2010-\u201f\u2032-\u2037]"
)
_PIECE = regex.compile(
    r"(?P<emoji>"
    r"[0-9#*]\ufe0f?\u20e3"
    r"|\p{Regional_Indicator}{2}"
    # England, Scotland and Wales: a black flag and the region's letters as tag characters.
    r"|🏴\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    r"|\U000e0077\U000e006c\U000e0073)\U000e007f"
    rf"|{_PERSON}\u200d(?:❤\ufe0f?\u200d(?:💋\u200d)?|🤝\u200d){_PERSON}"
    r"|[👨👩🧑](?:\u200d[👨👩🧑])?(?:\u200d[👦👧🧒]){1,2}"
    # Two pictures joined, and an arrow for the direction in which a person moves. A longer chain
    # is no emoji of Unicode's, and X counts its parts.
    rf"|{_PICTURE}(?:\u200d{_PICTURE}(?:\u200d➡\ufe0f?)?)?"
    r")"
    # A run stops before what makes a keycap or an emoji of its last character. Most characters
    # cannot be that one, and are not asked one by one.
    rf"|(?P<light>(?:{_LETTER}++|{_LIGHT}(?![\ufe0f\u20e3]))++|{_LIGHT})"
    r"|(?P<heavy>.)",
    regex.DOTALL,
)
_INVALID = regex.compile(f"[{NEVER_VALID}]")


@dataclass(frozen=True, slots=True)
class WeighedText:
    """A text in NFC and what X makes of it.

    `overlong` are addresses that are too long for a link, `invalid_at` is the place of the first
    character that X takes in no text.
    """

    text: str
    weight: int
    links: tuple[Link, ...] = ()
    overlong: tuple[Link, ...] = ()
    invalid_at: int | None = None

    def fitting(self, limit: int) -> str:
        """The longest valid beginning within the limit; no link and no emoji is cut in two."""
        end = 0
        left = limit
        for piece in _pieces(self.text, self.links):
            weight = _weight_of(piece)
            stop = piece.end if weight <= left else piece.start
            if piece.price_each and weight > left:
                stop = piece.start + left // piece.price_each
            if self.invalid_at is not None and stop > self.invalid_at:
                return self.text[: self.invalid_at]
            end = max(end, stop)
            if weight > left:
                break
            left -= weight
        return self.text[:end]


@lru_cache(maxsize=256)
def weigh(text: str) -> WeighedText:
    """Weigh a text, in time that grows no faster than its length."""
    if text.isascii() and "." not in text:
        return WeighedText(text, len(text))
    normal = unicodedata.normalize("NFC", text)
    addresses = find_links(normal)
    links = tuple(each for each in addresses if each.characters <= LINK_CHARACTERS_MAX)
    invalid = _INVALID.search(normal)
    return WeighedText(
        text=normal,
        weight=sum(_weight_of(each) for each in _pieces(normal, links)),
        links=links,
        overlong=tuple(each for each in addresses if each.characters > LINK_CHARACTERS_MAX),
        invalid_at=invalid.start() if invalid else None,
    )


def weight(text: str) -> int:
    """What a text weighs at X."""
    return weigh(text).weight


class _Piece(NamedTuple):
    """A link or an emoji as a whole, or a run of characters of one price each."""

    start: int
    end: int
    price: int = 0
    price_each: int = 0


def _weight_of(piece: _Piece) -> int:
    return piece.price + piece.price_each * (piece.end - piece.start)


def _pieces(text: str, links: tuple[Link, ...]) -> Iterator[_Piece]:
    position = 0
    for link in links:
        yield from _pieces_between(text, position, link.start)
        yield _Piece(link.start, link.end, price=LINK_WEIGHT)
        position = link.end
    yield from _pieces_between(text, position, len(text))


def _pieces_between(text: str, start: int, end: int) -> Iterator[_Piece]:
    for piece in _PIECE.finditer(text, start, end):
        if piece.lastgroup == "emoji":
            yield _Piece(piece.start(), piece.end(), price=EMOJI_WEIGHT)
        else:
            price = 1 if piece.lastgroup == "light" else HEAVY_WEIGHT
            yield _Piece(piece.start(), piece.end(), price_each=price)
