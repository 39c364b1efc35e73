"""What a consent gave, kept sealed until its owner has said which of it is to be connected.

A choice is a row beside the visits to consent pages: its token works once, for ten minutes.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select, update

from letmepost.accounts.consents import Consents, Visit, digest_of, owner_of
from letmepost.accounts.keep import Keeping, Kept, Owner
from letmepost.accounts.tables import consents
from letmepost.kit.crypto import SealBrokenError
from letmepost.platform_kit.connect import Connected
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.tenancy.audit import Actor

_TOKEN_RANDOM_BYTES: Final = 32
_OFFERED: Final = TypeAdapter(list[tuple[str, Connected]])
Offered = Sequence[tuple[Platform, Connected]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen from, and by whom."""

    token: str
    platform: Platform
    owner: Owner
    offered: Offered


@dataclass(frozen=True)
class Choices:
    """The choices of a server. Their tokens are kept as hashes."""

    consents: Consents

    async def offer(self, visit: Visit, offered: Offered, now: datetime) -> str:
        """Keep what a visit gave; the token by which some of it can be chosen."""
        token = secrets.token_urlsafe(_TOKEN_RANDOM_BYTES)
        written = _OFFERED.dump_python([(of.name, each) for of, each in offered], mode="json")
        row = self.consents.row(digest_of(token), visit, {"offered": written}, now)
        await self.consents.connecting.database.write(
            lambda connection: connection.execute(insert(consents).values(row))
        )
        return token

    async def find(self, token: str, now: datetime) -> Choice | None:
        """The choice of a token; None where there is none, or none any more."""
        digest = digest_of(token)
        query = select(consents).where(
            consents.c.state_sha256 == digest,
            consents.c.used_at.is_(None),
            consents.c.expires_at > now,
        )
        row: Any = await self.consents.connecting.database.read(
            lambda connection: connection.execute(query).one_or_none()
        )
        if row is None or row.platform not in platforms():
            return None
        try:
            opened = self.consents.opened(row)
        except SealBrokenError:
            # Sealed under an encryption key that is gone.
            return None
        if "offered" not in opened:
            # The state of a visit, which is no choice.
            return None
        read = _OFFERED.validate_python(opened["offered"])
        offered = [(platforms()[name], each) for name, each in read if name in platforms()]
        return Choice(token, platforms()[row.platform], owner_of(row), offered)

    async def take(
        self, choice: Choice, places: Collection[int], now: datetime, by: Actor
    ) -> list[Kept] | None:
        """Connect what was chosen, by its places, once; None where somebody was faster."""
        digest = digest_of(choice.token)

        def use(connection: Connection) -> bool:
            used = connection.execute(
                update(consents)
                .where(consents.c.state_sha256 == digest, consents.c.used_at.is_(None))
                .values(used_at=now)
            )
            return used.rowcount == 1

        if not await self.consents.connecting.database.write(use):
            return None
        connecting = self.consents.connecting
        keeping = Keeping(connecting.database, connecting.keyring, choice.owner, now, by)
        chosen = [each for place, each in enumerate(choice.offered) if place in places]
        return await keeping.keep(chosen)
