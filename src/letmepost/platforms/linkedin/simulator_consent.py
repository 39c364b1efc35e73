"""The simulated consent page, token endpoint, introspection and userinfo.

Source: https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow,
.../programmatic-refresh-tokens and .../token-introspection.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_consent import ConsentDesk
from letmepost.platforms.linkedin.simulator_rest import Call, Gate, RestliError, traced
from letmepost.platforms.linkedin.simulator_world import (
    AccessToken,
    Member,
    RefreshToken,
    World,
)

CODE_LIVES: Final = timedelta(minutes=30)
ACCESS_TOKEN_LIVES: Final = timedelta(days=60)
REFRESH_TOKEN_LIVES: Final = timedelta(days=365)

_TOKEN_CHARACTERS: Final = 350


class TokenDesk:
    """Everything that has to do with consent and with whose token it is."""

    def __init__(self, world: Callable[[], World], clock: Clock, gate: Gate) -> None:
        self._world = world
        self._clock = clock
        self._gate = gate
        self.consent = ConsentDesk(
            "LinkedIn",
            clock,
            accounts=lambda: {each.id: each.name for each in world().members.values()},
            refuses=self._refuses,
            code_lives=CODE_LIVES,
            denied="user_cancelled_authorize",
        )

    def routes(self) -> list[Route]:
        """The paths of the consent page's host, and those that say whose token it is."""
        return [
            Route("/oauth/v2/authorization", self.consent.handle, methods=["GET", "POST"]),
            Route("/oauth/v2/accessToken", self._exchange, methods=["POST"]),
            Route("/oauth/v2/introspectToken", self._introspect, methods=["POST"]),
            Route("/v2/userinfo", self._userinfo, methods=["GET"]),
            Route("/rest/organizationAcls", self._gate.rest(self._roles), methods=["GET"]),
        ]

    def _refuses(self, query: Mapping[str, str]) -> str | None:
        app = self._world().app
        if query.get("response_type") != "code":
            return "The response type is not supported."
        if query.get("client_id") != app.client_id:
            return "The passed in client_id is invalid."
        parts = urlsplit(query.get("redirect_uri", ""))
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
            return "The redirect_uri does not match the registered value."
        scopes = query.get("scope", "").split()
        if lacking := [scope for scope in scopes if scope not in app.scopes]:
            return f'Scope "{lacking[0]}" is not authorized for your application.'
        return None if scopes else "The scope must not be empty."

    async def _exchange(self, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return _refused("invalid_request", "The content type is not supported.")
        if refused := self._app_refused(form):
            return refused
        match form.get("grant_type"):
            case "authorization_code":
                return self._spend_code(form)
            case "refresh_token":
                return self._renew(form)
            case other:
                return _refused("unsupported_grant_type", f"Grant type {other} is not supported.")

    def _app_refused(self, form: Mapping[str, str]) -> Response | None:
        app = self._world().app
        for name in ("client_id", "client_secret"):
            if not form.get(name):
                return _refused("invalid_request", f'A required parameter "{name}" is missing')
        if form["client_id"] != app.client_id or form["client_secret"] != app.client_secret:
            return _refused("invalid_client", "Client authentication failed", 401)
        return None

    def _spend_code(self, form: Mapping[str, str]) -> Response:
        for name in ("code", "redirect_uri"):
            if not form.get(name):
                return _refused("invalid_request", f'A required parameter "{name}" is missing')
        granted = self.consent.spend(form["code"])
        if granted is None or granted.redirect_uri != form["redirect_uri"]:
            words = "Unable to retrieve access token: appid/redirect uri/code verifier does not "
            return _refused("invalid_request", f"{words}match authorization code. Or expired")
        world = self._world()
        member = world.members[granted.account]
        now = self._clock.now()
        _forget_other_scopes(world, member, granted.scopes)
        refresh = None
        if world.app.partner:
            value = _new_token("AQX")
            refresh = RefreshToken(value, member, granted.scopes, now + REFRESH_TOKEN_LIVES)
            world.refresh_tokens[value] = refresh
        return self._issued(member, granted.scopes, refresh, now)

    def _renew(self, form: Mapping[str, str]) -> Response:
        now = self._clock.now()
        refresh = self._world().refresh_tokens.get(form.get("refresh_token", ""))
        if refresh is None or refresh.revoked or now >= refresh.expires_at:
            words = "The provided authorization grant or refresh token is invalid, expired or "
            return _refused("invalid_request", f"{words}revoked.")
        return self._issued(refresh.member, refresh.scopes, refresh, now)

    def _issued(
        self,
        member: Member,
        scopes: tuple[str, ...],
        refresh: RefreshToken | None,
        now: datetime,
    ) -> Response:
        world = self._world()
        token = AccessToken(
            _new_token("AQV"),
            member,
            scopes,
            now,
            now + ACCESS_TOKEN_LIVES,
            lies=world.false_revocations,
        )
        world.tokens[token.value] = token
        answer: dict[str, Any] = {
            "access_token": token.value,
            "expires_in": int(ACCESS_TOKEN_LIVES.total_seconds()),
            "scope": ",".join(sorted(scopes)),
            "token_type": "Bearer",
        }
        if refresh is not None:
            answer["refresh_token"] = refresh.value
            # A refresh does not make the year longer.
            answer["refresh_token_expires_in"] = int((refresh.expires_at - now).total_seconds())
        return traced(JSONResponse(answer))

    async def _introspect(self, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return _refused("invalid_request", "The content type is not supported.")
        if refused := self._app_refused(form):
            return refused
        world = self._world()
        token = world.tokens.get(form.get("token", ""))
        if token is None:
            return traced(JSONResponse({"active": False}))
        expired = self._clock.now() >= token.expires_at
        status = "revoked" if token.revoked else "expired" if expired else "active"
        issued = int(token.issued_at.timestamp())
        return traced(
            JSONResponse(
                {
                    "active": status == "active",
                    "client_id": world.app.client_id,
                    "authorized_at": issued,
                    "created_at": issued,
                    "status": status,
                    "expires_at": int(token.expires_at.timestamp()),
                    "scope": ",".join(sorted(token.scopes)),
                    "auth_type": "3L",
                }
            )
        )

    async def _userinfo(self, request: Request) -> Response:
        try:
            token = self._gate.token(request)
        except RestliError as error:
            return traced(JSONResponse(error.body, status_code=error.status))
        member = token.member
        answer: dict[str, Any] = {
            "sub": member.id,
            "name": member.name,
            "given_name": member.given_name,
            "family_name": member.family_name,
            "picture": "https://media.licdn.example/picture.jpg",
            "locale": {"country": "US", "language": "en"},
        }
        if "email" in token.scopes:
            answer |= {"email": "ada@example.test", "email_verified": True}
        return traced(JSONResponse(answer))

    async def _roles(self, call: Call) -> Response:
        call.needs(
            "organizationAcls.FINDER-roleAssignee", "rw_organization_admin", "r_organization_admin"
        )
        query = call.request.query_params
        if query.get("q") != "roleAssignee":
            raise RestliError(400, {"status": 400, "message": "Unknown finder"})
        member = call.token.member
        elements = [
            {
                "roleAssignee": member.urn,
                "state": "APPROVED",
                "role": role,
                "organization": f"urn:li:organization:{number}",
            }
            for number, role in member.roles.items()
            if query.get("role", role) == role and query.get("state", "APPROVED") == "APPROVED"
        ]
        paging = {"start": 0, "count": 10, "links": []}
        return JSONResponse({"paging": paging, "elements": elements})


def _forget_other_scopes(world: World, member: Member, scopes: tuple[str, ...]) -> None:
    """Another set of scopes makes earlier tokens of the member invalid."""
    for each in world.tokens.values():
        if each.member is member and set(each.scopes) != set(scopes):
            each.revoked = True


def _new_token(start: str) -> str:
    return start + secrets.token_urlsafe(_TOKEN_CHARACTERS)


async def _form(request: Request) -> dict[str, str] | None:
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if content_type != "application/x-www-form-urlencoded":
        return None
    return {name: values[-1] for name, values in parse_qs((await request.body()).decode()).items()}


def _refused(error: str, description: str, status: int = 400) -> Response:
    body = {"error": error, "error_description": description}
    return traced(JSONResponse(body, status_code=status))
