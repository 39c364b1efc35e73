"""The way in by an OpenID Connect provider: to its page, and back with what it proves.

A browser is sent away with a `state` that is good once, and keeps a token of its own in a cookie.
Nonce and code verifier are made of both under a key of the server's, so that neither a stolen
answer nor a copy of the database is enough to end a sign-in that somebody else began.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from letmepost.content.errors import LetmepostError
from letmepost.dashboard.door import Door
from letmepost.dashboard.openid_provider import RETURN_PATH, Proofs, Provider
from letmepost.dashboard.setting import Dashboard
from letmepost.dashboard.visit import go
from letmepost.preflight.openid_rules import OPENID_ATTEMPT
from letmepost.preflight.refuse import refuse
from letmepost.tenancy import invites, openid, sessions

TOKEN_CHARACTERS: Final = 200


def openid_routes(door: Door) -> list[Route]:
    """The addresses of the way in; none where no provider is set."""
    provider = door.dashboard.provider
    if provider is None:
        return []
    way_in = OpenIdDoor(door, provider)
    return [
        Route("/dashboard/openid", way_in.leave, methods=["GET"]),
        Route("/dashboard/invite/{token}/openid", way_in.leave, methods=["GET"]),
        Route(RETURN_PATH, way_in.come_back, methods=["GET"]),
    ]


@dataclass(frozen=True)
class OpenIdDoor:
    """Pages between us and the provider."""

    door: Door
    provider: Provider

    @property
    def dashboard(self) -> Dashboard:
        """What the pages work with."""
        return self.door.dashboard

    @property
    def cookie(self) -> str:
        """The name of the cookie that ties a sign-in to its browser."""
        return "__Host-lmp_openid" if self.dashboard.sessions.secure else "lmp_openid"

    async def leave(self, request: Request) -> Response:
        """Begin a sign-in, and send the browser to the provider."""
        dashboard, now = self.dashboard, self.dashboard.clock.now()
        invite_token = request.path_params.get("token")
        # Another tab of this browser may be on its way too.
        browser = self._browser(request) or secrets.token_urlsafe(32)
        state = secrets.token_urlsafe(32)

        def begin(connection: Connection) -> None:
            if invite_token is not None:
                invites.find_invite(connection, invite_token, now)
            openid.begin_attempt(
                connection,
                state=state,
                browser=browser,
                invite_token=invite_token,
                next_path=request.query_params.get("next", ""),
                now=now,
            )

        try:
            await dashboard.throttle.count_address(dashboard.visitor(request).address)
            address = await self.provider.sign_in_address(state, self._proofs(browser, state))
            await dashboard.database.write(begin)
        except LetmepostError as error:
            return self.door.refused(request, error)
        response = go(request, address)
        response.set_cookie(
            self.cookie,
            browser,
            max_age=int(openid.ATTEMPT_LIVES.total_seconds()),
            httponly=True,
            # Not strict: the browser comes back from another site.
            samesite="lax",
            secure=dashboard.sessions.secure,
        )
        return response

    async def come_back(self, request: Request) -> Response:
        """End a sign-in: begin the session of whoever the provider proves, or say why not."""
        try:
            token, next_path = await self._end(request)
        except LetmepostError as error:
            return self.door.refused(request, error)
        return self.door.let_in(request, token, next_path)

    async def _end(self, request: Request) -> tuple[str, str]:
        dashboard = self.dashboard
        answered = dict(request.query_params)
        state, browser = answered.get("state", ""), self._browser(request)
        visitor = dashboard.visitor(request)
        attempt = await dashboard.database.write(
            lambda connection: openid.end_attempt(connection, state, browser, dashboard.clock.now())
        )
        if attempt is None:
            minutes = int(openid.ATTEMPT_LIVES.total_seconds() / 60)
            raise refuse(OPENID_ATTEMPT, limit=minutes)
        identity = await self.provider.identify(answered, self._proofs(browser, state))
        joining = openid.Joining(dashboard.sign_up, self.provider.settings.email_domains)
        now = dashboard.clock.now()

        def enter_and_begin(connection: Connection) -> str:
            member_id = openid.enter(
                connection, identity, joining, attempt.invite_sha256, by=visitor.actor, now=now
            )
            return sessions.begin(connection, member_id, visitor, now)

        return await dashboard.database.write(enter_and_begin), attempt.next_path

    def _browser(self, request: Request) -> str:
        return request.cookies.get(self.cookie, "")[:TOKEN_CHARACTERS]

    def _proofs(self, browser: str, state: str) -> Proofs:
        of_both = f"{browser} {state}".encode("utf-8", "surrogatepass")
        sign = self.dashboard.keyring.sign
        return Proofs(
            nonce=sign(of_both, "openid nonce"), verifier=sign(of_both, "openid code verifier")
        )
