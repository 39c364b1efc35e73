"""What the Graph API says when it refuses: one envelope, read once for all who speak to it.

Source: https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.redaction import HIDDEN

# Some errors repeat the token that they refuse.
_TOKEN: Final = re.compile(r"\b(?:EAA|IGAA|IGQ|THAA|THQ)[A-Za-z0-9_-]{24,}")


@dataclass(frozen=True, slots=True)
class GraphError:
    """An error as the API wrote it; `code` and `subcode` decide, `message` may be in any language.

    `transient` is the API's own opinion, which is wrong now and then.
    """

    code: int | None
    subcode: int | None
    message: str
    transient: bool = False
    user_message: str | None = None

    @property
    def words(self) -> str:
        """The most telling of its texts."""
        return self.user_message or self.message


def graph_error(answer: Answer) -> GraphError | None:
    """The error of an answer; None where it holds none in a shape that the API is known for.

    Token servers of the family answer flat: `{error_type, code, error_message}`.
    """
    document = answer.document
    if not isinstance(document, dict):
        return None
    if (said := _text(document.get("error_message"))) is not None:
        return GraphError(_number(document.get("code")), None, said)
    error = document.get("error")
    if not isinstance(error, dict):
        return None
    return GraphError(
        code=_number(error.get("code")),
        subcode=_number(error.get("error_subcode")),
        message=_text(error.get("message")) or f"HTTP {answer.status}",
        transient=error.get("is_transient") is True,
        user_message=_text(error.get("error_user_msg")),
    )


def without_tokens(text: str) -> str:
    """The same text with whatever looks like a token of the family hidden."""
    return _TOKEN.sub(HIDDEN, text)


def words_of(answer: Answer) -> str:
    """What the API says in words, or its status."""
    error = graph_error(answer)
    return error.words if error else f"HTTP {answer.status}"


def readable(answer: Answer) -> dict[str, Any] | None:
    """The JSON object of a good answer, None where there is none."""
    return answer.document if answer.ok and isinstance(answer.document, dict) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str | None:
    return without_tokens(value) if isinstance(value, str) and value else None
