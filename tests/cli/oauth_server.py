"""An authorization server as the RFCs have it, small enough to read, in the place of a real one.

RFC 8414 (metadata), 7591 (registration), 6749 and 7636 (code with PKCE), 8707 (resource), 9207
(issuer). Its user consents at once.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

KEY = "lmp_live_made_by_a_login"
TOKEN = "a.signed.token"


def refused(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": f"It was {error}."}, status)


@dataclass
class OAuthServer:
    """`told` changes what its metadata says; `answers` what its consent page sends back."""

    issuer: str
    told: Mapping[str, Any] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    clients: dict[str, list[str]] = field(default_factory=dict)
    codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/oauth-authorization-server", self.metadata),
                Route("/oauth/register", self.register, methods=["POST"]),
                Route("/oauth/authorize", self.authorize),
                Route("/oauth/token", self.token, methods=["POST"]),
                Route("/v1/oauth-exchange", self.exchange, methods=["POST"]),
                Route("/v1/profiles", self.profiles),
            ]
        )

    async def metadata(self, _request: Request) -> Response:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/oauth/authorize",
            "token_endpoint": f"{self.issuer}/oauth/token",
            "registration_endpoint": f"{self.issuer}/oauth/register",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            **self.told,
        }
        return JSONResponse({name: value for name, value in document.items() if value is not None})

    async def register(self, request: Request) -> Response:
        asked = await request.json()
        for each in asked["redirect_uris"]:
            address = urlsplit(each)
            if (address.scheme, address.hostname, address.path) != (
                "http",
                "127.0.0.1",
                "/callback",
            ):
                return refused("invalid_redirect_uri")
        if asked["token_endpoint_auth_method"] != "none":
            return refused("invalid_client_metadata")
        name = f"client-{len(self.clients)}"
        self.clients[name] = asked["redirect_uris"]
        return JSONResponse({**asked, "client_id": name}, 201)

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        if asked["redirect_uri"] not in self.clients.get(asked["client_id"], ()):
            return refused("invalid_request")
        right = (asked["response_type"], asked["code_challenge_method"], asked["resource"])
        if right != ("code", "S256", f"{self.issuer}/v1"):
            return refused("invalid_request")
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer, **self.answers}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self.codes.pop(form["code"], None)
        if asked is None or form["grant_type"] != "authorization_code":
            return refused("invalid_grant")
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return refused("invalid_grant")
        if any(form[name] != asked[name] for name in ("client_id", "redirect_uri", "resource")):
            return refused("invalid_grant")
        return JSONResponse({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300})

    async def exchange(self, request: Request) -> Response:
        if request.headers["authorization"] != f"Bearer {TOKEN}":
            return refused("invalid_token", 401)
        return JSONResponse({"key": KEY, "organizationId": "org_1"})

    async def profiles(self, request: Request) -> Response:
        if request.headers["authorization"] != f"Bearer {KEY}":
            return refused("invalid_token", 401)
        return JSONResponse({"data": []})
