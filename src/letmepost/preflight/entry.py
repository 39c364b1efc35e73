"""A rule as the catalogue shows it to people and programs."""

from typing import Any

from letmepost.preflight.rule import Rule


def entry(rule: Rule, docs_url: str) -> dict[str, Any]:
    """One entry of `GET /v1/rules` and of `letmepost rules`."""
    limit = rule.limit.value if rule.limit else None
    return {
        "id": rule.id,
        "platform": rule.platform,
        "phase": rule.phase,
        "field": rule.field,
        "severity": rule.severity,
        "code": rule.code.value,
        "limit": sorted(limit) if isinstance(limit, frozenset) else limit,
        "unit": rule.limit.unit if rule.limit else None,
        "message": rule.message,
        "remediation": rule.remediation,
        "why": rule.why,
        "sources": [{"url": url, "checked": checked.isoformat()} for url, checked in rule.cited],
        "ruleUrl": f"{docs_url}/preflight/{rule.page}",
        "status": rule.status,
        "successor": rule.successor,
    }
