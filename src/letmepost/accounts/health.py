"""How an account's access stands: what was granted, how long it lasts, and who can prolong it."""

from datetime import datetime, timedelta
from typing import Any

from letmepost.accounts.connect import missing_scopes
from letmepost.accounts.queries import Account
from letmepost.accounts.renewal import WARNED_DAYS
from letmepost.kit.clock import wire_time
from letmepost.platform_kit.platform import Platform


def health(account: Account, platform: Platform, now: datetime) -> dict[str, Any]:
    """As the API shows it."""
    connector = platform.connect
    return {
        "accountId": account.id,
        "platform": account.platform,
        "status": _status(account, now),
        "scopes": account.scopes,
        "missingScopes": missing_scopes(connector, account.scopes)
        if connector.kind == "oauth"
        else [],
        "tokenExpiresAt": _shown(account.token_expires_at),
        "canRefresh": account.renewable and account.revoked_at is None,
        "refreshableUntil": _shown(account.renewable_until),
        "lastRefreshAt": _shown(account.refreshed_at),
        "nextRefreshAt": _shown(account.renew_at),
        "accessEndsAt": _shown(account.access_ends_at),
        "revokedAt": _shown(account.revoked_at),
    }


def _status(account: Account, now: datetime) -> str:
    ends_at = account.access_ends_at
    if ends_at is not None and ends_at <= now:
        return "ended"
    # A job renews ahead of the end: past it, the job has failed or no worker runs.
    token_ends_at = account.token_expires_at
    if account.renew_at is not None and token_ends_at is not None and token_ends_at <= now:
        return "overdue"
    warned_from = now + timedelta(days=max(WARNED_DAYS))
    return "ending" if ends_at is not None and ends_at <= warned_from else "ok"


def _shown(at: datetime | None) -> str | None:
    return wire_time(at) if at else None
