"""How many attempts this process has made, by platform and how they ended."""

from prometheus_client import Counter

_ATTEMPTS = Counter(
    "letmepost_attempts",
    "Attempts by `platform`, `purpose` (publish, reconcile, verify, delete) and `outcome`.",
    ("platform", "purpose", "outcome"),
)


def count_attempt(platform: str, purpose: str, outcome: str) -> None:
    """Count an attempt whose ending is committed."""
    _ATTEMPTS.labels(platform, purpose, outcome).inc()
