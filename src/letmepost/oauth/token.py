"""Tokens for codes and for refresh tokens, and their end (RFC 6749, RFC 7009)."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.oauth.form import ProtocolError, read_form
from letmepost.oauth.setting import Authorizing
from letmepost.oauth.throttle import WAIT_SECONDS
from letmepost.tenancy.grants import ACCESS_LIVES, Refusal, Tokens, redeem, refresh, revoke
from letmepost.tenancy.oauth_clients import find_client


@dataclass(frozen=True)
class TokenEndpoint:
    """`POST /oauth/token` and `POST /oauth/revoke`."""

    authorizing: Authorizing

    async def token(self, request: Request) -> Response:
        """Give out tokens."""
        try:
            tokens = await self._tokens(request)
        except ProtocolError as error:
            return await self._refused(request, error)
        return JSONResponse(
            {
                "access_token": tokens.access_token,
                "token_type": "Bearer",
                "expires_in": int(ACCESS_LIVES.total_seconds()),
                "refresh_token": tokens.refresh_token,
                "scope": " ".join(tokens.scopes),
            },
            headers={"Cache-Control": "no-store"},
        )

    async def revoke(self, request: Request) -> Response:
        """End what a token belongs to; a token that is unknown has ended already."""
        try:
            await self._throttled(request)
            form = await read_form(request)
            client_id = await self._client(form)
            token = _needed(form, "token")
        except ProtocolError as error:
            return await self._refused(request, error)
        now, by = self.authorizing.clock.now(), self.authorizing.actor(request)
        await self.authorizing.database.write(
            lambda connection: revoke(connection, client_id, token, by=by, now=now)
        )
        return Response(headers={"Cache-Control": "no-store"})

    async def _tokens(self, request: Request) -> Tokens:
        await self._throttled(request)
        form = await read_form(request)
        client_id = await self._client(form)
        audience = self._audience(form)
        now, by = self.authorizing.clock.now(), self.authorizing.actor(request)
        grant_type = _needed(form, "grant_type")
        if grant_type == "authorization_code":
            code, verifier = _needed(form, "code"), _needed(form, "code_verifier")
            given = await self.authorizing.database.write(
                lambda connection: redeem(
                    connection,
                    client_id=client_id,
                    code=code,
                    verifier=verifier,
                    redirect_uri=form.get("redirect_uri"),
                    audience=audience,
                    by=by,
                    now=now,
                )
            )
        elif grant_type == "refresh_token":
            token = _needed(form, "refresh_token")
            scopes = form["scope"].split() if "scope" in form else None
            given = await self.authorizing.database.write(
                lambda connection: refresh(
                    connection,
                    client_id=client_id,
                    token=token,
                    scopes=scopes,
                    audience=audience,
                    by=by,
                    now=now,
                )
            )
        else:
            raise ProtocolError("unsupported_grant_type", "Use authorization_code.")
        if isinstance(given, Refusal):
            raise ProtocolError(given.error, given.description)
        return given

    async def _client(self, form: Mapping[str, str]) -> str:
        client_id = _needed(form, "client_id")
        found = await self.authorizing.database.read(
            lambda connection: find_client(connection, client_id)
        )
        if found is None:
            raise ProtocolError("invalid_client", "No client has this client_id.", 401)
        return client_id

    def _audience(self, form: Mapping[str, str]) -> str | None:
        if "resource" not in form:
            return None
        audience = self.authorizing.audience(form["resource"])
        if audience is None:
            raise ProtocolError("invalid_target", "This server has no such resource.")
        return audience

    async def _throttled(self, request: Request) -> None:
        if not await self.authorizing.throttle.open("token", request):
            raise ProtocolError("temporarily_unavailable", "Wait a minute.", 429)

    async def _refused(self, request: Request, error: ProtocolError) -> Response:
        response = error.response()
        if error.status == 429:  # noqa: PLR2004 - set above
            response.headers["Retry-After"] = str(WAIT_SECONDS)
        else:
            await self.authorizing.throttle.count("token", request)
        return response


def _needed(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise ProtocolError("invalid_request", f"{name} is missing.")
    return form[name]
