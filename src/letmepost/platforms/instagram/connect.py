"""Connect an Instagram account: by its owner's consent at Instagram, or through its Page.

Source: https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import urlencode

from letmepost.platform_kit.connect import (
    Connected,
    Consent,
    Credentials,
    NoRevocation,
    Refreshed,
    Revocation,
)
from letmepost.platform_kit.graph.errors import graph_error, readable
from letmepost.platform_kit.graph.token_server import TokenServer, ends_at
from letmepost.platform_kit.http import Upstream
from letmepost.platforms.instagram.errors import TABLE
from letmepost.platforms.instagram.rules import PROFESSIONAL
from letmepost.platforms.instagram.settings import InstagramSettings, api_base
from letmepost.preflight.refuse import refuse

SERVER: Final = TokenServer(
    TABLE, ("LETMEPOST_INSTAGRAM_CLIENT_ID", "LETMEPOST_INSTAGRAM_CLIENT_SECRET")
)
_PROFILE_FIELDS: Final = "user_id,username,name,account_type"
_PROFESSIONAL: Final = frozenset({"BUSINESS", "MEDIA_CREATOR", "CREATOR"})


class InstagramConnect:
    """Consent at Instagram: an hour's token, exchanged at once for one of sixty days."""

    kind: Literal["oauth"] = "oauth"
    revocation: Revocation | NoRevocation = NoRevocation(
        why="Instagram documents no call for it. The account's owner removes the app in the "
        "settings of Instagram."
    )
    scopes: tuple[str, ...] = (
        "instagram_business_basic",
        "instagram_business_content_publish",
        "instagram_business_manage_comments",
    )
    app_settings: tuple[str, ...] = ("client_id", "client_secret")

    def consent_url(self, consent: Consent, settings: InstagramSettings) -> str:
        """The consent page."""
        query = {
            "client_id": settings.client_id,
            "redirect_uri": consent.redirect_uri,
            "response_type": "code",
            "scope": ",".join(self.scopes),
            "state": consent.state,
        }
        return f"{settings.auth_url.rstrip('/')}/oauth/authorize?{urlencode(query)}"

    async def connect(
        self, code: str, consent: Consent, settings: InstagramSettings, upstream: Upstream
    ) -> Sequence[Connected]:
        """Spend the code, exchange the token, and ask whose account it is."""
        upstream.secrets.add(code)
        secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
        if secret:
            upstream.secrets.add(secret)
        short = await SERVER.token(
            upstream,
            "POST",
            f"{settings.token_url.rstrip('/')}/oauth/access_token",
            form={
                "client_id": settings.client_id or "",
                "client_secret": secret,
                "grant_type": "authorization_code",
                "redirect_uri": consent.redirect_uri,
                "code": code.removesuffix("#_"),
            },
        )
        long = await SERVER.token(
            upstream,
            "GET",
            f"{settings.api_url.rstrip('/')}/access_token",
            params={
                "grant_type": "ig_exchange_token",
                "client_secret": secret,
                "access_token": short["access_token"],
            },
        )
        token = long["access_token"]
        answer = await SERVER.asked(
            upstream,
            "GET",
            f"{api_base(settings, by_page=False)}/me",
            headers={"Authorization": f"Bearer {token}"},
            params={"fields": _PROFILE_FIELDS},
        )
        profile = readable(answer)
        if profile is None or not profile.get("user_id"):
            raise TABLE.refusal(answer, graph_error(answer)).error
        kind = profile.get("account_type")
        if isinstance(kind, str) and kind not in _PROFESSIONAL:
            raise refuse(PROFESSIONAL, platform_response=answer.shown())
        account_id, username = str(profile["user_id"]), profile.get("username")
        return [
            Connected(
                platform_account_id=account_id,
                display_name=username if isinstance(username, str) else account_id,
                credentials={"accessToken": token},
                details={
                    "login": "instagram",
                    "accountId": account_id,
                    "username": username,
                    "accountType": kind,
                    # What Meta calls the person when access is taken back.
                    "metaUserId": str(short.get("user_id", "")),
                },
                token_expires_at=ends_at(long),
                scopes=_scopes(short.get("permissions")),
            )
        ]

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],
        settings: InstagramSettings,
        upstream: Upstream,
    ) -> Refreshed:
        """Renew the token for sixty days; the token of a Page has no end and stays as it is."""
        if details.get("login") == "page":
            return Refreshed(credentials=credentials)
        upstream.secrets.add(credentials["accessToken"])
        renewed = await SERVER.token(
            upstream,
            "GET",
            f"{settings.api_url.rstrip('/')}/refresh_access_token",
            params={
                "grant_type": "ig_refresh_token",
                "access_token": credentials["accessToken"],
            },
        )
        return Refreshed(
            credentials={"accessToken": renewed["access_token"]}, token_expires_at=ends_at(renewed)
        )


def from_page(link: Mapping[str, Any]) -> Connected:
    """The account that a Facebook Page is linked to; it is called with the Page's token."""
    username = link.get("username")
    return Connected(
        platform_account_id=str(link["id"]),
        display_name=username if isinstance(username, str) else str(link["id"]),
        credentials={"accessToken": link["pageToken"]},
        details={
            "login": "page",
            "accountId": str(link["id"]),
            "username": username,
            "pageId": link["pageId"],
            "metaUserId": str(link.get("userId", "")),
        },
        scopes=tuple(link.get("scopes", ())) or None,
        renewable=False,
    )


def _scopes(said: object) -> tuple[str, ...] | None:
    """The rights that were granted: a list, or a text with commas."""
    if isinstance(said, str):
        return tuple(each.strip() for each in said.split(",") if each.strip())
    return tuple(map(str, said)) if isinstance(said, list) else None
