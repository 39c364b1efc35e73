"""A visit to a simulated consent page, made by a program in the place of a browser."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

import aiohttp


class NotSentBackError(Exception):
    """The page did not send its visitor back; the message says what it answered."""


async def visit(
    session: aiohttp.ClientSession, address: str, form: Mapping[str, object]
) -> dict[str, str]:
    """Send the owner's answer; `code` and `state`, or `error`, as the app gets them back.

    `form` is what `PlatformSimulator.account` gives. Raises `NotSentBackError`.
    """
    async with session.post(address, data=dict(form), allow_redirects=False) as response:
        back = response.headers.get("Location")
        if back is None:
            said = (await response.text())[:500]
            raise NotSentBackError(f"{urlsplit(address).path} answered {response.status}: {said}")
    return dict(parse_qsl(urlsplit(back).query))
