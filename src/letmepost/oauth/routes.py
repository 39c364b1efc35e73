"""The addresses of the authorization server."""

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.oauth.authorize import ConsentPage
from letmepost.oauth.exchange import EXCHANGE_PATH, Exchange
from letmepost.oauth.metadata import (
    AUTHORIZE_PATH,
    REGISTER_PATH,
    RESOURCE_PATH,
    REVOKE_PATH,
    SERVER_PATH,
    TOKEN_PATH,
    resource_document,
    server_document,
)
from letmepost.oauth.registration import Registration
from letmepost.oauth.setting import Authorizing
from letmepost.oauth.token import TokenEndpoint
from letmepost.tenancy.access import AccessTokens

BODY_BYTES_MAX = 64 * 1024
# Programs in browsers call these too. No cookie counts here, so any origin may.
_FROM_ANYWHERE = [
    Middleware(
        CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"]
    )
]


def oauth_routes(authorizing: Authorizing, tokens: AccessTokens) -> list[BaseRoute]:
    """Routes of the metadata, below `/oauth/`, and of the exchange."""
    page = ConsentPage(authorizing)
    endpoint = TokenEndpoint(authorizing)

    async def server(_request: Request) -> Response:
        return JSONResponse(server_document(authorizing))

    async def mcp(_request: Request) -> Response:
        return JSONResponse(resource_document(authorizing, authorizing.mcp_audience))

    async def api(_request: Request) -> Response:
        return JSONResponse(resource_document(authorizing, authorizing.api_audience))

    read = [
        Route(path, document, methods=["GET", "OPTIONS"], middleware=_FROM_ANYWHERE)
        for path, document in (
            (SERVER_PATH, server),
            (RESOURCE_PATH, api),
            (f"{RESOURCE_PATH}/v1", api),
            (f"{RESOURCE_PATH}/mcp", mcp),
        )
    ]
    posted = [
        Route(
            path,
            answer,
            methods=["POST", "OPTIONS"],
            middleware=_FROM_ANYWHERE,
            max_body_size=BODY_BYTES_MAX,
        )
        for path, answer in (
            (REGISTER_PATH, Registration(authorizing).register),
            (TOKEN_PATH, endpoint.token),
            (REVOKE_PATH, endpoint.revoke),
        )
    ]
    return [
        *read,
        *posted,
        Route(AUTHORIZE_PATH, page.show, methods=["GET"]),
        Route(AUTHORIZE_PATH, page.decide, methods=["POST"], max_body_size=BODY_BYTES_MAX),
        Route(EXCHANGE_PATH, Exchange(authorizing, tokens).exchange, methods=["POST"]),
    ]
