"""Open what is needed to speak to an account's platform at once, outside of any publication."""

from dataclasses import dataclass

from letmepost.accounts.queries import Account
from letmepost.accounts.renewals import Renewals
from letmepost.accounts.tokens import AccountSession
from letmepost.platform_kit.http import DEADLINE_SECONDS, Upstream
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms import platforms


@dataclass(frozen=True)
class AccountTasks:
    """Makes the tasks of a process that answers requests."""

    renewals: Renewals

    async def open(
        self, account: Account, *, deadline_seconds: float = DEADLINE_SECONDS
    ) -> AccountTask:
        """Open the account's session; raise `platform_auth_failed` when there is none."""
        platform = platforms()[account.platform]
        connecting = self.renewals.connecting
        upstream = Upstream(
            connecting.sessions,
            platform.name,
            connecting.trusted_urls[platform.name],
            deadline_seconds=deadline_seconds,
        )
        session = AccountSession(self.renewals, account, platform, upstream)
        await session.open()
        return AccountTask(
            account_id=account.id,
            account_details=account.details,
            session=session,
            settings=connecting.platform_settings[platform.name],
            upstream=upstream,
            now=self.renewals.clock.now(),
        )
