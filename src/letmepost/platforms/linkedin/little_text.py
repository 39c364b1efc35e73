"""LinkedIn's "little text": the format of a post's commentary, in which a dozen characters speak.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format.
"""

import regex

_MENTION = r"@\[[^\[\]\n]{1,200}\]\(urn:li:(?:person|organization|organizationBrand):[\w-]{1,100}\)"
_HASHTAG_ELEMENT = r"\{hashtag\|\\?#\|[\p{L}\p{N}_]{1,200}\}"
_MEANT = regex.compile(rf"{_MENTION}|{_HASHTAG_ELEMENT}")
_BACKSLASHED = str.maketrans({each: f"\\{each}" for each in r"\|{}@[]()<>#*_~"})
# Addresses are found by LinkedIn in the plain text, where the others are common and do no harm;
# these are known to cut a post.
_BACKSLASHED_IN_ADDRESS = str.maketrans({each: f"\\{each}" for each in r"\|{}[]()<>"})
_KEPT = regex.compile(
    rf"(?P<meant>{_MENTION}|{_HASHTAG_ELEMENT}|(?<![\w&/])#[\p{{L}}\p{{N}}_]+)"
    r"|(?P<address>https?://\S+)",
    regex.IGNORECASE,
)
_LOOKS_MEANT = regex.compile(
    r"@\[[^\[\]\n]{0,200}\]\([^()\n]{0,200}\)|\{[A-Za-z]{1,20}\|[^{}\n]{0,200}\}"
)


def escape(text: str) -> str:
    """The text as LinkedIn wants it, so that it shows what was written.

    Reserved characters get a backslash. Left alone are mentions `@[Name](urn:li:person:...)`,
    hashtags, hashtag elements, and what is harmless inside an address.
    """
    written = []
    position = 0
    for kept in _KEPT.finditer(text):
        written.append(text[position : kept.start()].translate(_BACKSLASHED))
        written.append(kept["meant"] or kept["address"].translate(_BACKSLASHED_IN_ADDRESS))
        position = kept.end()
    written.append(text[position:].translate(_BACKSLASHED))
    return "".join(written)


def lookalikes(text: str) -> list[str]:
    """What is written like a mention or an element and is none: it is published as it is typed."""
    return [
        found.group()
        for found in _LOOKS_MEANT.finditer(text)
        if not _MEANT.fullmatch(found.group())
    ]
