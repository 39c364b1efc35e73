"""Connect an account of X by the consent of its owner, and renew its token.

Source: https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code.
"""

import base64
import hashlib
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
from letmepost.platforms.twitter.errors import (
    CLIENT_ERROR,
    PLATFORM,
    REQUIRED_SCOPES,
    UNAUTHORIZED,
    auth_failed,
    body_of,
    error_words,
    not_answered,
    refusal,
    unavailable,
    unreadable,
)
from letmepost.platforms.twitter.settings import TwitterSettings

OFFLINE = "offline.access"
USER_FIELDS = {"user.fields": "profile_image_url,verified,verified_type"}


async def _revoke(
    credentials: Credentials,
    details: Mapping[str, Any],  # noqa: ARG001 - the protocol's argument
    settings: TwitterSettings,
    upstream: Upstream,
) -> None:
    """Revoke the refresh token, and then the access token: X does not say that one ends both."""
    basic = _basic(settings, upstream)
    for name in ("refreshToken", "accessToken"):
        if name not in credentials:
            continue
        try:
            answer = await upstream.request(
                "POST",
                f"{settings.api_url.rstrip('/')}/2/oauth2/revoke",
                headers={"Authorization": f"Basic {basic}"},
                form={"token": credentials[name]},
            )
        except NoAnswerError as error:
            raise not_answered(error) from error
        if not answer.ok:
            raise unavailable(error_words(answer), answer.shown())


class TwitterConnect:
    """OAuth 2.0 with PKCE, as a confidential client."""

    kind: Literal["oauth"] = "oauth"
    # X does not say whether another consent of the same account has tokens of its own.
    revocation: Revocation | NoRevocation = Revocation(ask=_revoke, ends_for="account")
    scopes: tuple[str, ...] = (*REQUIRED_SCOPES, OFFLINE)
    app_settings: tuple[str, ...] = ("client_id", "client_secret")

    def consent_url(self, consent: Consent, settings: TwitterSettings) -> str:
        """The consent page, with the challenge of PKCE."""
        digest = hashlib.sha256(consent.code_verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": settings.client_id or "",
            "redirect_uri": consent.redirect_uri,
            "scope": " ".join(self.scopes),
            "state": consent.state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{settings.auth_url.rstrip('/')}/i/oauth2/authorize?{urlencode(query)}"

    async def connect(
        self, code: str, consent: Consent, settings: TwitterSettings, upstream: Upstream
    ) -> Sequence[Connected]:
        """Spend the code, which lives 30 seconds, and read whose account it opens."""
        upstream.secrets.update((code, consent.code_verifier))
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": consent.redirect_uri,
            "code_verifier": consent.code_verifier,
        }
        token = await _token(form, settings, upstream)
        user = await _user(token["access_token"], settings, upstream)
        scopes = _scopes(token)
        details = {
            "id": user["id"],
            "username": user.get("username"),
            "name": user.get("name"),
            "verifiedType": user.get("verified_type", "none"),
            "profileImageUrl": user.get("profile_image_url"),
            "scopes": list(scopes or ()) or None,
        }
        return [
            Connected(
                platform_account_id=user["id"],
                display_name=user.get("username"),
                credentials=_credentials(token),
                details={name: value for name, value in details.items() if value is not None},
                token_expires_at=_expiry(token),
                scopes=scopes,
                # Without the scope offline.access X gives no token to renew by.
                renewable="refresh_token" in token,
            )
        ]

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],  # noqa: ARG002 - the protocol's argument
        settings: TwitterSettings,
        upstream: Upstream,
    ) -> Refreshed:
        """Renew the token. The refresh token is spent by this: X answers with the next one."""
        spent = credentials.get("refreshToken")
        if not spent:
            raise auth_failed("the connection was made without the right to renew it")
        upstream.secrets.add(spent)
        form = {"grant_type": "refresh_token", "refresh_token": spent}
        token = await _token(form, settings, upstream)
        return Refreshed(
            credentials={"refreshToken": spent, **_credentials(token)},
            token_expires_at=_expiry(token),
            scopes=_scopes(token),
        )


async def _token(
    form: Mapping[str, str], settings: TwitterSettings, upstream: Upstream
) -> Mapping[str, Any]:
    """Ask for tokens, and keep them out of every transcript."""
    basic = _basic(settings, upstream)
    try:
        answer = await upstream.request(
            "POST",
            f"{settings.api_url.rstrip('/')}/2/oauth2/token",
            headers={"Authorization": f"Basic {basic}"},
            form=form,
        )
    except NoAnswerError as error:
        raise not_answered(error) from error
    token = body_of(answer)
    given = [token.get(name) for name in ("access_token", "refresh_token")]
    upstream.secrets.update(each for each in given if isinstance(each, str) and each)
    if answer.ok and isinstance(given[0], str) and given[0]:
        return token
    raise _token_refused(answer)


def _basic(settings: TwitterSettings, upstream: Upstream) -> str:
    """How the app proves who it is, kept out of every transcript."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    basic = base64.b64encode(f"{settings.client_id}:{secret}".encode()).decode()
    upstream.secrets.update(filter(None, (secret, basic)))
    return basic


def _token_refused(answer: Answer) -> LetmepostError:
    words, name = error_words(answer), body_of(answer).get("error")
    if name in ("unauthorized_client", "invalid_client") or answer.status == UNAUTHORIZED:
        error = unavailable(words, answer.shown())
        error.remediation = (
            "The operator of this server compares LETMEPOST_TWITTER_CLIENT_ID and "
            "LETMEPOST_TWITTER_CLIENT_SECRET with the app in X's developer console."
        )
        return error
    if answer.ok:
        return unreadable(answer)
    if answer.status == CLIENT_ERROR and name is not None:
        # invalid_request or invalid_grant: spent, revoked, unknown or too old.
        return auth_failed(words, answer.shown())
    return refusal(answer, datetime.now(UTC), None).error


async def _user(access: str, settings: TwitterSettings, upstream: Upstream) -> Mapping[str, Any]:
    try:
        answer = await upstream.request(
            "GET",
            f"{settings.api_url.rstrip('/')}/2/users/me",
            headers={"Authorization": f"Bearer {access}"},
            params=USER_FIELDS,
        )
    except NoAnswerError as error:
        raise not_answered(error) from error
    user = body_of(answer).get("data")
    if answer.ok and isinstance(user, dict) and isinstance(user.get("id"), str):
        return user
    if answer.ok:
        raise LetmepostError(
            code=ErrorCode.PLATFORM_UNAVAILABLE,
            message="X did not say whose account was connected.",
            platform=PLATFORM,
            platform_response=answer.shown(),
        )
    raise refusal(answer, datetime.now(UTC), None).error


def _credentials(token: Mapping[str, Any]) -> dict[str, Any]:
    # Secrets alone: what stands here is hidden in every transcript.
    named = {"accessToken": token["access_token"], "refreshToken": token.get("refresh_token")}
    return {name: value for name, value in named.items() if value}


def _expiry(token: Mapping[str, Any]) -> datetime | None:
    seconds = token.get("expires_in")
    if not isinstance(seconds, int):
        return None
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _scopes(token: Mapping[str, Any]) -> tuple[str, ...] | None:
    told = token.get("scope")
    return tuple(told.split()) if isinstance(told, str) else None
