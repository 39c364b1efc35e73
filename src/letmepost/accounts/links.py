"""Links that let somebody without a key connect accounts: made, found, and forgotten."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from letmepost.accounts.connect import Connecting, platform_named, refuse_without_app
from letmepost.accounts.keep import Owner
from letmepost.accounts.queries import Account, accounts_by_id
from letmepost.accounts.return_address import allowed_return
from letmepost.accounts.tables import connect_links
from letmepost.content.errors import LetmepostError
from letmepost.kit.clock import wire_time
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.tenancy.audit import Actor, AuditAction, record

TOKEN_RANDOM_BYTES: Final = 32
LIVES: Final = timedelta(days=1)
LIVES_LEAST: Final = timedelta(minutes=1)
LIVES_MOST: Final = timedelta(days=30)
_RECONNECT: Final = "reconnect link"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link allows: which platforms, for whom, and where its user goes at the end."""

    owner: Owner
    platforms: Sequence[str]
    return_to: str | None
    expires_at: datetime


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class ConnectLinks:
    """The links of a server. A link's token is kept as a hash."""

    connecting: Connecting

    async def make(  # noqa: PLR0913 - a link has these parts
        self,
        owner: Owner,
        names: Sequence[str] | None,
        return_to: str | None,
        lives: timedelta,
        *,
        by: Actor,
        now: datetime,
    ) -> tuple[str, Link]:
        """A link's address, and the link; without names it allows whatever can be connected.

        Raises where a platform is named that cannot be connected.
        """
        chosen = self._connectable(owner) if names is None else self._named(owner, names)
        connecting = self.connecting
        link = Link(
            # Who follows a link sees the profile that it was made for, and no other.
            owner=Owner(
                organization_id=owner.organization_id,
                profile_id=owner.profile_id,
                pinned=True,
                sandbox=owner.sandbox,
            ),
            platforms=chosen,
            return_to=allowed_return(return_to, connecting.public_url, connecting.return_origins),
            expires_at=now + lives,
        )
        token = secrets.token_urlsafe(TOKEN_RANDOM_BYTES)
        row = {
            "token_sha256": _sha256(token),
            "organization_id": owner.organization_id,
            "profile_id": owner.profile_id,
            "sandbox": owner.sandbox,
            "platforms": list(link.platforms),
            "return_to": link.return_to,
            "created_at": now,
            "expires_at": link.expires_at,
        }

        def write(connection: Connection) -> None:
            connection.execute(insert(connect_links).values(row))
            record(
                connection,
                by,
                AuditAction.CONNECT_LINK_CREATED,
                organization_id=owner.organization_id,
                profile_id=owner.profile_id,
                details={
                    "platforms": list(link.platforms),
                    "expiresAt": wire_time(link.expires_at),
                },
                now=now,
            )

        await connecting.database.write(write)
        return self.address(token), link

    def address(self, token: str) -> str:
        """The address of a link's page."""
        return f"{self.connecting.public_url}/connect/{token}"

    def _named(self, owner: Owner, names: Sequence[str]) -> list[str]:
        for name in names:
            self._refuse(owner, platform_named(name))
        return list(dict.fromkeys(names))

    def _connectable(self, owner: Owner) -> list[str]:
        found = []
        for name, platform in platforms().items():
            try:
                self._refuse(owner, platform)
            except LetmepostError:
                continue
            found.append(name)
        return found

    def _refuse(self, owner: Owner, platform: Platform) -> None:
        """Raise `platform_not_enabled` where no account of a platform can be connected."""
        connector = platform.connect
        if connector.kind == "oauth" and not owner.sandbox:
            settings = self.connecting.platform_settings[platform.name]
            refuse_without_app(connector, platform, settings)

    def reconnecting(self, account: Account, now: datetime) -> str:
        """An address at which an account's owner can connect it again; it is signed, not kept."""
        expires = int((now + LIVES).timestamp())
        signature = self.connecting.keyring.sign(_signed(account.id, str(expires)), _RECONNECT)
        return self.address(f"{account.id}.{expires}.{signature}")

    async def find(self, token: str, now: datetime) -> Link | None:
        """The link of a token; None where it never was, or has expired."""
        if "." in token:
            return await self._find_signed(token, now)
        digest = _sha256(token)
        row = await self.connecting.database.read(
            lambda connection: connection.execute(
                select(connect_links).where(
                    connect_links.c.token_sha256 == digest, connect_links.c.expires_at > now
                )
            ).one_or_none()
        )
        if row is None:
            return None
        owner = Owner(
            organization_id=row.organization_id,
            profile_id=row.profile_id,
            pinned=True,
            sandbox=row.sandbox,
        )
        # A platform that has left the server since then is not offered.
        names = [name for name in row.platforms if name in platforms()]
        return Link(owner, names, row.return_to, row.expires_at)

    async def _find_signed(self, token: str, now: datetime) -> Link | None:
        account_id, _, rest = token.partition(".")
        expires, _, signature = rest.partition(".")
        message = _signed(account_id, expires)
        if not self.connecting.keyring.has_signed(message, _RECONNECT, signature):
            return None
        expires_at = datetime.fromtimestamp(int(expires), UTC)
        account = await self.connecting.database.read(
            lambda connection: accounts_by_id(connection, [account_id]).get(account_id)
        )
        if account is None or expires_at <= now or account.platform not in platforms():
            return None
        owner = Owner(
            organization_id=account.organization_id,
            profile_id=account.profile_id,
            pinned=True,
            sandbox=account.sandbox,
        )
        return Link(owner, [account.platform], None, expires_at)

    async def forget(self, now: datetime) -> None:
        """Delete links that have expired."""
        await self.connecting.database.write(lambda connection: _forget(connection, now))


def _forget(connection: Connection, now: datetime) -> None:
    connection.execute(delete(connect_links).where(connect_links.c.expires_at <= now))


def _signed(account_id: str, expires: str) -> bytes:
    return f"{account_id} {expires}".encode("utf-8", "surrogatepass")
