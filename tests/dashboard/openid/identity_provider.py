"""An OpenID Connect provider, written from OpenID Connect Core 1.0 and Discovery 1.0.

It signs with another library than the server reads with. A test changes what it says by its
fields; what an honest provider checks of a client, it refuses with the errors of the standard.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from letmepost.kit.clock import Clock

CLIENT_ID = "letmepost at home"
CLIENT_SECRET = "s3cret/of the:client"
LIVES_SECONDS = 300

Claims = dict[str, Any]


@dataclass(frozen=True)
class Key:
    """A key pair under its id."""

    id: str
    private: RSAPrivateKey

    @property
    def published(self) -> dict[str, Any]:
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {**jwk, "kid": self.id, "use": "sig", "alg": "RS256"}

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )


def new_key(name: str) -> Key:
    return Key(name, generate_private_key(public_exponent=65537, key_size=2048))


def signed(claims: Claims, key: Key) -> str:
    return jwt.encode(claims, key.private, "RS256", headers={"kid": key.id})


@dataclass
class IdentityProvider:
    """The provider with the one person who is signed in to it."""

    issuer: str
    clock: Clock
    key: Key
    person: Claims = field(
        default_factory=lambda: {"sub": "1", "email": "maria@example.com", "email_verified": True}
    )
    # What goes into the ID token beside, or in the place of, what is honest.
    claims: Claims = field(default_factory=dict)
    sign: Callable[[Claims, Key], str] = signed
    metadata: Claims = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    email_at_userinfo: bool = False
    down: bool = False
    published: list[Key] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _tokens: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.published.append(self.key)

    def application(self) -> Starlette:
        def served(path: str, answer: Callable[[Request], Any], method: str = "GET") -> Route:
            async def endpoint(request: Request) -> Response:
                self.asked.append(path)
                if self.down:
                    return Response("down for repairs", 503)
                form = dict(await request.form()) if method == "POST" else {}
                request.scope["form"] = form
                response: Response = answer(request)
                return response

            return Route(path, endpoint, methods=[method])

        return Starlette(
            routes=[
                served("/.well-known/openid-configuration", self._discover),
                served("/authorize", self._authorize),
                served("/token", self._token, "POST"),
                served("/keys", self._keys),
                served("/userinfo", self._userinfo),
            ]
        )

    def _discover(self, _: Request) -> Response:
        honest = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        told = {**honest, **self.metadata}
        return JSONResponse({name: value for name, value in told.items() if value is not None})

    def _keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [each.published for each in self.published]})

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        answer = {"code": code, "state": asked["state"], **self.told}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 302)

    def _token(self, request: Request) -> Response:
        form = request.scope["form"]
        if not self._is_client(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access_token = secrets.token_urlsafe(16)
        self._tokens.add(access_token)
        return JSONResponse(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "id_token": self.sign(self._says(asked["nonce"]), self.key),
            }
        )

    def _is_client(self, request: Request, form: dict[str, str]) -> bool:
        basic = request.headers.get("authorization", "").removeprefix("Basic ")
        if basic:
            pair = base64.b64decode(basic).decode().split(":")
            return [unquote(each) for each in pair] == [CLIENT_ID, CLIENT_SECRET]
        return (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)

    def _says(self, nonce: str) -> Claims:
        now = int(self.clock.now().timestamp())
        about = {"sub": self.person["sub"]} if self.email_at_userinfo else self.person
        honest = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + LIVES_SECONDS,
            "nonce": nonce,
            **about,
        }
        said = {**honest, **self.claims}
        return {name: value for name, value in said.items() if value is not None}

    def _userinfo(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return JSONResponse(self.person) if token in self._tokens else Response(status_code=401)
