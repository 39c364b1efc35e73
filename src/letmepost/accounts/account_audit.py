"""What the audit log says of accounts: which one, of which platform, and nothing of its tokens."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from letmepost.accounts.queries import Account
from letmepost.tenancy.audit import Actor, AuditAction, record


def record_account(  # noqa: PLR0913 - an entry has these parts
    connection: Connection,
    by: Actor,
    action: AuditAction,
    account: Account,
    now: datetime,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write an entry about an account in the caller's transaction."""
    record(
        connection,
        by,
        action,
        organization_id=account.organization_id,
        profile_id=account.profile_id,
        target_id=account.id,
        details={
            "platform": account.platform,
            "displayName": account.display_name,
            **(details or {}),
        },
        now=now,
    )
