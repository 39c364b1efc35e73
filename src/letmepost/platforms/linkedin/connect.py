"""Connect a LinkedIn member by consent (OAuth 2.0), and renew the token where LinkedIn lets us.

Source: https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
and .../programmatic-refresh-tokens.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlencode

from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.connect import (
    Connected,
    Consent,
    Credentials,
    NoRevocation,
    Refreshed,
    Revocation,
)
from letmepost.platform_kit.http import Answer, NoAnswerError, Upstream
from letmepost.platforms.linkedin.errors import (
    FORBIDDEN,
    SERVER_ERROR,
    TOO_MANY_REQUESTS,
    UNAUTHENTICATED,
    Asking,
    auth_failed,
    error_code,
    error_words,
    not_answered,
    refusal,
    unavailable,
    unreadable,
)
from letmepost.platforms.linkedin.rest import versioned
from letmepost.platforms.linkedin.settings import LinkedInSettings

SCOPES = ("openid", "profile", "w_member_social")
ORGANIZATION_SCOPES = ("w_organization_social", "r_organization_social", "r_organization_admin")
POSTING_ROLES = frozenset(
    {"ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR"}
)
# A new token may be called revoked for some seconds, until every server of LinkedIn knows it.
FRESH_TOKEN_WAITS_SECONDS = (0.5, 1.0, 2.0, 3.0, 4.0)


class LinkedInConnect:
    """The member consents; what they may post for is read at once, and kept with the account."""

    kind: Literal["oauth"] = "oauth"
    revocation: Revocation | NoRevocation = NoRevocation(
        why="LinkedIn documents no call for it. The account's owner removes the app in the "
        "settings of LinkedIn."
    )
    scopes: tuple[str, ...] = SCOPES
    app_settings: tuple[str, ...] = ("client_id", "client_secret")

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep

    def consent_url(self, consent: Consent, settings: LinkedInSettings) -> str:
        """The consent page; where the setting says so, it asks for the pages as well."""
        scopes = (*SCOPES, *ORGANIZATION_SCOPES) if settings.organizations else SCOPES
        query = {
            "response_type": "code",
            "client_id": settings.client_id or "",
            "redirect_uri": consent.redirect_uri,
            "state": consent.state,
            "scope": " ".join(scopes),
        }
        return f"{_oauth(settings)}/authorization?{urlencode(query, quote_via=quote)}"

    async def connect(
        self, code: str, consent: Consent, settings: LinkedInSettings, upstream: Upstream
    ) -> Sequence[Connected]:
        """Spend the code, and ask whose token it is and which pages it may post for."""
        upstream.secrets.add(code)
        granted = await _token(
            settings,
            upstream,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": consent.redirect_uri,
            },
        )
        now = datetime.now(UTC)
        scopes = _scopes(granted)
        member = await self._member(granted["access_token"], settings, upstream)
        author = f"urn:li:person:{member['sub']}"
        details: dict[str, Any] = {
            "authorUrn": author,
            "organizations": await _organizations(
                granted["access_token"], scopes, settings, upstream
            ),
            "scopes": list(scopes) if scopes is not None else None,
        }
        name = member.get("name")
        return [
            Connected(
                platform_account_id=author,
                display_name=name if isinstance(name, str) and name else author,
                credentials=_credentials(granted),
                details=details,
                token_expires_at=_after(now, granted.get("expires_in")),
                scopes=scopes,
                renewable="refresh_token" in granted,
                renewable_until=_after(now, granted.get("refresh_token_expires_in")),
            )
        ]

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],  # noqa: ARG002 - the protocol's argument
        settings: LinkedInSettings,
        upstream: Upstream,
    ) -> Refreshed:
        """Renew the token; only partners of LinkedIn have what renews it."""
        refresh_token = credentials.get("refreshToken")
        if not refresh_token:
            raise auth_failed("its 60 days are over, and LinkedIn lets this app renew no consent")
        upstream.secrets.add(refresh_token)
        granted = await _token(
            settings, upstream, {"grant_type": "refresh_token", "refresh_token": refresh_token}
        )
        now = datetime.now(UTC)
        return Refreshed(
            credentials={"refreshToken": refresh_token, **_credentials(granted)},
            token_expires_at=_after(now, granted.get("expires_in")),
            scopes=_scopes(granted),
            renewable_until=_after(now, granted.get("refresh_token_expires_in")),
        )

    async def _member(
        self, token: str, settings: LinkedInSettings, upstream: Upstream
    ) -> Mapping[str, Any]:
        answer = await _userinfo(token, settings, upstream)
        for wait in FRESH_TOKEN_WAITS_SECONDS:
            if answer.status != UNAUTHENTICATED or error_code(answer) != "REVOKED_ACCESS_TOKEN":
                break
            await self._sleep(wait)
            answer = await _userinfo(token, settings, upstream)
        if not answer.ok:
            asking = Asking(now=datetime.now(UTC), version=settings.version)
            raise refusal(answer, asking).error
        document = answer.document
        if not isinstance(document, dict) or not isinstance(document.get("sub"), str):
            raise unreadable(answer)
        return document


def _oauth(settings: LinkedInSettings) -> str:
    return f"{settings.auth_url.rstrip('/')}/oauth/v2"


def app_form(settings: LinkedInSettings, upstream: Upstream) -> dict[str, str]:
    """The app's own name and secret, as the forms of LinkedIn's token server want them."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    if secret:
        upstream.secrets.add(secret)
    return {"client_id": settings.client_id or "", "client_secret": secret}


async def introspect(token: str, settings: LinkedInSettings, upstream: Upstream) -> Answer:
    """What LinkedIn says of a token: whether it is active, its scopes, and how long it lives.

    Source: https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection.
    """
    return await upstream.request(
        "POST",
        f"{_oauth(settings)}/introspectToken",
        form={**app_form(settings, upstream), "token": token},
    )


def scopes_in(text: object) -> tuple[str, ...] | None:
    """The scopes of an answer; LinkedIn writes commas, where the standard has spaces."""
    if not isinstance(text, str) or not text.strip():
        return None
    return tuple(filter(None, re.split(r"[,\s]+", text)))


async def _token(
    settings: LinkedInSettings, upstream: Upstream, form: Mapping[str, str]
) -> Mapping[str, Any]:
    try:
        answer = await upstream.request(
            "POST",
            f"{_oauth(settings)}/accessToken",
            form={**form, **app_form(settings, upstream)},
        )
    except NoAnswerError as error:
        raise not_answered(error) from error
    if not answer.ok:
        raise _not_granted(answer, settings)
    document = answer.document
    if not isinstance(document, dict) or not isinstance(document.get("access_token"), str):
        raise unreadable(answer)
    for name in ("access_token", "refresh_token", "id_token"):
        if isinstance(secret := document.get(name), str):
            upstream.secrets.add(secret)
    return document


def _not_granted(answer: Answer, settings: LinkedInSettings) -> LetmepostError:
    """A code or refresh token that is not good is a matter of the member, the rest is not."""
    document = answer.document if isinstance(answer.document, dict) else {}
    description = document.get("error_description")
    message = description if isinstance(description, str) else error_words(answer)
    if document.get("error") in ("invalid_client", "unauthorized_client"):
        error = unavailable(message, answer.shown())
        error.message = f"LinkedIn does not know this server's app {settings.client_id}: {message}"
        error.remediation = (
            "Correct LETMEPOST_LINKEDIN_CLIENT_ID and LETMEPOST_LINKEDIN_CLIENT_SECRET."
        )
        return error
    if answer.status >= SERVER_ERROR or answer.status == TOO_MANY_REQUESTS:
        return unavailable(message, answer.shown())
    return auth_failed(message, answer.shown())


async def _userinfo(token: str, settings: LinkedInSettings, upstream: Upstream) -> Answer:
    try:
        return await upstream.request(
            "GET",
            f"{settings.api_url.rstrip('/')}/v2/userinfo",
            headers={"Authorization": f"Bearer {token}"},
        )
    except NoAnswerError as error:
        raise not_answered(error) from error


async def _organizations(
    token: str, scopes: Sequence[str] | None, settings: LinkedInSettings, upstream: Upstream
) -> list[dict[str, str]]:
    """The pages that the member may post for; none where nobody consented to that."""
    if "w_organization_social" not in (scopes or ()):
        return []
    try:
        answer = await upstream.request(
            "GET",
            f"{settings.api_url.rstrip('/')}/rest/organizationAcls",
            headers={**versioned(token, settings.version), "X-RestLi-Method": "FINDER"},
            params=ROLES_QUERY,
        )
    except NoAnswerError as error:
        raise not_answered(error) from error
    if answer.status == FORBIDDEN:
        return []
    if not answer.ok:
        asking = Asking(now=datetime.now(UTC), version=settings.version, scopes=scopes)
        raise refusal(answer, asking).error
    return organizations_in(answer)


ROLES_QUERY: Mapping[str, str] = {"q": "roleAssignee", "state": "APPROVED"}


def organizations_in(answer: Answer) -> list[dict[str, str]]:
    """The pages of an answer on which the member's role lets them post."""
    document = answer.document if isinstance(answer.document, dict) else {}
    elements = document.get("elements")
    return [
        {"urn": str(each["organization"]), "role": str(each["role"])}
        for each in (elements if isinstance(elements, list) else [])
        if isinstance(each, dict)
        and each.get("role") in POSTING_ROLES
        and each.get("state", "APPROVED") == "APPROVED"
        and each.get("organization")
    ]


def _scopes(granted: Mapping[str, Any]) -> tuple[str, ...] | None:
    return scopes_in(granted.get("scope"))


def _credentials(granted: Mapping[str, Any]) -> dict[str, str]:
    credentials = {"accessToken": granted["access_token"]}
    if isinstance(refresh_token := granted.get("refresh_token"), str):
        credentials["refreshToken"] = refresh_token
    return credentials


def _after(now: datetime, seconds: object) -> datetime | None:
    return now + timedelta(seconds=seconds) if isinstance(seconds, int) else None
