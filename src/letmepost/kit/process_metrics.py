"""What one process counts, for Prometheus: each module declares what it counts itself.

Counts live in the process that made them. Prometheus asks each process of an installation, and
adds them up; a process that starts anew begins at zero, which `rate` and `increase` know.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    disable_created_metrics,
    generate_latest,
    start_http_server,
)

__all__ = ["CONTENT_TYPE_LATEST", "process_metrics", "serving_metrics"]

# They would double the number of series, and nothing reads them.
disable_created_metrics()  # type: ignore[no-untyped-call]


def process_metrics() -> bytes:
    """Everything that this process counts, in Prometheus's text format."""
    return generate_latest(REGISTRY)


@contextmanager
def serving_metrics(host: str, port: int) -> Iterator[None]:
    """Answer GET /metrics in a thread, for a process that serves nothing else.

    Raises `OSError` where the address cannot be listened on.
    """
    server, thread = start_http_server(port, host)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
