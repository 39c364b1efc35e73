"""Connect a Pinterest account by its owner's consent (OAuth 2.0), and renew its token.

Source: https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.connect import (
    Connected,
    Consent,
    Credentials,
    NoRevocation,
    Refreshed,
    Revocation,
)
from letmepost.platform_kit.http import Answer, NoAnswerError, Upstream
from letmepost.platforms.pinterest.api import address
from letmepost.platforms.pinterest.errors import (
    UNAUTHORIZED,
    auth_failed,
    not_answered,
    readable,
    refusal,
    unavailable,
    words_of,
    wrong_app,
)
from letmepost.platforms.pinterest.settings import PinterestSettings

_BAD_REQUEST = 400


class PinterestConnect:
    """Consent at Pinterest; the token lives 30 days and is renewed by itself from then on."""

    kind: Literal["oauth"] = "oauth"
    revocation: Revocation | NoRevocation = NoRevocation(
        why="Pinterest documents no call for it. The account's owner removes the app in the "
        "settings of Pinterest."
    )
    scopes: tuple[str, ...] = (
        "boards:read",
        "boards:write",
        "pins:read",
        "pins:write",
        "user_accounts:read",
    )
    app_settings: tuple[str, ...] = ("client_id", "client_secret")

    def consent_url(self, consent: Consent, settings: PinterestSettings) -> str:
        """The consent page; it is the same one for the sandbox."""
        query = {
            "client_id": settings.client_id,
            "redirect_uri": consent.redirect_uri,
            "response_type": "code",
            "scope": ",".join(self.scopes),
            "state": consent.state,
        }
        return f"{settings.auth_url.rstrip('/')}/oauth/?{urlencode(query)}"

    async def connect(
        self, code: str, consent: Consent, settings: PinterestSettings, upstream: Upstream
    ) -> Sequence[Connected]:
        """Spend the code, and ask whose account it is."""
        upstream.secrets.add(code)
        grant = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": consent.redirect_uri,
            # Apps that are older than 2025-09-25 get a token for good only with this.
            "continuous_refresh": "true",
        }
        tokens = await _granted(grant, settings, upstream)
        refreshed = _refreshed(tokens)
        answer = await _asked(
            upstream,
            "GET",
            address(settings.api_url, "/user_account"),
            headers={"Authorization": f"Bearer {tokens['access_token']}"},
        )
        user = readable(answer)
        if user is None:
            raise refusal(answer).error
        if not isinstance(user.get("id"), str) or not isinstance(user.get("username"), str):
            raise unavailable("the answer does not say whose account it is", answer)
        return [
            Connected(
                platform_account_id=user["id"],
                display_name=user["username"],
                credentials=refreshed.credentials,
                details={"username": user["username"], "accountType": user.get("account_type")},
                token_expires_at=refreshed.token_expires_at,
                scopes=refreshed.scopes,
                renewable_until=refreshed.renewable_until,
            )
        ]

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],  # noqa: ARG002 - the protocol's argument
        settings: PinterestSettings,
        upstream: Upstream,
    ) -> Refreshed:
        """Trade the refresh token in for a new pair; the old one is spent by that."""
        upstream.secrets.add(credentials["refreshToken"])
        grant = {"grant_type": "refresh_token", "refresh_token": credentials["refreshToken"]}
        return _refreshed(await _granted(grant, settings, upstream))


async def _granted(
    grant: Mapping[str, str], settings: PinterestSettings, upstream: Upstream
) -> dict[str, Any]:
    """The token endpoint's answer to a grant."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    basic = base64.b64encode(f"{settings.client_id}:{secret}".encode()).decode()
    upstream.secrets.update(each for each in (secret, basic) if each)
    answer = await _asked(
        upstream,
        "POST",
        address(settings.api_url, "/oauth/token"),
        headers={"Authorization": f"Basic {basic}"},
        form=grant,
    )
    tokens = readable(answer)
    if tokens is None:
        raise _not_granted(answer)
    for name in ("access_token", "refresh_token"):
        if not isinstance(tokens.get(name), str) or not tokens[name]:
            raise unavailable(f"the answer holds no {name}", answer)
        upstream.secrets.add(tokens[name])
    return tokens


async def _asked(upstream: Upstream, method: str, url: str, **given: Any) -> Answer:  # noqa: ANN401 - the parts of a request
    try:
        return await upstream.request(method, url, **given)
    except NoAnswerError as error:
        raise not_answered(error) from error


def _not_granted(answer: Answer) -> LetmepostError:
    if answer.status == UNAUTHORIZED:
        # The code or token may be as good as can be: it is the app that is not known.
        return wrong_app(answer)
    if answer.status == _BAD_REQUEST:
        error = auth_failed(answer)
        error.message = f"Pinterest gave no token: {words_of(answer)}"
        return error
    error = refusal(answer).error
    if error.code is ErrorCode.PLATFORM_REJECTED:
        return auth_failed(answer)
    return error


def _refreshed(tokens: Mapping[str, Any]) -> Refreshed:
    now = datetime.now(UTC)
    return Refreshed(
        # Secrets alone: what stands here is hidden in every transcript.
        credentials={
            "accessToken": tokens["access_token"],
            "refreshToken": tokens["refresh_token"],
        },
        token_expires_at=_moment(None, tokens.get("expires_in"), now),
        scopes=_scopes(tokens.get("scope")),
        renewable_until=_moment(
            tokens.get("refresh_token_expires_at"), tokens.get("refresh_token_expires_in"), now
        ),
    )


def _moment(at: object, seconds: object, now: datetime) -> datetime | None:
    """A moment given in epoch seconds, or else in seconds from now."""
    if isinstance(at, int | float) and at > 0:
        return datetime.fromtimestamp(at, UTC)
    return now + timedelta(seconds=seconds) if isinstance(seconds, int | float) else None


def _scopes(said: object) -> tuple[str, ...] | None:
    """The scopes, which are separated by commas in the question and by spaces in the answer."""
    return tuple(said.replace(",", " ").split()) if isinstance(said, str) else None
