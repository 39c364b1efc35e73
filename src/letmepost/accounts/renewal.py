"""When tokens are renewed and when a person is told that access ends: declared here, once."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete

from letmepost.accounts.queries import Account
from letmepost.jobs.queue import NewJob, enqueue
from letmepost.jobs.tables import jobs
from letmepost.platform_kit.platform import Platform

RENEWAL_KIND: Final = "renewal"
# Whoever needs a token that ends sooner renews it first: a call may be on its way so long.
INLINE_AHEAD: Final = timedelta(minutes=2)
# A job renews when this part of a token's life is left: 5 minutes of 2 hours, 30 hours of 30 days.
AHEAD_PART: Final = 24
# A token of minutes still serves half of its life.
AHEAD_PART_MOST: Final = 2
WARNED_DAYS: Final = (7, 1)


def renew_at(
    platform: Platform, expires_at: datetime | None, now: datetime, *, renewable: bool
) -> datetime | None:
    """When a token that was given out now is to be renewed; None where no job does it.

    What is connected by credentials can log in at any time, so nothing is renewed in advance.
    """
    if expires_at is None or not renewable or platform.connect.kind != "oauth":
        return None
    life = expires_at - now
    ahead = max(life / AHEAD_PART, INLINE_AHEAD)
    return expires_at - min(ahead, life / AHEAD_PART_MOST)


def warning_due(account: Account, now: datetime) -> int | None:
    """How many days ahead a person is to be warned now; None where it was done or is too early."""
    ends_at = account.access_ends_at
    if ends_at is None or account.revoked_at is not None:
        return None
    due = [days for days in _untold(account) if ends_at - timedelta(days=days) <= now]
    return min(due, default=None)


def _untold(account: Account) -> list[int]:
    told = account.warned_days
    return [days for days in WARNED_DAYS if told is None or days < told]


def next_look_at(account: Account) -> datetime | None:
    """When there is next something to do for an account's token."""
    if account.revoked_at is not None:
        return None
    moments = [] if account.renew_at is None else [account.renew_at]
    if (ends_at := account.access_ends_at) is not None:
        moments += [ends_at - timedelta(days=days) for days in _untold(account)[:1]]
    return min(moments, default=None)


def look_after(connection: Connection, account: Account, now: datetime) -> None:
    """Put the account's one token job to the time of the next look, in place of any other.

    The caller's transaction holds the account's row, so that two of them do not put two.
    """
    connection.execute(delete(jobs).where(jobs.c.kind == RENEWAL_KIND, jobs.c.key == account.id))
    if (at := next_look_at(account)) is not None:
        # A lane for each account: a platform's busy publishing must not hold up its renewals.
        job = NewJob(RENEWAL_KIND, account.id, f"{RENEWAL_KIND}:{account.id}", at)
        enqueue(connection, [job], now)
