"""An account's credentials in use: opened, and renewed by one process at a time."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, update

from letmepost.accounts.connect import Connecting, credentials_place
from letmepost.accounts.queries import Account
from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.platform import Platform

SECRET_FIELDS_MIN_CHARACTERS = 6


def _gone(platform: str) -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.PLATFORM_AUTH_FAILED,
        message="The account is disconnected.",
        platform=platform,
        remediation="Connect the account again, then retry the post.",
    )


@dataclass
class AccountSession:
    """The session of one account during one attempt."""

    connecting: Connecting
    clock: Clock
    account: Account
    platform: Platform
    upstream: Upstream
    credentials: Mapping[str, Any] = field(default_factory=dict)
    _envelope: str = ""

    async def open(self) -> None:
        """Read the credentials; raise `platform_auth_failed` when there are none any more."""
        envelope = await self.connecting.database.read(self._read)
        self._use(envelope)

    def _read(self, connection: Connection) -> str:
        envelope = connection.execute(
            select(accounts.c.credentials).where(accounts.c.id == self.account.id)
        ).scalar_one_or_none()
        if envelope is None:
            raise _gone(self.platform.name)
        return str(envelope)

    def _use(self, envelope: str) -> None:
        place = credentials_place(self.account.id)
        self._envelope = envelope
        self.credentials = json.loads(self.connecting.keyring.open(envelope, place))
        for value in self.credentials.values():
            if isinstance(value, str) and len(value) >= SECRET_FIELDS_MIN_CHARACTERS:
                self.upstream.secrets.add(value)

    async def refresh(self) -> None:
        """Renew the credentials, or take those that another attempt has renewed meanwhile."""
        envelope = await self.connecting.database.read(self._read)
        if envelope != self._envelope:
            self._use(envelope)
            return
        renewed = await self.platform.connect.refresh(
            self.credentials,
            self.account.details,
            self.connecting.platform_settings[self.platform.name],
            self.upstream,
        )
        sealed = self.connecting.keyring.seal(
            json.dumps(dict(renewed.credentials)).encode(), credentials_place(self.account.id)
        )
        before = self._envelope

        def keep(connection: Connection) -> bool:
            changed = connection.execute(
                update(accounts)
                # A lost race keeps the winner's credentials.
                .where(accounts.c.id == self.account.id, accounts.c.credentials == before)
                .values(
                    credentials=sealed,
                    token_expires_at=renewed.token_expires_at,
                    updated_at=self.clock.now(),
                )
            )
            return changed.rowcount == 1

        if await self.connecting.database.write(keep):
            self._use(sealed)
        else:
            self._use(await self.connecting.database.read(self._read))
