"""Connect a Threads profile by its owner's consent, and renew its token of sixty days.

Source: https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
and .../long-lived-tokens.
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
from letmepost.platform_kit.graph.errors import readable
from letmepost.platform_kit.graph.token_server import TokenServer, ends_at
from letmepost.platform_kit.http import Upstream
from letmepost.platforms.threads.errors import TABLE, refusal
from letmepost.platforms.threads.settings import ThreadsSettings, api_base

SERVER: Final = TokenServer(
    TABLE, ("LETMEPOST_THREADS_CLIENT_ID", "LETMEPOST_THREADS_CLIENT_SECRET")
)
_PROFILE_FIELDS = "id,username,name"


class ThreadsConnect:
    """Consent at Threads: an hour's token, exchanged at once for one of sixty days."""

    kind: Literal["oauth"] = "oauth"
    revocation: Revocation | NoRevocation = NoRevocation(
        why="Threads documents no call for it. The account's owner removes the app in the "
        "settings of Threads."
    )
    scopes: tuple[str, ...] = (
        "threads_basic",
        "threads_content_publish",
        "threads_manage_replies",
        "threads_delete",
    )
    app_settings: tuple[str, ...] = ("client_id", "client_secret")

    def consent_url(self, consent: Consent, settings: ThreadsSettings) -> str:
        """The consent page."""
        query = {
            "client_id": settings.client_id,
            "redirect_uri": consent.redirect_uri,
            "scope": ",".join(self.scopes),
            "response_type": "code",
            "state": consent.state,
        }
        return f"{settings.auth_url.rstrip('/')}/oauth/authorize?{urlencode(query)}"

    async def connect(
        self, code: str, consent: Consent, settings: ThreadsSettings, upstream: Upstream
    ) -> Sequence[Connected]:
        """Spend the code, exchange the token, and ask whose profile it is."""
        upstream.secrets.add(code)
        secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
        if secret:
            upstream.secrets.add(secret)
        host = settings.api_url.rstrip("/")
        short = await SERVER.token(
            upstream,
            "POST",
            f"{host}/oauth/access_token",
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
            f"{host}/access_token",
            params={
                "grant_type": "th_exchange_token",
                "client_secret": secret,
                "access_token": short["access_token"],
            },
        )
        token = long["access_token"]
        answer = await SERVER.asked(
            upstream,
            "GET",
            f"{api_base(settings)}/me",
            headers={"Authorization": f"Bearer {token}"},
            params={"fields": _PROFILE_FIELDS},
        )
        profile = readable(answer)
        if profile is None or not isinstance(profile.get("id"), str):
            raise refusal(answer).error
        username = profile.get("username")
        return [
            Connected(
                platform_account_id=profile["id"],
                display_name=username if isinstance(username, str) else profile["id"],
                credentials={"accessToken": token},
                details={
                    "username": username,
                    # What Meta calls the person when access is taken back.
                    "metaUserId": str(short.get("user_id", profile["id"])),
                },
                token_expires_at=ends_at(long),
            )
        ]

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],  # noqa: ARG002 - the protocol's argument
        settings: ThreadsSettings,
        upstream: Upstream,
    ) -> Refreshed:
        """Renew the token for sixty days; Threads refuses one that is younger than a day."""
        upstream.secrets.add(credentials["accessToken"])
        renewed = await SERVER.token(
            upstream,
            "GET",
            f"{settings.api_url.rstrip('/')}/refresh_access_token",
            params={
                "grant_type": "th_refresh_token",
                "access_token": credentials["accessToken"],
            },
        )
        return Refreshed(
            credentials={"accessToken": renewed["access_token"]}, token_expires_at=ends_at(renewed)
        )
