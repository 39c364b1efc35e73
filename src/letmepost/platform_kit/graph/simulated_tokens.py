"""The simulated consent and tokens of apps with a login of their own: an hour, then sixty days."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.graph.simulated import GraphFault, bearer, invalid
from letmepost.platform_kit.simulator_consent import ConsentDesk
from letmepost.platform_kit.simulator_faults import Faults

SHORT: Final = timedelta(hours=1)
LONG: Final = timedelta(days=60)
REFRESHED_FROM: Final = timedelta(hours=24)
_BAD_CODE: Final = "Matching code was not found or was already used"


class Owner(Protocol):
    """Who consents."""

    @property
    def id(self) -> str:
        """The account's id."""
        ...

    @property
    def username(self) -> str:
        """What people call it."""
        ...


OwnerT = TypeVar("OwnerT", bound=Owner)


@dataclass(frozen=True, kw_only=True)
class App(Generic[OwnerT]):
    """In what the platforms of the family differ.

    `grants` begins the names of the grants, `token` every token. `answers_code` writes what a
    token of an hour comes in.
    """

    title: str
    client_id: str
    client_secret: str
    grants: str
    token: str
    scopes: frozenset[str]
    required: str
    answers_code: Callable[[str, OwnerT, tuple[str, ...]], Mapping[str, object]]


@dataclass
class Token(Generic[OwnerT]):
    """One token. A short one cannot be renewed, only exchanged."""

    owner: OwnerT
    scopes: tuple[str, ...]
    given_at: datetime
    expires_at: datetime
    long: bool
    revoked: bool = False


class Tokens(Generic[OwnerT]):
    """The consent page, the token server, and the judge of every token."""

    def __init__(
        self,
        app: App[OwnerT],
        owners: Callable[[], Mapping[str, OwnerT]],
        clock: Clock,
        faults: Faults,
    ) -> None:
        self._app = app
        self._owners = owners
        self._clock = clock
        self._faults = faults
        self._tokens: dict[str, Token[OwnerT]] = {}
        self.desk = ConsentDesk(
            app.title,
            clock,
            accounts=lambda: {each.id: each.username for each in owners().values()},
            refuses=self._wrong_question,
            code_lives=timedelta(hours=1),
            scope_separator=",",
        )

    def clear(self) -> None:
        """Forget every token and code."""
        self._tokens.clear()
        self.desk.forget()

    async def spend_code(self, request: Request) -> Response:
        """Trade a code for a token of an hour; errors come flat here, not in the envelope."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        known = (self._app.client_id, self._app.client_secret)
        if (form.get("client_id"), form.get("client_secret")) != known:
            return _flat("Error validating client secret.")
        if form.get("grant_type") != "authorization_code":
            return _flat("Invalid grant_type")
        granted = self.desk.spend(form.get("code", "").removesuffix("#_"))
        if granted is None:
            return _flat(_BAD_CODE)
        if granted.redirect_uri != form.get("redirect_uri"):
            return _flat("Error validating verification code. redirect_uri differs.")
        owner = self._owners()[granted.account]
        token = self.give(owner, granted.scopes, SHORT, long=False)
        return JSONResponse(self._app.answers_code(token, owner, granted.scopes))

    async def exchange(self, request: Request) -> Response:
        """Trade a token of an hour for one of sixty days."""
        query = dict(request.query_params)
        if query.get("grant_type") != f"{self._app.grants}_exchange_token":
            raise invalid("Invalid grant_type")
        if query.get("client_secret") != self._app.client_secret:
            raise GraphFault(1, "Error validating client secret.")
        held = self._judged(request, bearer(request, query))
        if held.long:
            raise invalid("The token is a long-lived one already.")
        return self._long(held)

    async def refresh(self, request: Request) -> Response:
        """Renew a token of sixty days that is a day old and has not expired."""
        query = dict(request.query_params)
        if query.get("grant_type") != f"{self._app.grants}_refresh_token":
            raise invalid("Invalid grant_type")
        held = self._judged(request, bearer(request, query))
        if not held.long or self._clock.now() - held.given_at < REFRESHED_FROM:
            raise invalid("The token cannot be refreshed before it is 24 hours old.")
        return self._long(held)

    def authenticated(self, request: Request, fields: Mapping[str, str], *scopes: str) -> OwnerT:
        """Whose token a call carries; it must hold all of these scopes."""
        held = self._judged(request, bearer(request, fields))
        if missing := [each for each in scopes if each not in held.scopes]:
            raise GraphFault(
                10,
                f"Application does not have permission for this action ({', '.join(missing)})",
                status=403,
            )
        return held.owner

    def _judged(self, request: Request, token: str) -> Token[OwnerT]:
        held = self._tokens.get(token)
        if held is None:
            raise GraphFault(190, "Invalid OAuth access token - Cannot parse access token")
        if self._faults.take(request.url.path, "revoked_token"):
            for each in self._tokens.values():
                each.revoked = each.revoked or each.owner is held.owner
        if held.revoked:
            raise GraphFault(
                190,
                "Error validating access token: The user has not authorized application "
                f"{self._app.client_id}.",
                458,
            )
        if self._faults.take(request.url.path, "expired_token"):
            held.expires_at = self._clock.now()
        if held.expires_at <= self._clock.now():
            raise GraphFault(190, "Error validating access token: Session has expired", 463)
        return held

    def give(
        self, owner: OwnerT, scopes: tuple[str, ...], lives: timedelta = LONG, *, long: bool = True
    ) -> str:
        """A new token."""
        token, now = f"{self._app.token}{secrets.token_urlsafe(32)}", self._clock.now()
        self._tokens[token] = Token(owner, scopes, now, now + lives, long)
        return token

    def _long(self, held: Token[OwnerT]) -> Response:
        token = self.give(held.owner, held.scopes)
        seconds = int(LONG.total_seconds())
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": seconds})

    def _wrong_question(self, query: Mapping[str, str]) -> str | None:
        """What is wrong with the query of the consent page."""
        if query.get("client_id") != self._app.client_id:
            return "Invalid client_id."
        if query.get("response_type") != "code":
            return "Invalid response_type."
        if not _is_safe(query.get("redirect_uri", "")):
            return "redirect_uri must use HTTPS."
        asked = query.get("scope", "").split(",")
        if self._app.required not in asked:
            return f"{self._app.required} is always required."
        unknown = [each for each in asked if each not in self._app.scopes]
        return f"Invalid scopes: {', '.join(unknown)}." if unknown else None


def _flat(message: str) -> Response:
    body = {"error_type": "OAuthException", "code": 400, "error_message": message}
    return JSONResponse(body, status_code=400)


def _is_safe(redirect_uri: str) -> bool:
    """Over HTTPS, or to this machine, which the real ones would not allow."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost")
