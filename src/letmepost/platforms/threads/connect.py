"""Connect a Threads profile by its owner's consent, and renew its token of sixty days.

Source: https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
and .../long-lived-tokens.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.connect import Connected, Consent, Credentials, Refreshed
from letmepost.platform_kit.graph.errors import graph_error, readable, words_of
from letmepost.platform_kit.http import Answer, NoAnswerError, Upstream
from letmepost.platforms.threads.errors import SERVER_ERROR, TABLE, not_answered, refusal
from letmepost.platforms.threads.settings import ThreadsSettings, api_base

_PROFILE_FIELDS = "id,username,name"
_BAD_REQUEST = 400


class ThreadsConnect:
    """Consent at Threads: an hour's token, exchanged at once for one of sixty days."""

    kind: Literal["oauth"] = "oauth"
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
        short = await _token(
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
        long = await _token(
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
        answer = await _asked(
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
                token_expires_at=_ends(long),
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
        renewed = await _token(
            upstream,
            "GET",
            f"{settings.api_url.rstrip('/')}/refresh_access_token",
            params={
                "grant_type": "th_refresh_token",
                "access_token": credentials["accessToken"],
            },
        )
        return Refreshed(
            credentials={"accessToken": renewed["access_token"]}, token_expires_at=_ends(renewed)
        )


async def _token(upstream: Upstream, method: str, url: str, **given: Any) -> dict[str, Any]:  # noqa: ANN401 - the parts of a request
    answer = await _asked(upstream, method, url, **given)
    found = readable(answer)
    if found is None:
        raise _not_given(answer)
    token = found.get("access_token")
    if not isinstance(token, str) or not token:
        raise TABLE.unavailable("the answer holds no token", answer)
    upstream.secrets.add(token)
    return found


async def _asked(upstream: Upstream, method: str, url: str, **given: Any) -> Answer:  # noqa: ANN401 - the parts of a request
    try:
        return await upstream.request(method, url, **given)
    except NoAnswerError as error:
        raise not_answered(error) from error


def _not_given(answer: Answer) -> LetmepostError:
    """Why there is no token; a person can help where the grant itself is refused."""
    document = answer.document if isinstance(answer.document, dict) else {}
    if "client secret" in words_of(answer).lower():
        error = TABLE.unavailable(words_of(answer), answer)
        error.remediation = (
            "Ask the operator to correct LETMEPOST_THREADS_CLIENT_ID and "
            "LETMEPOST_THREADS_CLIENT_SECRET."
        )
        return error
    if "error_message" in document and answer.status == _BAD_REQUEST:
        return LetmepostError(
            code=ErrorCode.PLATFORM_AUTH_FAILED,
            message=f"Threads gave no token: {words_of(answer)}",
            platform=TABLE.platform,
            platform_response=answer.shown(),
        )
    row = TABLE.find(graph_error(answer))
    if answer.status < SERVER_ERROR and row is not None and row.ends == "auth":
        return TABLE.error(row, answer, graph_error(answer))
    return TABLE.unavailable(words_of(answer), answer)


def _ends(granted: Mapping[str, Any]) -> datetime | None:
    seconds = granted.get("expires_in")
    return datetime.now(UTC) + timedelta(seconds=seconds) if isinstance(seconds, int) else None
