"""What the simulators of the family share: error bodies, usage headers, tokens, signed requests."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.responses import JSONResponse

from letmepost.platform_kit.graph.usage import APP_USAGE, BUSINESS_USAGE

DEFAULT_PAGE_ID: Final = "104100000000001"
# The professional account that is linked to the Page.
DEFAULT_LINKED_ID: Final = "17841400000000001"
DEFAULT_USER_ID: Final = "10150000000000001"
DEFAULT_NAME: Final = "Jane's Bakery"
DEFAULT_USERNAME: Final = "janes.bakery"
TRACE_ID: Final = "AbCdEfGhIjKlMnOpQrStUvW"
_PAGE_PREFIX: Final = "EAAP"


@dataclass(frozen=True, slots=True)
class PageToken:
    """Whom a Page token speaks for, and which user's consent it came of."""

    page_id: str
    user_id: str


def page_token(page_id: str, user_id: str) -> str:
    """A Page token, which every simulator of the family can read."""
    return f"{_PAGE_PREFIX}{_encoded(f'{page_id} {user_id}'.encode())}"


def read_page_token(token: str) -> PageToken | None:
    """What a Page token says; None of any other text."""
    if not token.startswith(_PAGE_PREFIX):
        return None
    try:
        text = _decoded(token.removeprefix(_PAGE_PREFIX)).decode()
    except ValueError:
        return None
    page_id, _, user_id = text.partition(" ")
    return PageToken(page_id, user_id) if page_id and user_id else None


def error_answer(  # noqa: PLR0913 - an error has these parts
    message: str,
    *,
    code: int,
    subcode: int | None = None,
    status: int = 400,
    type: str = "OAuthException",  # noqa: A002 - the field's name
    transient: bool | None = None,
    user_title: str | None = None,
    user_message: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error in the envelope of the Graph API."""
    error: dict[str, Any] = {"message": message, "type": type, "code": code}
    more = {
        "error_subcode": subcode,
        "is_transient": transient,
        "error_user_title": user_title,
        "error_user_msg": user_message,
    }
    error |= {name: value for name, value in more.items() if value is not None}
    error["fbtrace_id"] = TRACE_ID
    return JSONResponse({"error": error}, status, headers)


def flat_error_answer(message: str, *, status: int = 400) -> JSONResponse:
    """An error of a code exchange where the family has no envelope."""
    document = {"error_type": "OAuthException", "code": status, "error_message": message}
    return JSONResponse(document, status)


def app_usage(percent: int) -> dict[str, str]:
    """The header that tells how much an app has used."""
    used = {"call_count": percent, "total_time": percent // 2, "total_cputime": percent // 2}
    return {APP_USAGE: json.dumps(used)}


def business_usage(
    business_id: str, kind: str, percent: int, regain_minutes: int = 0
) -> dict[str, str]:
    """The header that tells how much an app has used of one business; `kind` is its use case."""
    used = {
        "type": kind,
        "call_count": percent,
        "total_cputime": percent // 2,
        "total_time": percent // 2,
        "estimated_time_to_regain_access": regain_minutes,
    }
    return {BUSINESS_USAGE: json.dumps({business_id: [used]})}


def signed_request(
    user_id: str, app_secret: str, issued_at: datetime, *, algorithm: str = "HMAC-SHA256"
) -> str:
    """What the platform sends to say that a user took an app away, signed as it signs.

    Source: https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback.
    """
    seconds = int(issued_at.timestamp())
    document = {
        "algorithm": algorithm,
        "issued_at": seconds,
        "expires": seconds + 3600,
        "user_id": user_id,
    }
    payload = _encoded(json.dumps(document).encode())
    signature = hmac.new(app_secret.encode(), payload.encode(), hashlib.sha256).digest()
    return f"{_encoded(signature)}.{payload}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
