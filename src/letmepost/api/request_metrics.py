"""How many requests there were, and how long they took, by route."""

from functools import lru_cache

from prometheus_client import Counter, Histogram

# Up to the two minutes for which a caller may wait for what a platform says.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_REQUESTS = Counter(
    "letmepost_http_requests",
    "Requests by `method`, `route` and class of `status`, such as 2xx. Addresses that mean "
    "nothing here are the route `unknown`.",
    ("method", "route", "status"),
)
_DURATIONS = Histogram(
    "letmepost_http_request_duration_seconds",
    "How long answers took by `method` and `route`, with what a caller waited for a platform.",
    ("method", "route"),
    buckets=_SECONDS,
)
RATE_LIMIT_REFUSALS = Counter(
    "letmepost_rate_limit_refusals",
    "Requests over the rate limit, by `whose` limit it was: that of a key, or of an address.",
    ("whose",),
)
UNKNOWN_ROUTE = "unknown"


@lru_cache(maxsize=4096)
def _series(method: str, route: str, status_class: int) -> tuple[Counter, Histogram]:
    """The series of a kind of request: looking them up costs more than counting."""
    named = method if method in _METHODS else "other"
    return (
        _REQUESTS.labels(named, route, f"{status_class}xx"),
        _DURATIONS.labels(named, route),
    )


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer."""
    requests, durations = _series(method, route, status // 100)
    requests.inc()
    durations.observe(seconds)
