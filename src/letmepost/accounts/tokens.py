"""An account's credentials in use, during one attempt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from letmepost.accounts.credentials import open_credentials
from letmepost.accounts.queries import Account
from letmepost.accounts.renewal import INLINE_AHEAD
from letmepost.accounts.renewals import Renewals, Stored, hide_secrets
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.platform import Platform


@dataclass
class AccountSession:
    """The session of one account during one attempt."""

    renewals: Renewals
    account: Account
    platform: Platform
    upstream: Upstream
    credentials: Mapping[str, Any] = field(default_factory=dict)
    _envelope: str = ""

    async def open(self, stored: Stored | None = None) -> None:
        """Take the credentials, read them where they are not given, and renew a token that ends.

        Raises `platform_auth_failed` when there are none any more, and what renewing raises.
        """
        stored = stored or await self.renewals.stored(self.account)
        self._use(stored)
        if self._ends_soon(stored):
            await self.refresh()

    def _ends_soon(self, stored: Stored) -> bool:
        # What is connected by credentials logs in anew when the platform says so.
        if not self.account.renewable or self.platform.connect.kind != "oauth":
            return False
        ends_at = stored.token_expires_at
        return ends_at is not None and ends_at <= self.renewals.clock.now() + INLINE_AHEAD

    def _use(self, stored: Stored) -> None:
        keyring = self.renewals.connecting.keyring
        self._envelope = stored.envelope
        self.credentials = open_credentials(keyring, self.account.id, stored.envelope)
        hide_secrets(self.upstream, self.credentials)

    async def refresh(self) -> None:
        """Renew the credentials, or take those that another attempt has renewed meanwhile."""
        self._use(
            await self.renewals.instead_of(
                self._envelope, self.account, self.platform, self.upstream
            )
        )
