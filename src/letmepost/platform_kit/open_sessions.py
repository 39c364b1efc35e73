"""The HTTP sessions of a process, opened."""

from pathlib import Path

import aiohttp

from letmepost.kit.address_guard import AddressGuard, guarded_session
from letmepost.platform_kit.http import Sessions


def open_sessions(guard: AddressGuard, record_to: Path | None = None) -> Sessions:
    """The sessions of a process; within its event loop."""
    return Sessions(
        plain=aiohttp.ClientSession(
            # Who calls bounds what runs at once. A wait for a connection would count against a
            # call's deadline, and a call that never began would pass for one that was lost.
            connector=aiohttp.TCPConnector(limit=0),
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        ),
        guarded=guarded_session(guard),
        record_to=record_to,
    )
