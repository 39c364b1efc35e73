"""Programs that register themselves to be allowed by people; anybody may register one.

Every client is a public one (RFC 6749, section 2.1): a secret that anybody can be given proves
nothing, so PKCE and the redirect address are what a client is held to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import SplitResult, urlsplit

from sqlalchemy import Connection, delete, insert, select

from letmepost.kit.ids import new_id
from letmepost.tenancy.tables import oauth_clients, oauth_grants

REDIRECT_URIS_MAX: Final = 10
REDIRECT_URI_CHARACTERS_MAX: Final = 2048
NAME_CHARACTERS_MAX: Final = 120
UNUSED_FOR: Final = timedelta(days=30)
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# What a browser runs or shows instead of handing it to a program.
_NO_PROGRAM: Final = frozenset(
    {"about", "blob", "data", "file", "filesystem", "ftp", "javascript", "mailto", "vbscript"}
)
# RFC 3986's characters, without those that would end a source in a content security policy.
_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#$%&()*+\-./0-9:=?@A-Z\[\]_a-z~]+")
_NOT_SHOWN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Client:
    """A registered program: what it calls itself, and where browsers may be sent back to."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    created_at: datetime

    def redirects_to(self, address: str) -> bool:
        """Whether the client registered this address; on loopback with any port (RFC 8252)."""
        if address in self.redirect_uris:
            return True
        # Read leniently, an address that is none could look like one that was registered.
        place = None if redirect_problem(address) else _portless(address)
        return place is not None and place in map(_portless, self.redirect_uris)


def _portless(address: str) -> SplitResult | None:
    """A loopback address without its port; None for any other."""
    parts = urlsplit(address)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        return None
    return parts._replace(netloc=parts.hostname)


def redirect_problem(address: str) -> str | None:
    """Why a browser cannot be sent to an address with a code; None where it can."""
    if len(address) > REDIRECT_URI_CHARACTERS_MAX or not _ADDRESS.fullmatch(address):
        return "is not an address"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not an address"
    web = parts.scheme in ("http", "https")
    problems = (
        ("#" in address, "has a fragment"),
        (parts.scheme in _NO_PROGRAM, "leads to no program"),
        (parts.username is not None, "holds a name or a password"),
        (web and not host, "has no host"),
        (
            parts.scheme == "http" and host not in LOOPBACK,
            "must be https, unless it is on the machine of the browser",
        ),
    )
    return next((words for found, words in problems if found), None)


def shown_name(name: str | None, redirect_uris: Sequence[str]) -> str:
    """What to call a client: its own word as one plain line, else where it sends browsers."""
    plain = " ".join(_NOT_SHOWN.sub(" ", name or "").split())[:NAME_CHARACTERS_MAX].strip()
    if plain:
        return plain
    parts = urlsplit(redirect_uris[0])
    return (parts.hostname or parts.scheme)[:NAME_CHARACTERS_MAX]


def register(
    connection: Connection, name: str | None, redirect_uris: Sequence[str], now: datetime
) -> Client:
    """Remember a client whose redirect addresses have no problem."""
    client = Client(
        new_id("client"), shown_name(name, redirect_uris), tuple(dict.fromkeys(redirect_uris)), now
    )
    connection.execute(
        insert(oauth_clients).values(
            id=client.id,
            name=client.name,
            redirect_uris=list(client.redirect_uris),
            created_at=now,
        )
    )
    return client


def find_client(connection: Connection, client_id: str) -> Client | None:
    """A client by its id."""
    row = connection.execute(
        select(oauth_clients).where(oauth_clients.c.id == client_id)
    ).one_or_none()
    return Client(row.id, row.name, tuple(row.redirect_uris), row.created_at) if row else None


def forget_clients(connection: Connection, now: datetime) -> None:
    """Delete clients that nobody allows anything, some time after they came."""
    connection.execute(
        delete(oauth_clients).where(
            oauth_clients.c.created_at <= now - UNUSED_FOR,
            oauth_clients.c.id.not_in(select(oauth_grants.c.client_id)),
        )
    )
