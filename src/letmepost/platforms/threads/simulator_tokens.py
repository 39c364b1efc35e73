"""The simulated consent and tokens of Threads: an hour, then sixty days at a time."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.graph.simulated import GraphFault, bearer, invalid
from letmepost.platform_kit.simulator_consent import ConsentDesk
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.threads.simulator_world import Profile, World

CLIENT_ID: Final = "990000000000001"
CLIENT_SECRET: Final = "secret-of-the-simulated-app"  # noqa: S105 - of an app that does not exist
SHORT: Final = timedelta(hours=1)
LONG: Final = timedelta(days=60)
REFRESHED_FROM: Final = timedelta(hours=24)
SCOPES: Final = frozenset(
    {
        "threads_basic",
        "threads_content_publish",
        "threads_delete",
        "threads_keyword_search",
        "threads_location_tagging",
        "threads_manage_insights",
        "threads_manage_mentions",
        "threads_manage_replies",
        "threads_profile_discovery",
        "threads_read_replies",
    }
)
_BAD_CODE: Final = "Matching code was not found or was already used"


@dataclass
class Token:
    """One token. A short one cannot be renewed, only exchanged."""

    profile: Profile
    scopes: tuple[str, ...]
    given_at: datetime
    expires_at: datetime
    long: bool
    revoked: bool = False


class Tokens:
    """The consent page, the token server, and the judge of every token."""

    def __init__(self, world: World, clock: Clock, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._tokens: dict[str, Token] = {}
        self.desk = ConsentDesk(
            "Threads",
            clock,
            accounts=lambda: {each.id: each.username for each in world.profiles.values()},
            refuses=_wrong_question,
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
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return _flat("Error validating client secret.")
        if form.get("grant_type") != "authorization_code":
            return _flat("Invalid grant_type")
        granted = self.desk.spend(form.get("code", "").removesuffix("#_"))
        if granted is None:
            return _flat(_BAD_CODE)
        if granted.redirect_uri != form.get("redirect_uri"):
            return _flat("Error validating verification code. redirect_uri differs.")
        profile = self._world.profiles[granted.account]
        token = self._new(profile, granted.scopes, SHORT, long=False)
        # A JSON number, here alone.
        return JSONResponse({"access_token": token, "user_id": int(profile.id)})

    async def exchange(self, request: Request) -> Response:
        """Trade a token of an hour for one of sixty days."""
        query = dict(request.query_params)
        if query.get("grant_type") != "th_exchange_token":
            raise invalid("Invalid grant_type")
        if query.get("client_secret") != CLIENT_SECRET:
            raise GraphFault(1, "Error validating client secret.")
        held = self._judged(request, bearer(request, query))
        if held.long:
            raise invalid("The token is a long-lived one already.")
        return self._long(held)

    async def refresh(self, request: Request) -> Response:
        """Renew a token of sixty days that is a day old and has not expired."""
        query = dict(request.query_params)
        if query.get("grant_type") != "th_refresh_token":
            raise invalid("Invalid grant_type")
        held = self._judged(request, bearer(request, query))
        if not held.long or self._world.now() - held.given_at < REFRESHED_FROM:
            raise invalid("The token cannot be refreshed before it is 24 hours old.")
        return self._long(held)

    def authenticated(self, request: Request, fields: Mapping[str, str], *scopes: str) -> Profile:
        """Whose token a call carries; it must hold all of these scopes."""
        held = self._judged(request, bearer(request, fields))
        if missing := [each for each in scopes if each not in held.scopes]:
            raise GraphFault(
                10,
                f"Application does not have permission for this action ({', '.join(missing)})",
                status=403,
            )
        return held.profile

    def _judged(self, request: Request, token: str) -> Token:
        held = self._tokens.get(token)
        if held is None:
            raise GraphFault(190, "Invalid OAuth access token - Cannot parse access token")
        if self._faults.take(request.url.path, "revoked_token"):
            for each in self._tokens.values():
                each.revoked = each.revoked or each.profile is held.profile
        if held.revoked:
            raise GraphFault(
                190,
                "Error validating access token: The user has not authorized application "
                f"{CLIENT_ID}.",
                458,
            )
        if self._faults.take(request.url.path, "expired_token"):
            held.expires_at = self._world.now()
        if held.expires_at <= self._world.now():
            raise GraphFault(190, "Error validating access token: Session has expired", 463)
        return held

    def _new(
        self, profile: Profile, scopes: tuple[str, ...], lives: timedelta, *, long: bool
    ) -> str:
        token, now = f"THQVJ{secrets.token_urlsafe(32)}", self._world.now()
        self._tokens[token] = Token(profile, scopes, now, now + lives, long)
        return token

    def _long(self, held: Token) -> Response:
        token = self._new(held.profile, held.scopes, LONG, long=True)
        seconds = int(LONG.total_seconds())
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": seconds})


def _flat(message: str) -> Response:
    body = {"error_type": "OAuthException", "code": 400, "error_message": message}
    return JSONResponse(body, status_code=400)


def _wrong_question(query: Mapping[str, str]) -> str | None:
    """What is wrong with the query of the consent page."""
    if query.get("client_id") != CLIENT_ID:
        return "Invalid client_id."
    if query.get("response_type") != "code":
        return "Invalid response_type."
    if not _is_safe(query.get("redirect_uri", "")):
        return "redirect_uri must use HTTPS."
    asked = query.get("scope", "").split(",")
    if "threads_basic" not in asked:
        return "threads_basic is always required."
    unknown = [each for each in asked if each not in SCOPES]
    return f"Invalid scopes: {', '.join(unknown)}." if unknown else None


def _is_safe(redirect_uri: str) -> bool:
    """Over HTTPS, or to this machine, which the real Threads would not allow."""
    parts = urlsplit(redirect_uri)
    return parts.scheme == "https" or parts.hostname in ("127.0.0.1", "::1", "localhost")
