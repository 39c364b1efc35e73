"""Spans for OpenTelemetry. Where no collector is set, nothing is imported and nothing is made.

Only what is named here or by a caller becomes an attribute: a host and never an address, whose
path or query may hold a token; the class of an exception and never its words.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol
from urllib.parse import urlsplit

Kind = Literal["server", "internal", "consumer", "client"]
Value = str | int
Headers = Iterable[tuple[bytes, bytes]]
_NO_ATTRIBUTES: Mapping[str, Value] = {}


class Span(Protocol):
    """What is measured, while it lasts."""

    def set_attribute(self, key: str, value: Value) -> None:
        """Note one fact."""

    def update_name(self, name: str) -> None:
        """Name it by what is known by now."""


class Tracing(Protocol):
    """What makes spans."""

    def span(
        self, name: str, kind: Kind, attributes: Mapping[str, Value], caller: Headers
    ) -> AbstractContextManager[Span]:
        """A span around a block; its parent is the current one, or that of the `caller`."""

    def describe(self, attributes: Mapping[str, Value]) -> None:
        """Note facts at the current span."""


_OFF: AbstractContextManager[None] = nullcontext()
_tracing: Tracing | None = None


def trace_by(tracing: Tracing | None) -> None:
    """Make spans of this process by `tracing` from now on; None for none."""
    global _tracing  # noqa: PLW0603 - as the log, tracing is one for a process
    _tracing = tracing


def span(
    name: str,
    kind: Kind,
    attributes: Mapping[str, Value] = _NO_ATTRIBUTES,
    caller: Headers = (),
) -> AbstractContextManager[Span | None]:
    """A span around a block, None where nothing is traced.

    `caller` are the headers of a request, whose `traceparent` names the span that it came from.
    """
    return _OFF if _tracing is None else _tracing.span(name, kind, attributes, caller)


def call_span(method: str, url: str, **more: Value) -> AbstractContextManager[Span | None]:
    """A span around a call to another server, which is named by its host."""
    if _tracing is None:
        return _OFF
    attributes = {"http.request.method": method, "server.address": _host(url), **more}
    return _tracing.span(method, "client", attributes, ())


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def describe(attributes: Mapping[str, Value]) -> None:
    """Note facts at the current span."""
    if _tracing is not None:
        _tracing.describe(attributes)
