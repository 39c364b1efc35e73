"""Where a browser goes after a visit to a consent page: only to origins that are allowed."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode, urlsplit, urlunsplit

from letmepost.platform_kit.http import origin

CHARACTERS_MAX = 2048
# Browsers read a backslash as a slash and skip control characters: what is checked here must be
# what they will open.
_NOT_IN_ADDRESS = re.compile(r"[\\\s\x00-\x20\x7f]")


def allowed_return(asked: str | None, public_url: str, origins: Iterable[str]) -> str | None:
    """The address that was asked for; None where its origin is neither ours nor allowed."""
    if asked is None or len(asked) > CHARACTERS_MAX or _NOT_IN_ADDRESS.search(asked):
        return None
    try:
        parts = urlsplit(asked)
        wanted = origin(asked)
    except ValueError:
        return None
    plain = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if plain and wanted in {origin(public_url), *origins}:
        return asked
    return None


def with_query(address: str, fields: Mapping[str, str]) -> str:
    """The same address with more fields in its query."""
    parts = urlsplit(address)
    query = "&".join(filter(None, (parts.query, urlencode(fields))))
    return urlunsplit(parts._replace(query=query))
