"""A program that asks, and the browser of a person who decides."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp

REDIRECT_URI = "http://127.0.0.1:7777/callback"
VERIFIER = "v" * 43


def challenge(verifier: str = VERIFIER) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True)
class Seen:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str
    body: Any = None

    @property
    def told(self) -> dict[str, str]:
        """What the address of a redirect tells its client."""
        return dict(parse_qsl(urlsplit(self.headers["Location"]).query))


@dataclass
class Program:
    """A registered client of one server."""

    http: aiohttp.ClientSession
    url: str
    client_id: str = ""
    redirect_uri: str = REDIRECT_URI
    cookies: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, **more: Any) -> Seen:
        async with self.http.request(
            method, f"{self.url}{path}", allow_redirects=False, **more
        ) as response:
            text = await response.text()
            self.cookies |= {name: each.value for name, each in response.cookies.items()}
            is_json = response.content_type == "application/json"
            body = await response.json() if is_json else None
            return Seen(response.status, response.headers.copy(), text, body)

    async def registered(self, *redirect_uris: str, **metadata: Any) -> Self:
        """Introduce itself."""
        document = {
            "client_name": "Harbour Agent",
            "redirect_uris": list(redirect_uris) or [self.redirect_uri],
            **metadata,
        }
        made = await self.call("POST", "/oauth/register", json=document)
        assert made.status == 201, made.text
        self.client_id = made.body["client_id"]
        return self

    def asking(self, **changed: str | None) -> str:
        """The address of the consent page."""
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "st4te",
            "code_challenge": challenge(),
            "code_challenge_method": "S256",
            "resource": f"{self.url}/mcp",
            **changed,
        }
        given = {name: value for name, value in query.items() if value is not None}
        return f"/oauth/authorize?{urlencode(given)}"

    async def page(self, **changed: str | None) -> Seen:
        return await self.call("GET", self.asking(**changed))

    async def decide(self, page: Seen, **fields: str) -> Seen:
        """Press a button of the page, with its cookie."""
        action = re.search(r'<form method="post" action="([^"]*)"', page.text)
        token = re.search(r'name="token" value="([^"]*)"', page.text)
        assert action is not None
        assert token is not None
        form = {"token": token[1], "decision": "allow", **fields}
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return await self.call(
            "POST",
            f"/oauth/authorize{unescape(action[1])}",
            data=form,
            headers={"Cookie": cookie} if cookie else {},
        )

    async def allowed(self, key: str, **changed: str | None) -> str:
        """Let a person allow it with a key; the code."""
        answer = await self.decide(await self.page(**changed), key=key)
        assert answer.status == 303, answer.text
        assert answer.told["iss"] == self.url
        return answer.told["code"]

    async def token(self, **fields: str) -> Seen:
        return await self.call("POST", "/oauth/token", data={"client_id": self.client_id, **fields})

    async def redeem(self, code: str, **changed: str) -> Seen:
        fields = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
        return await self.token(**{**fields, "redirect_uri": self.redirect_uri, **changed})

    async def refresh(self, token: str, **more: str) -> Seen:
        return await self.token(grant_type="refresh_token", refresh_token=token, **more)

    async def tokens(self, key: str, **changed: str | None) -> Any:
        """The tokens that a person with a key gives it."""
        answer = await self.redeem(await self.allowed(key, **changed))
        assert answer.status == 200, answer.text
        return answer.body

    async def exchange(self, token: str) -> Seen:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.call("POST", "/v1/oauth-exchange", headers=headers)
