"""The simulated accounts of X, the app, its consent page, and the tokens that it is given.

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code.
"""

import base64
import binascii
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_consent import ConsentDesk, Granted
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.twitter.simulator_wire import (
    JsonObject,
    ProblemError,
    asked_fields,
    forbidden,
    read_query,
)

CLIENT_ID: Final = "c2ltdWxhdGVkLWFwcC1vZi14OjE6Y2k"
CLIENT_SECRET: Final = "the-simulated-app-of-x-keeps-this-secret"  # noqa: S105 - a simulator's
CODE_LIVES: Final = timedelta(seconds=30)
ACCESS_LIVES: Final = timedelta(hours=2)
STATE_CHARACTERS_MAX: Final = 500
OFFLINE: Final = "offline.access"
SCOPES: Final = frozenset(
    {
        "tweet.read",
        "tweet.write",
        "tweet.moderate.write",
        "users.read",
        "users.email",
        "follows.read",
        "follows.write",
        OFFLINE,
        "space.read",
        "mute.read",
        "mute.write",
        "like.read",
        "like.write",
        "list.read",
        "list.write",
        "block.read",
        "block.write",
        "bookmark.read",
        "bookmark.write",
        "dm.read",
        "dm.write",
        "media.write",
    }
)
STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "suspended": (
        "Your account is suspended and is not permitted to access this feature.",
        "user-suspended",
    ),
    "locked": (
        "To protect our users, this account is temporarily locked.",
        "user-suspended",
    ),
}
_USER_FIELDS: Final = frozenset(
    {
        "created_at",
        "description",
        "id",
        "name",
        "profile_image_url",
        "protected",
        "subscription_type",
        "username",
        "verified",
        "verified_type",
    }
)


@dataclass
class Account:
    """One account; `verified_type` is `none`, `blue`, `business` or `government`."""

    id: str
    username: str
    name: str
    verified_type: str = "none"
    status: str | None = None

    def described(self, fields: list[str]) -> JsonObject:
        """The user object, with the fields that always come and those that were asked for."""
        known: JsonObject = {
            "id": self.id,
            "name": self.name,
            "username": self.username,
            "created_at": "2012-03-01T09:00:00.000Z",
            "description": "",
            "profile_image_url": f"https://pbs.twimg.com/profile_images/{self.id}/normal.jpg",
            "protected": False,
            "subscription_type": "Premium" if self.verified_type == "blue" else "None",
            "verified": self.verified_type != "none",
            "verified_type": self.verified_type,
        }
        return {name: known[name] for name in dict.fromkeys(["id", "name", "username", *fields])}


@dataclass
class Access:
    """What a token stands for: an account and scopes, and the end of an access token."""

    account: str
    scopes: tuple[str, ...]
    expires_at: datetime


class Accounts:
    """Every account of one world, and the only maker and judge of its tokens."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        self._clock = clock
        self._faults = faults
        self._by_id: dict[str, Account] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, Access] = {}
        self.callbacks: frozenset[str] = frozenset()
        self.desk = ConsentDesk(
            "X",
            clock,
            accounts=lambda: {each.id: f"@{each.username}" for each in self},
            refuses=self._refuses,
            code_lives=CODE_LIVES,
        )

    def __iter__(self) -> Iterator[Account]:
        return iter(self._by_id.values())

    def clear(self) -> None:
        """Forget every account and callback; tokens hold for an account that is made again."""
        self._by_id.clear()
        self.callbacks = frozenset()
        self.desk.forget()

    def add(self, account: Account) -> None:
        """Take an account in."""
        self._by_id[account.id] = account

    def named(self, username: str) -> Account | None:
        """Find an account by its name, whose case does not matter."""
        wanted = username.lower()
        return next((each for each in self if each.username.lower() == wanted), None)

    def with_id(self, account_id: str) -> Account | None:
        """Find an account by its id."""
        return self._by_id.get(account_id)

    def caller(self, request: Request, *scopes: str) -> Account:
        """Tell whose access token a request carries, once it allows what is asked."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        access = self._access.get(token)
        if kind.lower() != "bearer" or access is None:
            raise ProblemError(401)
        path = request.url.path
        if self._faults.take(path, "expired_token"):
            access.expires_at = self._clock.now()
        if self._faults.take(path, "revoked_token"):
            self._forget(access.account)
        account = self.with_id(access.account)
        alive = token in self._access and access.expires_at > self._clock.now()
        if account is None or not alive:
            raise ProblemError(401)
        if not set(scopes) <= set(access.scopes):
            raise forbidden()
        if account.status is not None:
            raise forbidden(*STATUSES[account.status])
        return account

    async def me(self, request: Request) -> Response:
        """`GET /2/users/me`."""
        account = self.caller(request, "users.read", "tweet.read")
        query = read_query(request, {"user.fields", "expansions", "tweet.fields"})
        fields = asked_fields(query, "user.fields", _USER_FIELDS)
        return JSONResponse({"data": account.described(fields)})

    async def token(self, request: Request) -> Response:
        """`POST /2/oauth2/token`: a code or a refresh token, each of which works once."""
        if problem := _not_the_app(request):
            return problem
        form = await request.form()
        given = {name: str(value) for name, value in form.items()}
        match given.get("grant_type"):
            case "authorization_code":
                granted = self._spend(given)
                if granted is None:
                    return _invalid("authorization code")
                return self._issue(granted.account, granted.scopes)
            case "refresh_token":
                token = given.get("refresh_token", "")
                if self._faults.take(request.url.path, "revoked_token"):
                    self._forget(getattr(self._refresh.get(token), "account", ""))
                before = self._refresh.pop(token, None)
                if before is None:
                    return _invalid("token")
                return self._issue(before.account, before.scopes)
            case _:
                return _refused(400, "unsupported_grant_type", "The grant type is not supported.")

    async def revoke(self, request: Request) -> Response:
        """`POST /2/oauth2/revoke`: one token; one that is unknown is revoked already."""
        if problem := _not_the_app(request):
            return problem
        token = str((await request.form()).get("token", ""))
        self._access.pop(token, None)
        self._refresh.pop(token, None)
        return JSONResponse({"revoked": True})

    def _refuses(self, query: Mapping[str, str]) -> str | None:
        scopes = query.get("scope", "").split()
        checks = {
            "response_type must be code.": query.get("response_type") == "code",
            "client_id is not that of an app.": query.get("client_id") == CLIENT_ID,
            "redirect_uri is not a callback of the app.": self._is_callback(query),
            "scope is empty or holds an unknown scope.": scopes and set(scopes) <= SCOPES,
            "state is missing or too long.": 0
            < len(query.get("state", ""))
            <= STATE_CHARACTERS_MAX,
            "code_challenge is missing.": query.get("code_challenge"),
            "code_challenge_method must be S256.": query.get("code_challenge_method") == "S256",
        }
        return next((problem for problem, holds in checks.items() if not holds), None)

    def _is_callback(self, query: Mapping[str, str]) -> bool:
        asked = query.get("redirect_uri", "")
        if self.callbacks:
            return asked in self.callbacks
        return asked.startswith(("http://", "https://"))

    def _spend(self, given: Mapping[str, str]) -> Granted | None:
        granted = self.desk.spend(given.get("code", ""))
        if granted is None or granted.redirect_uri != given.get("redirect_uri"):
            return None
        return granted if granted.proves(given.get("code_verifier")) else None

    def _issue(self, account: str, scopes: tuple[str, ...]) -> Response:
        access = secrets.token_urlsafe(48)
        expires_at = self._clock.now() + ACCESS_LIVES
        self._access[access] = Access(account, scopes, expires_at)
        body: JsonObject = {
            "token_type": "bearer",
            "expires_in": int(ACCESS_LIVES.total_seconds()),
            "access_token": access,
            "scope": " ".join(scopes),
        }
        if OFFLINE in scopes:
            refresh = body["refresh_token"] = secrets.token_urlsafe(48)
            self._refresh[refresh] = Access(account, scopes, expires_at)
        return JSONResponse(body)

    def _forget(self, account: str) -> None:
        for tokens in (self._access, self._refresh):
            for token in [token for token, each in tokens.items() if each.account == account]:
                del tokens[token]


def _not_the_app(request: Request) -> Response | None:
    """The refusal of a client that does not prove to be the app (a confidential client)."""
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        shown = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        shown = ""
    if kind.lower() != "basic" or shown != f"{CLIENT_ID}:{CLIENT_SECRET}":
        return _refused(401, "unauthorized_client", "Missing valid authorization header")
    content_type = request.headers.get("content-type", "").partition(";")[0]
    if content_type != "application/x-www-form-urlencoded":
        return _refused(400, "invalid_request", "Invalid content type.")
    return None


def _invalid(what: str) -> Response:
    return _refused(400, "invalid_request", f"Value passed for the {what} was invalid.")


def _refused(status: int, error: str, description: str) -> Response:
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status_code=status)
