"""What an error of the Graph API holds, read from the two shapes in which it comes.

Source: https://developers.facebook.com/docs/graph-api/guides/error-handling.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.redaction import HIDDEN

# Some errors repeat the token that they refuse.
_TOKEN = re.compile(r"\b(?:EAA|IG|TH)[A-Za-z0-9_-]{24,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphError:
    """One refusal. `transient` is the platform's own word for whether it passes."""

    code: int | None
    subcode: int | None = None
    message: str
    type: str | None = None
    transient: bool = False
    user_title: str | None = None
    user_message: str | None = None
    trace_id: str | None = None

    @property
    def words(self) -> str:
        """What says the most: the words for a user, else those for a developer."""
        return self.user_message or self.message


def without_tokens(text: str) -> str:
    """The same text with whatever looks like a token of the family hidden."""
    return _TOKEN.sub(HIDDEN, text)


def graph_error(answer: Answer) -> GraphError | None:
    """The error that an answer carries; None where it carries none that can be read."""
    document = answer.document
    if not isinstance(document, dict):
        return None
    error = document.get("error")
    if isinstance(error, dict):
        return GraphError(
            code=_number(error.get("code")),
            subcode=_number(error.get("error_subcode")),
            message=_text(error, "message") or f"HTTP {answer.status}",
            type=_text(error, "type"),
            transient=error.get("is_transient") is True,
            user_title=_text(error, "error_user_title"),
            user_message=_text(error, "error_user_msg"),
            trace_id=_text(error, "fbtrace_id"),
        )
    if "error_message" in document:
        return GraphError(
            code=_number(document.get("code")),
            message=_text(document, "error_message") or f"HTTP {answer.status}",
            type=_text(document, "error_type"),
        )
    return None


def _number(value: object) -> int | None:
    """A code, which some answers write as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    return without_tokens(value) if isinstance(value, str) and value else None
