"""Who may call the simulated Facebook: the app, the person, and each Page with its own token."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.graph.simulated import (
    GraphFault,
    PageToken,
    bearer,
    invalid,
    page_token,
    read_fields,
    read_page_token,
    unsupported,
)
from letmepost.platform_kit.simulator_consent import ConsentDesk
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.facebook.simulator_world import Page, World

CLIENT_ID: Final = "770000000000001"
CLIENT_SECRET: Final = "secret-of-the-simulated-app"  # noqa: S105 - of an app that does not exist
SHORT: Final = timedelta(hours=2)
LONG: Final = timedelta(days=60)
DATA_ACCESS: Final = timedelta(days=90)
KNOWN_SCOPES: Final = frozenset(
    {
        "business_management",
        "email",
        "instagram_basic",
        "instagram_content_publish",
        "instagram_manage_comments",
        "instagram_manage_contents",
        "instagram_manage_insights",
        "pages_manage_engagement",
        "pages_manage_metadata",
        "pages_manage_posts",
        "pages_read_engagement",
        "pages_read_user_content",
        "pages_show_list",
        "public_profile",
        "read_insights",
    }
)
_APP_TOKEN: Final = f"{CLIENT_ID}|{CLIENT_SECRET}"


@dataclass
class _UserToken:
    scopes: tuple[str, ...]
    expires_at: datetime
    given_at: datetime


class Access:
    """The consent page, the token server, and the judge of every call."""

    def __init__(self, world: World, clock: Clock, faults: Faults) -> None:
        self._world = world
        self._clock = clock
        self._faults = faults
        self._tokens: dict[str, _UserToken] = {}
        self._revoked: set[str] = set()
        # Whether the person has let the app in at all, since it was last put out.
        self._allowed = True
        self.desk = ConsentDesk(
            "Facebook",
            clock,
            accounts=lambda: {world.user_id: world.user_name},
            refuses=_wrong_question,
            code_lives=timedelta(minutes=10),
            scope_separator=",",
        )

    def clear(self) -> None:
        """Forget every token and code."""
        self._tokens.clear()
        self._revoked.clear()
        self._allowed = True
        self.desk.forget()

    async def give_token(self, request: Request) -> Response:
        """`GET /oauth/access_token`: a code's token, or a long one in place of a short one."""
        fields = await read_fields(request)
        if fields.get("client_id") != CLIENT_ID:
            raise invalid("Error validating application. Cannot get application info.")
        if fields.get("client_secret") != CLIENT_SECRET:
            raise GraphFault(1, "Error validating client secret.")
        if fields.get("grant_type") == "fb_exchange_token":
            held = self._judged(fields.get("fb_exchange_token", ""))
            return self._given(held.scopes, LONG)
        granted = self.desk.spend(fields.get("code", ""))
        if granted is None:
            raise GraphFault(100, "This authorization code has been used.", 36009)
        if granted.redirect_uri != fields.get("redirect_uri"):
            raise GraphFault(
                100,
                "Error validating verification code. Please make sure your redirect_uri is "
                "identical to the one you used in the OAuth dialog request",
                36008,
            )
        self._allowed = True
        return self._given(granted.scopes, SHORT)

    def _given(self, scopes: tuple[str, ...], lives: timedelta) -> Response:
        token = self.give(scopes, lives)
        seconds = int(lives.total_seconds())
        return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": seconds})

    def give(self, scopes: tuple[str, ...], lives: timedelta = LONG) -> str:
        """A new token of the person."""
        token, now = f"EAAU{secrets.token_urlsafe(32)}", self._clock.now()
        self._tokens[token] = _UserToken(scopes, now + lives, now)
        return token

    def token_of(self, page: Page, scopes: tuple[str, ...]) -> str:
        """A token of a Page, which every simulator of the family can read."""
        return page_token(PageToken(page.id, self._world.user_id, scopes))

    def person(self, request: Request, fields: Mapping[str, str]) -> tuple[str, ...]:
        """The scopes of the person who calls."""
        token = bearer(request, fields)
        _check_proof(fields, token)
        return self._judged(token).scopes

    def page(self, request: Request, fields: Mapping[str, str], *scopes: str) -> Page:
        """Whose Page's token a call carries; it must hold all of these scopes."""
        token = bearer(request, fields)
        _check_proof(fields, token)
        said = read_page_token(token)
        if said is None:
            if token in self._tokens:
                raise GraphFault(
                    190,
                    "Any of the pages_read_engagement, pages_manage_metadata, pages_manage_posts "
                    "permission(s) must be granted before impersonating a user's page.",
                )
            raise GraphFault(190, "Invalid OAuth access token - Cannot parse access token")
        if not self._allowed:
            raise GraphFault(
                190,
                "Error validating access token: The user has not authorized application "
                f"{CLIENT_ID}.",
                458,
            )
        if self._faults.take(request.url.path, "revoked_token"):
            self._revoked.add(said.page_id)
        if said.page_id in self._revoked:
            raise GraphFault(
                190,
                "Error validating access token: The session has been invalidated because the user "
                "changed their password or Facebook has changed the session for security reasons.",
                460,
            )
        page = self._world.pages.get(said.page_id)
        if page is None:
            raise unsupported(request.method.lower(), said.page_id)
        if missing := [each for each in scopes if each not in said.scopes]:
            raise GraphFault(
                200,
                f"(#200) Requires {missing[0]} permission as an admin with sufficient "
                "administrative permission",
                status=403,
            )
        return page

    async def revoke(self, request: Request) -> Response:
        """`DELETE /{user}/permissions`: the app is out, with every token of the person's Pages."""
        fields, user = await read_fields(request), request.path_params.get("user")
        token = bearer(request, fields)
        if read_page_token(token) is not None:
            raise GraphFault(100, "(#100) Tried accessing nonexisting field (permissions)")
        if token != _APP_TOKEN:
            self._judged(token)
        elif user is None:
            # The app is nobody, so it must name whom it means.
            raise GraphFault(
                2500,
                "An active access token must be used to query information about the current user.",
            )
        if user not in (None, self._world.user_id):
            raise unsupported("delete", str(user))
        self._tokens.clear()
        self._allowed = False
        return JSONResponse({"success": True})

    async def debug_token(self, request: Request) -> Response:
        """`GET /debug_token`: what is to be said of any token of this app."""
        fields = await read_fields(request)
        if bearer(request, fields) != _APP_TOKEN:
            raise GraphFault(100, "(#100) You must provide an app access token")
        token = fields.get("input_token", "")
        said = read_page_token(token)
        shown: dict[str, object] = {"app_id": CLIENT_ID, "application": "Simulated"}
        if said is not None:
            valid = self._allowed and said.page_id not in self._revoked
            shown |= {"type": "PAGE", "profile_id": said.page_id, "expires_at": 0}
            shown |= {"is_valid": valid, "scopes": list(said.scopes), "user_id": said.user_id}
        elif (held := self._tokens.get(token)) is not None:
            valid = held.expires_at > self._clock.now()
            shown |= {"type": "USER", "expires_at": int(held.expires_at.timestamp())}
            shown |= {"is_valid": valid, "scopes": list(held.scopes)}
            shown |= {"user_id": self._world.user_id}
        else:
            shown |= {"is_valid": False, "scopes": []}
            valid = False
        if not valid:
            shown["error"] = {"code": 190, "message": "The token is not valid.", "subcode": 460}
        ends = self._clock.now() + DATA_ACCESS
        return JSONResponse({"data": {**shown, "data_access_expires_at": int(ends.timestamp())}})

    def _judged(self, token: str) -> _UserToken:
        held = self._tokens.get(token)
        if held is None:
            raise GraphFault(190, "Invalid OAuth access token - Cannot parse access token")
        if held.expires_at <= self._clock.now():
            raise GraphFault(190, "Error validating access token: Session has expired", 463)
        return held


def _check_proof(fields: Mapping[str, str], token: str) -> None:
    """A proof need not be given, and must be right."""
    given = fields.get("appsecret_proof")
    made = hmac.new(CLIENT_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    if given is not None and not hmac.compare_digest(given, made):
        raise GraphFault(
            100,
            "Invalid appsecret_proof provided in the API argument",
            kind="GraphMethodException",
        )


def _wrong_question(query: Mapping[str, str]) -> str | None:
    """What is wrong with the query of the dialog."""
    if query.get("client_id") != CLIENT_ID:
        return "Invalid App ID: The provided app ID does not look like a valid app ID."
    address = urlsplit(query.get("redirect_uri", ""))
    if address.scheme != "https" and address.hostname not in ("127.0.0.1", "::1", "localhost"):
        return "URL blocked: the redirect URI is not on the app's list."
    asked = [each for each in query.get("scope", "").split(",") if each]
    unknown = [each for each in asked if each not in KNOWN_SCOPES]
    return f"Invalid Scopes: {', '.join(unknown)}." if unknown else None
