"""How long platforms take to answer: counted always, and a span where traces are on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from prometheus_client import Histogram

from letmepost.kit import traces

_DURATIONS = Histogram(
    "letmepost_upstream_request_duration_seconds",
    "How long calls to platforms took, by `platform` and class of `status`; `none` where no "
    "answer came.",
    ("platform", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0),
)


@cache
def _duration(platform: str, status: str) -> Histogram:
    return _DURATIONS.labels(platform, status)


@dataclass(slots=True)
class Observed:
    """A call under way; `status` is None until there is an answer."""

    status: int | None = None


@contextmanager
def observed(platform: str, method: str, url: str) -> Iterator[Observed]:
    """Measure the call that is made in the block."""
    call = Observed()
    began = time.perf_counter()
    with traces.call_span(method, url, **{"letmepost.platform": platform}) as span:
        try:
            yield call
        finally:
            status = "none" if call.status is None else f"{call.status // 100}xx"
            _duration(platform, status).observe(time.perf_counter() - began)
            if span is not None and call.status is not None:
                span.set_attribute("http.response.status_code", call.status)
