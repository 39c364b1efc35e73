"""The answer about an account that was looked over."""

from datetime import datetime
from typing import Any

from letmepost.api.answers import Answer


class Finding(Answer):
    """One thing that was found; `problem` says what to do where it is bad."""

    name: str
    found: str
    problem: str | None


class AccountCheck(Answer):
    """How an account stands at its platform, and every call that was made to find out."""

    account_id: str
    platform: str
    platform_account_id: str
    display_name: str | None
    checked_at: datetime
    ok: bool
    findings: list[Finding]
    transcript: list[dict[str, Any]]
