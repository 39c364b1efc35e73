"""What a task is about: its log lines and its span name the same ids."""

from structlog.contextvars import bind_contextvars

from letmepost.kit import traces


def concerning(**ids: str | None) -> None:
    """Name these ids in every later log line of this task, and at its span.

    Tasks that it begins inherit them. What is None is left out.
    """
    named = {name: value for name, value in ids.items() if value is not None}
    bind_contextvars(**named)
    traces.describe({f"letmepost.{name}": value for name, value in named.items()})
