"""What the pages say of a visit that has ended, in words of our own.

The address of a page is what anybody can write, so nothing of it is shown: its parameters choose
among sentences.
"""

from collections.abc import Mapping
from typing import Final

from letmepost.content.errors import ErrorCode
from letmepost.platforms import platforms
from letmepost.preflight.connect_rules import CONSENT_DENIED, NO_ACCOUNTS, SCOPE_MISSING

_AGAIN: Final = "Nothing was connected. Please try again."
_BY_RULE: Final[Mapping[str, str]] = {
    # By the rule: each platform has a name of its own for a refusal.
    CONSENT_DENIED.id: "The access was not allowed, so nothing was connected.",
    SCOPE_MISSING.id: "Not every permission was allowed, and posting needs them all. "
    "Please try again and leave all of them allowed.",
    NO_ACCOUNTS.id: "No account was chosen. Please try again and choose at least one.",
}
_BY_ERROR: Final[Mapping[str, str]] = {
    "invalid_state_expired": "That took longer than ten minutes. Please begin again.",
    "invalid_state_reused": "This was completed already, or has ended. If no account is connected, "
    "please begin again.",
    ErrorCode.PLATFORM_UNAVAILABLE.value: "The platform does not answer right now. Please try "
    "again in a few minutes.",
    ErrorCode.PLATFORM_NOT_ENABLED.value: "This platform cannot be connected here yet.",
}


def title_of(name: str | None) -> str | None:
    """The title of a platform; None for what is none."""
    platform = platforms().get(name or "")
    return platform.title if platform else None


def success_words(query: Mapping[str, str]) -> str | None:
    """What to say of an account that was connected; None where none was."""
    title = title_of(query.get("connected"))
    if title is None:
        return None
    count = query.get("accounts", "")
    if count.isascii() and count.isdigit() and len(count) < 4 and int(count) > 1:  # noqa: PLR2004 - as many as a person has
        return f"{int(count)} {title} accounts are connected."
    return f"Your {title} account is connected."


def problem_words(query: Mapping[str, str]) -> str | None:
    """What to say of an account that was not connected; None where nothing went wrong."""
    error = query.get("connect_error")
    if error is None:
        return None
    by_rule = _BY_RULE.get(query.get("connect_rule", ""))
    return by_rule or _BY_ERROR.get(error, _AGAIN)
