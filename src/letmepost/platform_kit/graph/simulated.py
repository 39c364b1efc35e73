"""What simulators of the Graph API's family share: its error envelope, and files it fetches.

Written from Meta's documents of the API's errors, not from what our publishers send.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.platform_kit.graph.usage import APP_USAGE, BUSINESS_USAGE

Handler = Callable[[Request], Awaitable[Response]]

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_FETCH_SECONDS: Final = 5.0
_OK: Final = 200


class GraphFault(Exception):  # noqa: N818 - what the API answers, not an error of ours
    """What the API answers in place of a result."""

    def __init__(  # noqa: PLR0913 - the fields of the envelope
        self,
        code: int,
        message: str,
        subcode: int | None = None,
        *,
        status: int = 400,
        kind: str = "OAuthException",
        title: str | None = None,
        words: str | None = None,
        transient: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error: dict[str, object] = {"message": message, "type": kind, "code": code}
        if subcode is not None:
            self.error["error_subcode"] = subcode
        self.error["is_transient"] = transient
        if title is not None:
            self.error |= {"error_user_title": title, "error_user_msg": words}

    def response(self) -> Response:
        """The envelope."""
        error = {**self.error, "fbtrace_id": secrets.token_urlsafe(8)}
        return JSONResponse({"error": error}, status_code=self.status)


def invalid(message: str) -> GraphFault:
    """A parameter that the API does not take."""
    return GraphFault(100, message)


def unsupported(verb: str, object_id: str) -> GraphFault:
    """What is not there, or not for this token; the API does not tell which."""
    return GraphFault(
        100,
        f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation",
        33,
    )


def answering(handler: Handler) -> Handler:
    """Turn a fault that a handler raises into the API's envelope."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except GraphFault as fault:
            return fault.response()
        finally:
            # Files that came in a form are on the disk until then.
            await request.close()

    return answer


async def not_served(request: Request) -> Response:
    """What any other path answers."""
    raise GraphFault(2500, f"Unknown path components: {request.url.path}")


_OF_STATUS: Final[Mapping[int, GraphFault]] = {
    400: invalid("Invalid parameter"),
    401: GraphFault(190, "Error validating access token: Session has expired", 463, status=401),
    403: GraphFault(200, "Permissions error", status=403),
    404: GraphFault(803, "Some of the aliases you requested do not exist", status=404),
    429: GraphFault(4, "Application request limit reached", status=429, transient=True),
    503: GraphFault(2, "Service temporarily unavailable", status=503, transient=True),
}


def error_response(status: int) -> Response:
    """The envelope of a status that comes without a reason of its own."""
    fault = _OF_STATUS.get(status) or GraphFault(1, "An unknown error occurred", status=status)
    return fault.response()


async def read_fields(request: Request) -> dict[str, str]:
    """The fields of a call: the query, and a form or JSON; lists and objects stay JSON text."""
    fields = dict(request.query_params)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type == "application/json":
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise invalid("Invalid JSON for request body") from None
        if not isinstance(body, dict):
            raise invalid("Invalid JSON for request body")
        return fields | {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in body.items()
        }
    if request.method == "POST":
        form = await request.form()
        fields |= {name: value for name, value in form.items() if isinstance(value, str)}
    return fields


def bearer(request: Request, fields: Mapping[str, str]) -> str:
    """The token of a call, from its header or its field."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if kind.lower() in ("bearer", "oauth") else fields.get("access_token", "")


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """A file that the API fetched from the address that it was given."""

    content_type: str
    content: bytes


async def fetch_file(url: str) -> FetchedFile | None:
    """Fetch as the API would; None where there is no file.

    Only loopback is called: a simulator that reaches into the world would surprise whoever runs
    it, so other addresses are believed.
    """
    host = urlsplit(url).hostname if url.startswith(("http://", "https://")) else None
    if host is None or not url.isascii():
        return None
    if host not in _LOOPBACK:
        return FetchedFile("", b"")
    timeout = aiohttp.ClientTimeout(total=_FETCH_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            if answer.status != _OK:
                return None
            return FetchedFile(answer.content_type, await answer.read())
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None


DEFAULT_USER_ID: Final = "10150000000000001"
DEFAULT_PAGE_ID: Final = "104100000000001"
DEFAULT_LINKED_ID: Final = "17841400000000001"
_TOKEN_PARTS: Final = ("page", "user", "scopes", "chance")
_PAGE_TOKEN: Final = "EAAP"  # noqa: S105 - how every one begins


@dataclass(frozen=True, slots=True)
class PageToken:
    """What a simulated token of a Page says of itself, so that every simulator can read it."""

    page_id: str
    user_id: str
    scopes: tuple[str, ...]


def page_token(token: PageToken) -> str:
    """Write a Page's token; two of the same Page differ."""
    said = [token.page_id, token.user_id, ",".join(token.scopes), secrets.token_hex(4)]
    return _PAGE_TOKEN + _encoded("|".join(said).encode())


def read_page_token(token: str) -> PageToken | None:
    """What a Page's token says; None for any other."""
    if not token.startswith(_PAGE_TOKEN):
        return None
    written = token.removeprefix(_PAGE_TOKEN)
    try:
        said = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode().split("|")
    except ValueError:
        return None
    page_id, user_id, scopes, _ = said if len(said) == len(_TOKEN_PARTS) else ("", "", "", "")
    return PageToken(page_id, user_id, tuple(scopes.split(","))) if page_id else None


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

    Source: https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
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
