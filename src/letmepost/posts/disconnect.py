"""Disconnect an account: its queued posts are canceled, its tokens wiped, its history kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from letmepost.accounts.account_audit import record_account
from letmepost.accounts.account_events import disconnected_event
from letmepost.accounts.queries import Account, usable_account
from letmepost.accounts.revoking import Leaving, leaving
from letmepost.accounts.tables import accounts
from letmepost.jobs.tables import jobs
from letmepost.kit.row_dicts import row_dicts
from letmepost.posts.ledger import JOB_KIND, lane_of
from letmepost.posts.post_events import terminal_event
from letmepost.posts.tables import publications
from letmepost.tenancy.audit import Actor, AuditAction
from letmepost.tenancy.keys import Caller
from letmepost.webhooks.events import write_events


@dataclass(frozen=True, slots=True)
class Disconnected:
    """How many posts were canceled with an account, and what is to be revoked at its platform."""

    canceled_posts: int
    left: Leaving


def disconnect(
    connection: Connection, caller: Caller, account_id: str, by: Actor, now: datetime
) -> Disconnected:
    """Disconnect in one transaction; what is done at the platform comes after it."""
    connection.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())
    account = usable_account(connection, caller, account_id)
    [left] = leaving(connection, accounts.c.id == account_id)
    return Disconnected(disconnect_account(connection, account, by, now), left)


def disconnect_account(connection: Connection, account: Account, by: Actor, now: datetime) -> int:
    """Disconnect an account whose row the transaction holds; how many posts were canceled."""
    account_id = account.id
    # A worker locks its job before its publication; the other way round, each would wait for the
    # other.
    connection.execute(
        select(jobs.c.id)
        .where(jobs.c.kind == JOB_KIND, jobs.c.lane == lane_of(account.platform, account_id))
        .order_by(jobs.c.id)
        .with_for_update()
    ).all()
    connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(credentials=None, token_expires_at=None, disconnected_at=now, updated_at=now)
    )
    canceled = connection.execute(
        update(publications)
        .where(publications.c.account_id == account_id, publications.c.state == "queued")
        .values(state="canceled", event_count=publications.c.event_count + 1, updated_at=now)
        .returning(*publications.c)
    )
    rows = row_dicts(canceled)
    if rows:
        ids = [row["id"] for row in rows]
        connection.execute(delete(jobs).where(jobs.c.kind == JOB_KIND, jobs.c.key.in_(ids)))
    record_account(
        connection, by, AuditAction.ACCOUNT_DISCONNECTED, account, now, {"canceledPosts": len(rows)}
    )
    happened = [terminal_event(row, by.request_id, now) for row in rows]
    happened.append(disconnected_event(account, by.request_id))
    write_events(connection, happened, now)
    return len(rows)
