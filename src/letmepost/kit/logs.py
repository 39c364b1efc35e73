"""Log lines: one JSON object each, on stderr, with no key or token in clear."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from pydantic_core import to_json

_SECRETS = re.compile(
    r"lmp_(live|test|access|refresh|code)_[\w-]{8,}|Bearer\s+[\w.~+/=-]{8,}|eyJ[\w-]{8,}\.[\w.-]+"
)


def hide_secrets(
    _logger: Any,  # noqa: ANN401 - structlog's signature
    _method: str,
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Replace what looks like a key or a token, wherever in the line it stands."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRETS.sub("***", value)
    return event


def _write(line: MutableMapping[str, Any], **_options: Any) -> str:  # noqa: ANN401 - structlog's signature
    return to_json(line, fallback=repr).decode()


def configure_logs(level: str) -> None:
    """Send our log lines, and those of libraries from warnings on, to stderr."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(serializer=_write),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(stream=sys.stderr, level=max(number, logging.WARNING), force=True)
