"""What may not be in a record of a conversation: secrets, by their names and by their looks."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

HIDDEN = "***"
SECRET_NAMES = frozenset(
    {
        "accessjwt",
        "refreshjwt",
        "password",
        "apppassword",
        "token",
        "access_token",
        "refresh_token",
        "id_token",
        "client_secret",
        "appsecret_proof",
        "fb_exchange_token",
        "input_token",
        "code",
        "code_verifier",
        "authorization",
        "x-amz-security-token",
        "x-amz-signature",
    }
)
# In an answer `code` is the number of an error: the codes of consent come back by address.
ANSWERED_SECRET_NAMES = SECRET_NAMES - {"code"}
_NAMES = "|".join(sorted(SECRET_NAMES))
_NAMED_SECRET = re.compile(
    rf"""(["'](?:{_NAMES})["']\s*:\s*["']?|\b(?:{_NAMES})=)[^"'&\s,}}<]+""", re.IGNORECASE
)
_JWT = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*")


def redact(
    value: Any,  # noqa: ANN401 - JSON
    hide: Callable[[str], str] = str,
    names: frozenset[str] = SECRET_NAMES,
) -> Any:  # noqa: ANN401 - JSON
    """The same JSON with the values of secret names hidden, and every other text as `hide` has it.

    It runs over every request and answer, and texts are most of what it finds there.
    """
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if name.lower() in names and inner else redact(inner, hide, names)
            for name, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [redact(inner, hide, names) for inner in value]
    return value


def storable(text: str) -> str:
    """The same text without what PostgreSQL refuses: NUL, and half of a surrogate pair."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def redact_text(text: str) -> str:
    """The same text with the values of secret names hidden, and whatever looks like a JWT.

    For a body that is not the JSON it should be: cut short, it still holds the new tokens.
    """
    return _JWT.sub(HIDDEN, _NAMED_SECRET.sub(rf"\g<1>{HIDDEN}", storable(text)))


def redact_url(url: str) -> str:
    """The same address with secret query parameters hidden."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    query = [
        (name, HIDDEN if name.lower() in SECRET_NAMES else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    return urlunsplit(parts._replace(query=urlencode(query, safe=f"{HIDDEN}:/")))
