"""Pause an account and resume it: nothing new is sent meanwhile, and nothing is lost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select, update

from letmepost.accounts.account_audit import record_account
from letmepost.accounts.queries import Account, accounts_by_id, unknown_account
from letmepost.accounts.tables import accounts
from letmepost.jobs.queue import database_now, notify
from letmepost.jobs.tables import jobs
from letmepost.posts.ledger import JOB_KIND
from letmepost.posts.tables import publications
from letmepost.tenancy.audit import Actor, AuditAction


@dataclass(frozen=True, slots=True)
class Resumed:
    """What resuming did: how many posts were due, and until when they wait for their platform."""

    due: int
    slow_until: datetime | None


def pause(
    connection: Connection, organization_id: str | None, account_id: str, by: Actor, now: datetime
) -> None:
    """Send nothing new on an account; what is on its way ends as it ends."""
    _set(connection, organization_id, account_id, now, by, now)


def resume(
    connection: Connection, organization_id: str | None, account_id: str, by: Actor, now: datetime
) -> Resumed:
    """Send again; posts that were due meanwhile go out now, or once their platform lets them.

    Being slowed is the platform's word and not the caller's, so it stays: a platform that is called
    on nevertheless makes the wait longer.
    """
    account = _set(connection, organization_id, account_id, None, by, now)
    at = database_now(connection, now)
    due = select(publications.c.id).where(
        publications.c.account_id == account_id,
        publications.c.state == "queued",
        or_(publications.c.scheduled_at.is_(None), publications.c.scheduled_at <= at),
        # One with an error waits because its platform asked for it.
        publications.c.error_code.is_(None),
    )
    woken = connection.execute(
        update(jobs)
        .where(jobs.c.kind == JOB_KIND, jobs.c.owner.is_(None), jobs.c.key.in_(due))
        .values(due_at=at)
    )
    notify(connection, at, at)
    return Resumed(woken.rowcount, account.slowed(now))


def _set(  # noqa: PLR0913 - who changes what
    connection: Connection,
    organization_id: str | None,
    account_id: str,
    paused_at: datetime | None,
    by: Actor,
    now: datetime,
) -> Account:
    ours: Any = accounts.c.id == account_id
    if organization_id is not None:
        ours = ours & (accounts.c.organization_id == organization_id)
    changed = connection.execute(
        update(accounts)
        .where(ours, accounts.c.disconnected_at.is_(None))
        .values(paused_at=paused_at, updated_at=now)
    )
    if changed.rowcount != 1:
        raise unknown_account(account_id)
    action = AuditAction.ACCOUNT_PAUSED if paused_at else AuditAction.ACCOUNT_RESUMED
    account = accounts_by_id(connection, [account_id])[account_id]
    record_account(connection, by, action, account, now)
    return account
