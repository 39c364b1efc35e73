"""`POST /v1/oauth-exchange`: a key for an access token, for programs that work with keys.

It is public, and the guide to authentication describes it. The OpenAPI document leaves it out: what
stands there is called with an API key, and becomes a method of each SDK and a tool of agents. Who
calls this has no key yet, and no agent is to have a tool that hands keys out.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.oauth.metadata import RESOURCE_PATH
from letmepost.oauth.setting import Authorizing
from letmepost.tenancy.access import AccessTokens, bearer
from letmepost.tenancy.grants import exchange

EXCHANGE_PATH = "/v1/oauth-exchange"


@dataclass(frozen=True)
class Exchange:
    """Exchanges tokens whose audience is the API."""

    authorizing: Authorizing
    tokens: AccessTokens

    async def exchange(self, request: Request) -> Response:
        """A key that may do what was allowed; the key of an earlier exchange ends."""
        authorizing = self.authorizing
        access = await self.tokens.authenticate(
            bearer(request.headers.get("authorization")),
            authorizing.api_audience,
            f"{authorizing.public_url}{RESOURCE_PATH}/v1",
        )
        now, by = authorizing.clock.now(), authorizing.actor(request)
        key = await authorizing.database.write(
            lambda connection: exchange(connection, access, by, now)
        )
        return JSONResponse(
            {"key": key, "organizationId": access.caller.organization_id},
            headers={"Cache-Control": "no-store"},
        )
