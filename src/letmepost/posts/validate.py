"""Check a request as publishing would, and tell everything that is known of it; send nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.posts.body import Asked
from letmepost.posts.check import Checker, Examined
from letmepost.preflight.applied import applied, lengths
from letmepost.preflight.delivery_rules import QUOTA_FORECAST
from letmepost.preflight.shared_fixes import SharedFixes
from letmepost.tenancy.keys import Caller


async def validate(checker: Checker, caller: Caller, asked: Asked, now: datetime) -> dict[str, Any]:
    """What would become of each target; `valid` when the request would go out as it is."""
    examined, attachments = await checker.examine(caller, asked, now, account_needed=False)
    attachments.discard()
    fixes = SharedFixes()
    targets = [report(each, checker, fixes) for each in examined]
    return {"valid": all(each["valid"] for each in targets), "targets": targets}


def report(examined: Examined, checker: Checker, fixes: SharedFixes) -> dict[str, Any]:
    """One target, told whole."""
    docs_url = checker.docs_url
    platform = platforms()[examined.platform] if examined.platform else None
    account = examined.account
    shown: dict[str, Any] = {
        "target": examined.number,
        "platform": examined.platform,
        "accountId": account.id if account else None,
        "valid": not examined.violations,
        "violations": [each.to_json(docs_url) for each in examined.violations],
        "warnings": [each.to_json(docs_url) for each in examined.warnings],
        "quota": [
            each.to_json(docs_url) for each in examined.warnings if each.rule is QUOTA_FORECAST
        ],
        "rules": [],
        "lengths": [],
        "request": None,
        "fixes": [],
    }
    if platform is None:
        return shown
    rules = checker.rules[platform.name]
    findings = [*examined.violations, *examined.warnings]
    shown["rules"] = applied(rules, examined.draft, findings, has_account=account is not None)
    shown["lengths"] = lengths(rules, examined.draft, platform.counters)
    shown["request"] = _request(platform, examined, account.details if account else {})
    if examined.violations:
        found = fixes.of(rules, examined.draft, examined.violations, platform.threads_field)
        shown["fixes"] = [each.to_json(examined.number) for each in found]
    return shown


def _request(
    platform: Platform, examined: Examined, details: Mapping[str, Any]
) -> list[dict[str, Any]] | None:
    """What would be sent, where this release can publish there and the post would go out."""
    if platform.publishes_by is None or examined.violations:
        return None
    return platform.publishes_by.preview(examined.draft, details)
