r"""How the simulated LinkedIn reads "little text": elements, backslashes, and where it stops.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
and what is reported of characters without their backslash.
"""

from typing import Final

import regex

_RESERVED: Final = frozenset(r"\|{}@[]()<>#*_~")
# Reports leave addresses unescaped, and these do no harm in them.
_HARMLESS_IN_ADDRESS: Final = frozenset("@#*_~")
_MENTION: Final = regex.compile(
    r"@\[(?P<name>(?:[^\[\]\\]|\\.)+)\]\(urn:li:(?:person|organization|organizationBrand):[\w-]+\)"
)
_TEMPLATE: Final = regex.compile(r"\{hashtag\|\\?#\|(?P<word>[\p{L}\p{N}_]+)\}")
_HASHTAG: Final = regex.compile(r"#(?P<word>[\p{L}\p{N}_]+)")
_ADDRESS: Final = regex.compile(r"https?://\S+")


class MalformedTextError(ValueError):
    """An element begins and is none."""


def shown(commentary: str) -> str:
    """What readers see of a commentary.

    A reserved character without its backslash ends the text there, silently. Raises
    `MalformedTextError` for a mention or an element that is begun and not whole.
    """
    seen = []
    position = 0
    address_ends = 0
    while position < len(commentary):
        letter = commentary[position]
        if (address := _ADDRESS.match(commentary, position)) and position >= address_ends:
            address_ends = address.end()
        if letter == "\\":
            if commentary[position + 1 : position + 2] not in _RESERVED:
                break
            seen.append(commentary[position + 1])
            position += 2
            continue
        if position < address_ends and letter in _HARMLESS_IN_ADDRESS:
            seen.append(letter)
            position += 1
            continue
        text, end = _element(commentary, position)
        if end > position:
            seen.append(text)
            position = end
            continue
        if letter in _RESERVED:
            break
        seen.append(letter)
        position += 1
    return "".join(seen)


def _element(commentary: str, position: int) -> tuple[str, int]:
    """The element that begins at a position as it is shown, and where it ends."""
    if found := _MENTION.match(commentary, position):
        return found["name"], found.end()
    if commentary.startswith("@[", position):
        raise MalformedTextError("A mention is not whole")
    if found := _TEMPLATE.match(commentary, position) or _HASHTAG.match(commentary, position):
        return f"#{found['word']}", found.end()
    if commentary.startswith("{", position):
        raise MalformedTextError("An element is not whole")
    return "", position


def as_read(commentary: str) -> str:
    r"""The commentary as reads give it back, with every hashtag as `{hashtag|\#|word}`."""
    plain = regex.compile(r"(?<![\\\w&/|])#([\p{L}\p{N}_]+)")
    written: str = plain.sub(r"{hashtag|\\#|\1}", commentary)
    return written
