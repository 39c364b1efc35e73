"""Log lines: one JSON object each, on stderr, with no key or token in clear."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final

import structlog
from pydantic_core import to_json

HIDDEN: Final = "***"
# What is a secret by its own form, wherever it stands.
_BY_FORM: Final = re.compile(
    r"lmp_(?:live|test|access|refresh|code)_[\w-]{8,}"
    r"|(?i:bearer|basic)\s+[\w.~+/=-]{8,}"
    r"|eyJ[\w-]{8,}\.[\w.-]+"
    r"|whsec_[\w+/=-]{8,}"
    r"|v1\.[0-9a-f]{8,}\.[\w+/=]{8,}\.[\w+/=]{8,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_NAMES: Final = (
    r"[\w-]*(?:password|passwd|secret|token|api[_-]?key|credential|authorization|cookie|signature"
    r"|private[_-]?key|encryption[_-]?key)s?|code[_-]verifier|refresh[_-]?jwt|access[_-]?jwt"
)
# What is one because of the name before it: in an address, a form, JSON, a header or a repr.
_BY_NAME: Final = re.compile(
    rf"(?i)(?P<name>(?<![\w-])(?:{_NAMES})[\"']?\s*(?:=|:|%3d)\s*[\"']?)"
    r"(?P<value>[^\s\"'&;,}\])]{4,})"
)
# In an address or a form alone: elsewhere, errors are called by codes.
_CODE: Final = re.compile(r"(?P<name>\bcode(?:=|%3[dD]))[^\s&\"']+")
_SECRET_NAME: Final = re.compile(rf"(?i)(?:{_NAMES})")
# The name and the password in an address, and the tokens that some of our own addresses are.
_IN_ADDRESS: Final = re.compile(r"(?P<scheme>\w://)[^/\s@\"']+@")
_LINK: Final = re.compile(r"(?P<path>/(?:connect|invite|reset)/)[\w.-]{20,}")
# What each of the above needs. Most of what is logged, ids and words, has none of it, and is spared
# the long way: that was nine tenths of a line's cost.
_PERHAPS: Final = re.compile(r"[\s=:%/]|lmp_|eyJ|whsec_|v1\.")


def without_secrets(text: str) -> str:
    """A text in which nothing is left that looks like a key, a token or a password."""
    if not _PERHAPS.search(text):
        return text
    text = _BY_FORM.sub(HIDDEN, text)
    text = _IN_ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
    text = _CODE.sub(rf"\g<name>{HIDDEN}", text)
    text = _LINK.sub(rf"\g<path>{HIDDEN}", text)
    return _BY_NAME.sub(rf"\g<name>{HIDDEN}", text)


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _SECRET_NAME.fullmatch(name) is not None


def _hidden(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever is logged
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        return HIDDEN if value and _is_secret(name) else without_secrets(value)
    if isinstance(value, Mapping):
        return {key: _hidden(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(name, each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    # As the line would show it.
    return without_secrets(repr(value))


def hide_secrets(
    _logger: Any,  # noqa: ANN401 - structlog's signature
    _method: str,
    event: MutableMapping[str, Any],
) -> MutableMapping[str, Any]:
    """Replace what looks like a key or a token, wherever in the line it stands."""
    for name, value in event.items():
        event[name] = _hidden(name, value)
    return event


class _Formatter(logging.Formatter):
    """The lines of libraries, held to the same."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def _write(line: MutableMapping[str, Any], **_options: Any) -> str:  # noqa: ANN401 - structlog's signature
    return to_json(line, fallback=repr).decode()


def configure_logs(level: str) -> None:
    """Send our log lines, and those of libraries from warnings on, to stderr."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=_write),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(logging.BASIC_FORMAT))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
