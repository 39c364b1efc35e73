"""The address of an endpoint: what it may look like, and where it may lead."""

import asyncio
import re
import socket
from typing import Final
from urllib.parse import SplitResult, urlsplit

from letmepost.kit.address_guard import AddressGuard, AddressRefusedError
from letmepost.preflight.refuse import refuse
from letmepost.preflight.webhook_rules import URL_CHARACTERS, WEBHOOK_URL, WEBHOOK_URL_DISALLOWED

# What no part of an address holds unless it is percent-encoded.
_NOT_IN_URLS: Final = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]|[^\S]")
_LOOK_UP_SECONDS: Final = 5.0


async def refuse_url(guard: AddressGuard, url: str) -> None:
    """Raise where an address cannot be posted to, or leads to what the guard does not admit.

    A name that has no address now is taken: the guard looks again at each connection.
    """
    parts = _parts(url)
    if parts is None or parts.hostname is None:
        raise refuse(WEBHOOK_URL)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_LOOK_UP_SECONDS):
            # Numbers in every spelling that a connection would understand are addresses to it too.
            found = await asyncio.get_running_loop().getaddrinfo(
                parts.hostname, port, type=socket.SOCK_STREAM
            )
    except (OSError, TimeoutError, UnicodeError):
        return
    try:
        for *_, address in found:
            guard.check(str(address[0]))
    except AddressRefusedError:
        raise refuse(WEBHOOK_URL_DISALLOWED) from None


def _parts(url: str) -> SplitResult | None:
    """The parts of an http or https address; None for anything else."""
    if len(url) > URL_CHARACTERS.value or _NOT_IN_URLS.search(url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        return None
    return None if "@" in parts.netloc else parts
