"""Dynamic client registration (RFC 7591): a program introduces itself."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.oauth.form import ProtocolError
from letmepost.oauth.setting import Authorizing
from letmepost.oauth.throttle import WAIT_SECONDS
from letmepost.tenancy.grants import ALL_GRANT_SCOPES
from letmepost.tenancy.oauth_clients import REDIRECT_URIS_MAX, redirect_problem, register

GRANT_TYPES = ["authorization_code", "refresh_token"]


class _Metadata(BaseModel):
    """What is read of a client's metadata; the rest is taken by programs of other kinds."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    redirect_uris: list[str]
    client_name: str | None = None
    grant_types: list[str] | None = None
    response_types: list[str] | None = None


def _checked(raw: bytes) -> _Metadata:
    try:
        metadata = _Metadata.model_validate_json(raw)
    except ValidationError as error:
        issue = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in issue["loc"]) or "The body"
        raise ProtocolError("invalid_client_metadata", f"{field}: {issue['msg']}") from None
    if not 0 < len(metadata.redirect_uris) <= REDIRECT_URIS_MAX:
        raise ProtocolError(
            "invalid_redirect_uri", f"Give 1 to {REDIRECT_URIS_MAX} addresses in redirect_uris."
        )
    for address in metadata.redirect_uris:
        if problem := redirect_problem(address):
            raise ProtocolError("invalid_redirect_uri", f"{address[:200]} {problem}.")
    for name, wanted, given in (
        ("grant_types", GRANT_TYPES[0], metadata.grant_types),
        ("response_types", "code", metadata.response_types),
    ):
        if given is not None and wanted not in given:
            raise ProtocolError("invalid_client_metadata", f"{name} must hold {wanted}.")
    return metadata


@dataclass(frozen=True)
class Registration:
    """`POST /oauth/register`."""

    authorizing: Authorizing

    async def register(self, request: Request) -> Response:
        """Remember the client; what it asked for and does not get is told by what it gets."""
        throttle = self.authorizing.throttle
        if not await throttle.open("registration", request):
            return JSONResponse(
                {"error": "temporarily_unavailable", "error_description": "Wait a minute."},
                429,
                headers={"Retry-After": str(WAIT_SECONDS)},
            )
        await throttle.count("registration", request)
        try:
            metadata = _checked(await request.body())
        except ProtocolError as error:
            return error.response()
        now = self.authorizing.clock.now()
        client = await self.authorizing.database.write(
            lambda connection: register(
                connection, metadata.client_name, metadata.redirect_uris, now
            )
        )
        return JSONResponse(
            {
                "client_id": client.id,
                "client_id_issued_at": int(client.created_at.timestamp()),
                "client_name": client.name,
                "redirect_uris": list(client.redirect_uris),
                "grant_types": GRANT_TYPES,
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
                "scope": " ".join(ALL_GRANT_SCOPES),
            },
            201,
            headers={"Cache-Control": "no-store"},
        )
