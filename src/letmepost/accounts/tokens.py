"""An account's credentials in use: opened, and renewed by one process at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select, update

from letmepost.accounts.connect import Connecting
from letmepost.accounts.credentials import open_credentials, seal_credentials
from letmepost.accounts.queries import Account
from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.kit.together import Together
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


class Envelopes:
    """The sealed credentials of accounts, read for all who ask at the same time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read = Together[str, str | None](self._read_all)

    async def of(self, account: Account) -> str:
        """What is stored now; raise `platform_auth_failed` when there is nothing any more."""
        envelope = await self._read(account.id)
        if envelope is None:
            raise _gone(account.platform)
        return envelope

    async def _read_all(self, ids: Sequence[str]) -> Sequence[str | None]:
        def read(connection: Connection) -> dict[str, str | None]:
            rows = connection.execute(
                select(accounts.c.id, accounts.c.credentials).where(accounts.c.id.in_(set(ids)))
            )
            return {row.id: row.credentials for row in rows}

        found = await self._database.read(read)
        return [found.get(each) for each in ids]


@dataclass
class AccountSession:
    """The session of one account during one attempt."""

    connecting: Connecting
    envelopes: Envelopes
    clock: Clock
    account: Account
    platform: Platform
    upstream: Upstream
    credentials: Mapping[str, Any] = field(default_factory=dict)
    _envelope: str = ""

    async def open(self) -> None:
        """Read the credentials; raise `platform_auth_failed` when there are none any more."""
        self._use(await self.envelopes.of(self.account))

    def _use(self, envelope: str) -> None:
        self._envelope = envelope
        self.credentials = open_credentials(self.connecting.keyring, self.account.id, envelope)
        for value in self.credentials.values():
            if isinstance(value, str) and len(value) >= SECRET_FIELDS_MIN_CHARACTERS:
                self.upstream.secrets.add(value)

    async def refresh(self) -> None:
        """Renew the credentials, or take those that another attempt has renewed meanwhile."""
        envelope = await self.envelopes.of(self.account)
        if envelope != self._envelope:
            self._use(envelope)
            return
        renewed = await self.platform.connect.refresh(
            self.credentials,
            self.account.details,
            self.connecting.platform_settings[self.platform.name],
            self.upstream,
        )
        sealed = seal_credentials(self.connecting.keyring, self.account.id, renewed.credentials)
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
            self._use(await self.envelopes.of(self.account))
