"""The handler of token jobs: renew ahead of the end, and warn where only a person can."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import Connection, select, update

from letmepost.accounts.account_events import expiring_event
from letmepost.accounts.queries import Account, accounts_by_id
from letmepost.accounts.renewal import look_after, warning_due
from letmepost.accounts.renewals import Renewals
from letmepost.accounts.tables import accounts
from letmepost.content.errors import LetmepostError
from letmepost.jobs.queue import Claim, database_now, finish, held, put_back
from letmepost.jobs.run import Held
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.platforms import platforms
from letmepost.webhooks.events import write_events

log = structlog.get_logger()

TRIES: Final = 3
FIRST_WAIT: Final = timedelta(seconds=30)
# After its tries a renewal is left alone so long; whoever publishes meanwhile renews by himself.
LEFT_ALONE_FOR: Final = timedelta(hours=1)


@dataclass
class TokenCare:
    """Looks after the tokens of accounts, each by its one job."""

    database: Database
    renewals: Renewals
    clock: Clock

    async def handle(self, job: Held) -> None:
        """Do for one account what is due, and plan the next look."""
        claim = job.claim
        account, now = await self.database.read(
            lambda connection: (
                accounts_by_id(connection, [claim.key]).get(claim.key),
                database_now(connection, self.clock.now()),
            )
        )
        failed = False
        if account is not None and _renewal_is_due(account, now):
            failed = not await self._renewed(account)
        await self.database.write(lambda connection: _conclude(connection, claim, now, failed))

    async def _renewed(self, account: Account) -> bool:
        platform = platforms()[account.platform]
        upstream = self.renewals.connecting.upstream(platform)
        try:
            stored = await self.renewals.stored(account)
            if stored.token_expires_at == account.token_expires_at:
                await self.renewals.instead_of(stored.envelope, account, platform, upstream)
        except LetmepostError as error:
            log.warning(
                "token.not_renewed", account=account.id, code=error.code.value, error=str(error)
            )
            return False
        return True


def _renewal_is_due(account: Account, now: datetime) -> bool:
    connected = account.disconnected_at is None
    return connected and account.renew_at is not None and account.renew_at <= now


def _conclude(connection: Connection, claim: Claim, now: datetime, failed: bool) -> None:  # noqa: FBT001 - what became of it
    # The account's row first, as everybody who plans its next look: the other way round, each
    # would wait for the other.
    locked = select(accounts.c.id).where(accounts.c.id == claim.key).with_for_update()
    connection.execute(locked)
    if not held(connection, [claim]):
        # Renewed or connected again, the account has a new job already.
        return
    account = accounts_by_id(connection, [claim.key]).get(claim.key)
    if account is None or account.disconnected_at is not None:
        finish(connection, [claim])
        return
    if failed and account.revoked_at is None:
        if claim.tries < TRIES:
            put_back(connection, [(claim, FIRST_WAIT * 2 ** (claim.tries - 1))], now)
            return
        account = replace(account, renew_at=now + LEFT_ALONE_FOR)
    if (days := warning_due(account, now)) is not None:
        account = replace(account, warned_days=days)
        ends_at = account.access_ends_at or now
        write_events(connection, [expiring_event(account, ends_at, now)], now)
    connection.execute(
        update(accounts)
        .where(accounts.c.id == account.id)
        .values(renew_at=account.renew_at, warned_days=account.warned_days)
    )
    look_after(connection, account, now)
