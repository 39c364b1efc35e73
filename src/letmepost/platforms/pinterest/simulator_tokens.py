"""The simulated consent and tokens: who may do what, and in which environment."""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_consent import ConsentDesk
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.pinterest.simulator_wire import PinterestError, invalid
from letmepost.platforms.pinterest.simulator_world import Account, Environment, World

CLIENT_ID: Final = "1501234"
CLIENT_SECRET: Final = "secret-of-the-simulated-app"  # noqa: S105 - of an app that does not exist
ACCESS_SECONDS: Final = 30 * 24 * 3600
REFRESH_SECONDS: Final = 60 * 24 * 3600
SCOPES: Final = frozenset(
    f"{thing}:{right}{secret}"
    for thing in ("boards", "pins")
    for right in ("read", "write")
    for secret in ("", "_secret")
) | {"user_accounts:read"}

_CODE_LIVES: Final = timedelta(minutes=10)


@dataclass
class Token:
    """One token, of either kind."""

    account: Account
    environment: Environment
    scopes: tuple[str, ...]
    expires_at: float


class Tokens:
    """The consent page, the token endpoint, and the judge of every token."""

    def __init__(self, world: World, clock: Clock, faults: Faults) -> None:
        self._world = world
        self._clock = clock
        self._faults = faults
        self._access: dict[str, Token] = {}
        self._refresh: dict[str, Token] = {}
        self.desk = ConsentDesk(
            "Pinterest",
            clock,
            accounts=lambda: {each.id: each.username for each in world.accounts.values()},
            refuses=_wrong_question,
            code_lives=_CODE_LIVES,
            scope_separator=",",
        )

    def clear(self) -> None:
        """Forget every token and code."""
        self._access.clear()
        self._refresh.clear()
        self.desk.forget()

    async def grant(self, request: Request, environment: Environment) -> Response:
        """Trade a code or a refresh token for a new pair."""
        _check_app(request)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip()
        if content_type != "application/x-www-form-urlencoded":
            raise PinterestError(415, 415, "Unsupported media type.")
        form = {name: str(value) for name, value in (await request.form()).items()}
        match form.get("grant_type"):
            case "authorization_code":
                return self._spend_code(form, environment)
            case "refresh_token":
                return self._rotate(request, form, environment)
            case other:
                raise invalid(f"{other!r} is not one of ['authorization_code', 'refresh_token']")

    def authenticated(self, request: Request, environment: Environment, *scopes: str) -> Token:
        """Whose token a request carries; it must hold all of these scopes."""
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        token = self._access.get(value.strip()) if kind.lower() == "bearer" else None
        # A token of the other environment is as good as none.
        if token is None or token.environment is not environment:
            raise PinterestError(401, 2, "Authentication failed.")
        if self._faults.take(request.url.path, "expired_token"):
            token.expires_at = 0.0
        if self._faults.take(request.url.path, "revoked_token"):
            self._revoke(token.account)
        if token.expires_at <= self._clock.now().timestamp():
            raise PinterestError(401, 2, "Authentication failed.")
        missing = [each for each in scopes if each not in token.scopes]
        if missing:
            raise PinterestError(
                403,
                29,
                "Your token does not have sufficient permissions to perform this operation. "
                f"Required: {missing}",
            )
        return token

    def _spend_code(self, form: Mapping[str, str], environment: Environment) -> Response:
        granted = self.desk.spend(form.get("code", ""))
        if granted is None or granted.redirect_uri != form.get("redirect_uri"):
            raise invalid("the code is not valid, or redirect_uri is another one")
        account = self._world.accounts.get(granted.account)
        if account is None:
            raise PinterestError(404, 30, "User not found.")
        return self._pair(account, environment, granted.scopes, "authorization_code")

    def _rotate(
        self, request: Request, form: Mapping[str, str], environment: Environment
    ) -> Response:
        # Each refresh token works once: the answer holds the one that follows it.
        spent = self._refresh.pop(form.get("refresh_token", ""), None)
        if spent is None or spent.environment is not environment:
            raise invalid("refresh_token is not valid")
        if self._faults.take(request.url.path, "revoked_token"):
            self._revoke(spent.account)
            raise invalid("refresh_token is not valid")
        if spent.expires_at <= self._clock.now().timestamp():
            raise invalid("refresh_token has expired")
        scopes = tuple(filter(None, form.get("scope", "").replace(",", " ").split(" ")))
        if set(scopes) - set(spent.scopes):
            raise invalid("scope holds more than was granted")
        return self._pair(spent.account, environment, scopes or spent.scopes, "refresh_token")

    def _pair(
        self, account: Account, environment: Environment, scopes: tuple[str, ...], response: str
    ) -> Response:
        now = int(self._clock.now().timestamp())
        access, refresh = (f"{kind}_{secrets.token_urlsafe(32)}" for kind in ("pina", "pinr"))
        self._access[access] = Token(account, environment, scopes, now + ACCESS_SECONDS)
        self._refresh[refresh] = Token(account, environment, scopes, now + REFRESH_SECONDS)
        return JSONResponse(
            {
                "access_token": access,
                "refresh_token": refresh,
                "response_type": response,
                "token_type": "bearer",
                "expires_in": ACCESS_SECONDS,
                "refresh_token_expires_in": REFRESH_SECONDS,
                "refresh_token_expires_at": now + REFRESH_SECONDS,
                "scope": " ".join(scopes),
            }
        )

    def _revoke(self, account: Account) -> None:
        for token in (*self._access.values(), *self._refresh.values()):
            if token.account is account:
                token.expires_at = 0.0


def _wrong_question(query: Mapping[str, str]) -> str | None:
    """What is wrong with the query of the consent page."""
    if query.get("client_id") != CLIENT_ID:
        return "We could not find this app (client_id)."
    if query.get("response_type") != "code":
        return "response_type must be code."
    if not query.get("redirect_uri", "").startswith(("https://", "http://")):
        return "redirect_uri is not registered for this app."
    asked = query.get("scope", "").split(",")
    unknown = [each for each in asked if each not in SCOPES]
    return f"These scopes do not exist: {', '.join(unknown)}." if unknown else None


def _check_app(request: Request) -> None:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(value, validate=True).decode() if kind == "Basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        given = ""
    if not secrets.compare_digest(given.encode(), f"{CLIENT_ID}:{CLIENT_SECRET}".encode()):
        raise PinterestError(401, 2, "Authentication failed.")
