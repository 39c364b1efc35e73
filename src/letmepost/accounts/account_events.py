"""What events say of an account: that it came or went, that its token ends or has ended."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from letmepost.accounts.queries import Account
from letmepost.kit.clock import wire_time
from letmepost.webhooks.events import Event


def _event(
    account: Account, type_: str, data: Mapping[str, Any], request_id: str | None = None
) -> Event:
    return Event(
        type=type_,
        organization_id=account.organization_id,
        profile_id=account.profile_id,
        subject_id=account.id,
        sequence=0,
        data={
            "platform": account.platform,
            "accountId": account.id,
            "profileId": account.profile_id,
            "platformAccountId": account.platform_account_id,
            "displayName": account.display_name,
            **data,
        },
        request_id=request_id,
    )


def connected_event(account: Account, request_id: str | None) -> Event:
    """The account was connected, for the first time or again."""
    return _event(account, "account.connected", {}, request_id)


def disconnected_event(account: Account, request_id: str | None) -> Event:
    """Nothing more goes out on the account."""
    return _event(account, "account.disconnected", {}, request_id)


def expiring_event(account: Account, ends_at: datetime, now: datetime) -> Event:
    """A person must act before access ends."""
    expires = account.token_expires_at
    days = math.ceil((ends_at - now).total_seconds() / 86400)
    data = {
        "tokenExpiresAt": wire_time(expires) if expires else None,
        "expiresAt": wire_time(ends_at),
        "daysUntilExpiry": max(days, 0),
    }
    return _event(account, "token.expiring", data)


def revoked_event(account: Account, reason: str, now: datetime) -> Event:
    """The platform renews the token no more."""
    return _event(account, "token.revoked", {"reason": reason, "revokedAt": wire_time(now)})
