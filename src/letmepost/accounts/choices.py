"""What a consent gave, kept sealed until its owner has said which of it is to be connected.

A choice is a row beside the visits to consent pages: its token works once, for ten minutes.
"""

import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, insert, select, update

from letmepost.accounts.connect import Connecting
from letmepost.accounts.consents import Visit, sealed_place
from letmepost.accounts.keep import Keeping, Kept, Owner
from letmepost.accounts.tables import consents
from letmepost.kit.crypto import SealBrokenError
from letmepost.platform_kit.connect import Connected
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.preflight.connect_rules import CONSENT_MINUTES

LIVES: Final = timedelta(minutes=CONSENT_MINUTES.value)
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

    connecting: Connecting

    async def offer(self, visit: Visit, offered: Offered, now: datetime) -> str:
        """Keep what a visit gave; the token by which some of it can be chosen."""
        token = secrets.token_urlsafe(_TOKEN_RANDOM_BYTES)
        digest = _sha256(token)
        written = _OFFERED.dump_json([(platform.name, each) for platform, each in offered])
        sealed = json.dumps({"offered": json.loads(written)}).encode()
        row = {
            "state_sha256": digest,
            "organization_id": visit.owner.organization_id,
            "profile_id": visit.owner.profile_id,
            "pinned": visit.owner.pinned,
            "sandbox": visit.owner.sandbox,
            "platform": visit.platform,
            "redirect_uri": visit.consent.redirect_uri,
            "sealed": self.connecting.keyring.seal(sealed, sealed_place(digest)),
            "created_at": now,
            "expires_at": now + LIVES,
            "used_at": None,
        }
        await self.connecting.database.write(
            lambda connection: connection.execute(insert(consents).values(row))
        )
        return token

    async def find(self, token: str, now: datetime) -> Choice | None:
        """The choice of a token; None where there is none, or none any more."""
        digest = _sha256(token)
        query = select(consents).where(
            consents.c.state_sha256 == digest,
            consents.c.used_at.is_(None),
            consents.c.expires_at > now,
        )
        row: Any = await self.connecting.database.read(
            lambda connection: connection.execute(query).one_or_none()
        )
        if row is None or row.platform not in platforms():
            return None
        try:
            opened = json.loads(self.connecting.keyring.open(row.sealed, sealed_place(digest)))
        except SealBrokenError:
            # Sealed under an encryption key that is gone.
            return None
        if "offered" not in opened:
            # The state of a visit, which is no choice.
            return None
        owner = Owner(
            organization_id=row.organization_id,
            profile_id=row.profile_id,
            pinned=row.pinned,
            sandbox=row.sandbox,
        )
        read = _OFFERED.validate_python(opened["offered"])
        offered = [(platforms()[name], each) for name, each in read if name in platforms()]
        return Choice(token, platforms()[row.platform], owner, offered)

    async def take(
        self, choice: Choice, places: Collection[int], now: datetime, request_id: str | None
    ) -> list[Kept] | None:
        """Connect what was chosen, by its places, once; None where somebody was faster."""
        digest = _sha256(choice.token)

        def use(connection: Connection) -> bool:
            used = connection.execute(
                update(consents)
                .where(consents.c.state_sha256 == digest, consents.c.used_at.is_(None))
                .values(used_at=now)
            )
            return used.rowcount == 1

        if not await self.connecting.database.write(use):
            return None
        connecting = self.connecting
        keeping = Keeping(connecting.database, connecting.keyring, choice.owner, now, request_id)
        chosen = [each for place, each in enumerate(choice.offered) if place in places]
        return await keeping.keep(chosen)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
