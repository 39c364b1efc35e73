"""How Threads counts a text, and the links that it finds in one."""

from collections.abc import Iterator
from functools import cache

import regex
from publicsuffixlist import PublicSuffixList

from letmepost.content.text import clusters, utf8_bytes, utf16_units

# What makes a cluster an emoji: flags, keycaps, a request for color, skin tones, and characters
# that are shown in color by themselves. A plain digit or copyright sign is none.
_EMOJI = regex.compile(
    "[\\p{Regional_Indicator}\\p{Emoji_Presentation}\u20e3\ufe0f\U0001f3fb-\U0001f3ff]"
)
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN = rf"(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?"
_ADDRESS = regex.compile(
    rf"(?<![\w@./-])(?:(https?://)([^\s/?#]+)|({_DOMAIN})(?![\w@]))([/?#]\S*)?", regex.IGNORECASE
)
# A sentence's own marks behind an address, and marks around it, do not belong to the address.
_BEHIND = ".,;:!?'\")]}>\u2026\u2019\u201d"


def threads_length(text: str) -> int:
    """Count a text in the characters of Threads: an emoji costs its bytes in UTF-8.

    Everything else costs its UTF-16 units. Meta's page says the first and leaves the second open.
    Source: https://developers.facebook.com/docs/threads/posts
    """
    if text.isascii() or not _EMOJI.search(text):
        return utf16_units(text)
    return sum(
        utf8_bytes(cluster) if _EMOJI.search(cluster) else utf16_units(cluster)
        for cluster in clusters(text)
    )


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def addresses(text: str) -> Iterator[str]:
    """Every web address in a text, in a form in which two spellings of one address are equal.

    Without scheme, host in lower case, without a slash at the end. A bare domain counts when it
    ends in a real top-level domain, as `example.com` does and `photo.jpg` does not.
    """
    for match in _ADDRESS.finditer(text):
        scheme, host, domain, path = match.groups()
        host = (host or domain).lower()
        path = (path or "").rstrip(_BEHIND)
        if not path:
            host = host.rstrip(_BEHIND)
        if not host or (not scheme and _suffixes().privatesuffix(host) is None):
            continue
        yield host + path.rstrip("/")
