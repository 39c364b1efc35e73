"""Open what is needed to speak to an account's platform at once, outside of any publication."""

from dataclasses import dataclass

from letmepost.accounts.connect import Connecting
from letmepost.accounts.queries import Account
from letmepost.accounts.tokens import AccountSession, Envelopes
from letmepost.kit.clock import Clock
from letmepost.platform_kit.http import DEADLINE_SECONDS, Upstream
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms import platforms


@dataclass
class AccountTasks:
    """Makes the tasks of a process that answers requests."""

    connecting: Connecting
    clock: Clock

    def __post_init__(self) -> None:
        """Read the credentials of many accounts at once."""
        self._envelopes = Envelopes(self.connecting.database)

    async def open(
        self, account: Account, *, deadline_seconds: float = DEADLINE_SECONDS
    ) -> AccountTask:
        """Open the account's session; raise `platform_auth_failed` when there is none."""
        platform = platforms()[account.platform]
        upstream = Upstream(
            self.connecting.sessions,
            platform.name,
            self.connecting.trusted_urls[platform.name],
            deadline_seconds=deadline_seconds,
        )
        session = AccountSession(
            self.connecting, self._envelopes, self.clock, account, platform, upstream
        )
        await session.open()
        return AccountTask(
            account_id=account.id,
            account_details=account.details,
            session=session,
            settings=self.connecting.platform_settings[platform.name],
            upstream=upstream,
            now=self.clock.now(),
        )
