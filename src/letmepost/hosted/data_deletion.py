"""The addresses at which a platform tells that a user took our app away, or wants data deleted.

Each request is signed by the platform, so none needs a key. What a confirmation code stands for is
in the code, signed by this server: deletion is done when the code is given.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import structlog
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.accounts.connect import Connecting
from letmepost.accounts.queries import AccountDirectory
from letmepost.accounts.signed_requests import accounts_of_user, members, revoke, signed_user
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.client_address import ClientAddress
from letmepost.kit.clock import Clock, wire_time
from letmepost.platform_kit.platform import Platform
from letmepost.posts.disconnect import disconnect_account
from letmepost.tenancy.audit import Actor, ActorKind

log = structlog.get_logger()

STATUS_PATH: Final = "/data-deletion/status"
_BODY_BYTES_MAX: Final = 64 * 1024
_PURPOSE: Final = "data deletion"
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def callback_routes(
    connecting: Connecting,
    directory: AccountDirectory,
    clock: Clock,
    client_address: ClientAddress,
) -> list[BaseRoute]:
    """The routes of signed requests, and of the page that says what became of a deletion."""
    callbacks = _Callbacks(connecting, directory, clock, client_address)
    return [
        Route("/deauth/{family}", callbacks.deauthorize, methods=["POST"]),
        Route(STATUS_PATH, callbacks.status, methods=["GET"]),
        Route("/data-deletion/{family}", callbacks.delete, methods=["POST"]),
    ]


@dataclass(frozen=True)
class _Callbacks:
    connecting: Connecting
    directory: AccountDirectory
    clock: Clock
    client_address: ClientAddress

    async def deauthorize(self, request: Request) -> Response:
        """Mark the accounts of a user revoked."""
        family, user_id = await self._verified(request)
        now, by = self.clock.now(), self._actor(request)
        revoked = await self.connecting.database.write(
            lambda connection: revoke(connection, family, user_id, by, now)
        )
        for account in revoked:
            self.directory.forget(account.organization_id)
        log.info("accounts.deauthorized", count=len(revoked))
        return Response(status_code=200)

    async def delete(self, request: Request) -> Response:
        """Disconnect the accounts of a user and delete their credentials."""
        family, user_id = await self._verified(request)
        now, by = self.clock.now(), self._actor(request)

        def disconnect_all(connection: Connection) -> list[str]:
            found = accounts_of_user(connection, family, user_id)
            # The platform itself takes the access away, so nobody has to ask it for that.
            for account in found:
                disconnect_account(connection, account, by, now)
            return [each.organization_id for each in found]

        organizations = await self.connecting.database.write(disconnect_all)
        for organization_id in organizations:
            self.directory.forget(organization_id)
        log.info("accounts.data_deleted", count=len(organizations))
        code = self._code(now)
        url = f"{self.connecting.public_url}{STATUS_PATH}?{urlencode({'code': code})}"
        return JSONResponse({"url": url, "confirmation_code": code})

    async def _verified(self, request: Request) -> tuple[list[Platform], str]:
        family = members(request.path_params["family"])
        signed = await _signed_request(request)
        return family, signed_user(signed, family, self.connecting.platform_settings)

    def _actor(self, request: Request) -> Actor:
        return Actor(
            kind=ActorKind.PLATFORM,
            request_id=request.scope["state"]["request_id"],
            address=self.client_address.of(request),
        )

    def _code(self, at: datetime) -> str:
        said = f"lmp_{uuid.uuid4()}.{int(at.timestamp())}"
        return f"{said}.{self.connecting.keyring.sign(said.encode(), _PURPOSE)}"

    async def status(self, request: Request) -> Response:
        """What became of a deletion: a page for a person, JSON for a program."""
        code = request.query_params.get("code", "")
        said, _, signature = code.rpartition(".")
        message = said.encode("utf-8", "surrogatepass")
        known = self.connecting.keyring.has_signed(message, _PURPOSE, signature)
        at = datetime.fromtimestamp(int(said.rpartition(".")[2]), UTC) if known else None
        if "text/html" in request.headers.get("accept", ""):
            return _page(code, at)
        if at is None:
            raise LetmepostError(
                code=ErrorCode.NOT_FOUND, message="No deletion has this confirmation code."
            )
        document = {"confirmation_code": code, "status": "completed", "deletedAt": wire_time(at)}
        return JSONResponse(document, headers=_HEADERS)


def _page(code: str, at: datetime | None) -> Response:
    from letmepost.hosted.pages import render  # noqa: PLC0415 - at the first page, not at start

    deleted_at = at.strftime("%d %B %Y, %H:%M UTC") if at else None
    page = render("deletion.html", root="../connect/", code=code, deleted_at=deleted_at)
    return HTMLResponse(page, 200 if at else 404, headers=_HEADERS)


async def _signed_request(request: Request) -> str:
    """The one field of the body, which is a form or JSON; empty where it is missing."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES_MAX:
            return ""
    if "json" in request.headers.get("content-type", ""):
        return _field(body)
    return dict(parse_qsl(body.decode("utf-8", "replace"))).get("signed_request", "")


def _field(body: bytes) -> str:
    try:
        document: Any = json.loads(body)
    except ValueError:
        return ""
    value = document.get("signed_request") if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""
