"""Connect a Bluesky account by handle and app password, and renew its session."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import regex

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.connect import (
    Connected,
    ConnectField,
    Credentials,
    NoRevocation,
    Refreshed,
    Revocation,
)
from letmepost.platform_kit.http import AddressNotAllowedError, Answer, NoAnswerError, Upstream
from letmepost.platforms.bluesky.errors import (
    PLATFORM,
    auth_failed,
    error_words,
    is_stale_token,
    not_answered,
    refusal,
    unavailable,
)
from letmepost.platforms.bluesky.identity import (
    did_document,
    is_did,
    is_handle,
    resolve_handle,
    server_of,
)
from letmepost.platforms.bluesky.rules import APP_PASSWORD_FORMAT
from letmepost.platforms.bluesky.settings import BlueskySettings
from letmepost.platforms.bluesky.xrpc import bearer, claims, method_url
from letmepost.preflight.refuse import refuse

_APP_PASSWORD = regex.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")


async def _end_session(
    credentials: Credentials,
    details: Mapping[str, Any],
    settings: BlueskySettings,  # noqa: ARG001 - the protocol's argument
    upstream: Upstream,
) -> None:
    """Log out, by the refresh token. The app password lives on: only its owner deletes it.

    Source: https://docs.bsky.app/docs/api/com-atproto-server-delete-session.
    """
    try:
        answer = await upstream.request(
            "POST",
            method_url(details["pdsUrl"], "com.atproto.server.deleteSession"),
            headers=bearer(credentials["refreshJwt"]),
        )
    except NoAnswerError as error:
        raise not_answered(error) from error
    # A session that has ended already needs no end.
    if not answer.ok and not is_stale_token(answer):
        raise unavailable(error_words(answer), answer.shown())


class BlueskyConnect:
    """Log in with an app password; the session is renewed by itself from then on."""

    kind: Literal["credentials"] = "credentials"
    revocation: Revocation | NoRevocation = Revocation(ask=_end_session, ends_for="connection")
    fields: tuple[ConnectField, ...] = (
        ConnectField(
            name="identifier",
            label="Handle or e-mail",
            type="text",
            placeholder="alice.bsky.social",
            aliases=("handle",),
        ),
        ConnectField(
            name="appPassword",
            label="App password",
            type="password",
            placeholder="xxxx-xxxx-xxxx-xxxx",
            help_text="Made under Settings, Privacy and security, App passwords.",
        ),
        ConnectField(
            name="pdsUrl",
            label="Server",
            type="url",
            required=False,
            placeholder="https://bsky.social",
            help_text="Only for an account on a server of its own that its handle does not name.",
        ),
    )
    help_text = "Use an app password, never the password of the account itself."

    async def connect(
        self, values: Mapping[str, str], settings: BlueskySettings, upstream: Upstream
    ) -> Connected:
        """Find the account's server and log in there."""
        identifier = values["identifier"].strip().removeprefix("@")
        password = values["appPassword"].strip()
        _refuse_main_password(password)
        upstream.secrets.add(password)
        server = values.get("pdsUrl", "").strip() or None
        if server is None:
            server = await _find_server(identifier, settings, upstream)
        elif not server.startswith(("http://", "https://")):
            raise _not_public()
        try:
            session = await _log_in(upstream, server, identifier, password)
        except LetmepostError as error:
            if isinstance(error.__cause__, AddressNotAllowedError) and values.get("pdsUrl"):
                raise _not_public() from None
            raise
        did = session.get("did")
        if not isinstance(did, str) or not is_did(did):
            raise _unreadable(server)
        home = server_of(session.get("didDoc")) or server
        details: dict[str, Any] = {
            "did": did,
            "handle": session.get("handle"),
            "pdsUrl": home,
            "blobMaxBytes": await _blob_limit(upstream, home),
        }
        return Connected(
            platform_account_id=did,
            display_name=session.get("handle") or did,
            credentials=_credentials(session, password=password),
            details=details,
            token_expires_at=_expiry(session["accessJwt"]),
        )

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],
        settings: BlueskySettings,  # noqa: ARG002 - the protocol's argument
        upstream: Upstream,
    ) -> Refreshed:
        """Renew the session; log in again when its refresh token has died."""
        server = details["pdsUrl"]
        for secret in ("refreshJwt", "password"):
            upstream.secrets.add(credentials[secret])
        try:
            answer = await upstream.request(
                "POST",
                method_url(server, "com.atproto.server.refreshSession"),
                headers=bearer(credentials["refreshJwt"]),
            )
        except NoAnswerError as error:
            raise not_answered(error) from error
        session = _session(answer)
        if session is None:
            session = await _log_in(upstream, server, details["did"], credentials["password"])
        return Refreshed(
            credentials=_credentials(session, password=credentials["password"]),
            token_expires_at=_expiry(session["accessJwt"]),
        )


def _not_public() -> LetmepostError:
    """The caller named a server that this one does not call: waiting would not help."""
    return LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        message="pdsUrl is not a public http or https address.",
        platform=PLATFORM,
        remediation="Give the public address of the account's server, or leave pdsUrl out.",
    )


def _refuse_main_password(password: str) -> None:
    if not _APP_PASSWORD.fullmatch(password):
        raise refuse(APP_PASSWORD_FORMAT)


async def _find_server(identifier: str, settings: BlueskySettings, upstream: Upstream) -> str:
    """The account's own server, or the entry server where its handle leads nowhere."""
    did: str | None = identifier if is_did(identifier) else None
    if did is None and is_handle(identifier.lower()):
        did = await resolve_handle(upstream, settings.api_url, identifier.lower())
    document = await did_document(upstream, settings.plc_url, did) if did else None
    return server_of(document) or settings.api_url


async def _log_in(
    upstream: Upstream, server: str, identifier: str, password: str
) -> dict[str, Any]:
    try:
        answer = await upstream.request(
            "POST",
            method_url(server, "com.atproto.server.createSession"),
            document={"identifier": identifier, "password": password},
        )
    except NoAnswerError as error:
        raise not_answered(error) from error
    session = _session(answer)
    if session is None:
        if answer.status in (400, 401, 403):
            raise auth_failed(answer, error_words(answer))
        raise refusal(answer, datetime.now(UTC)).error
    return session


def _session(answer: Answer) -> dict[str, Any] | None:
    document = answer.document
    if not answer.ok or not isinstance(document, dict):
        return None
    tokens = (document.get("accessJwt"), document.get("refreshJwt"))
    if not all(isinstance(token, str) and token for token in tokens):
        return None
    if document.get("active") is False:
        raise auth_failed(answer, f"the account is {document.get('status', 'not active')}")
    return document


def _credentials(session: Mapping[str, Any], *, password: str) -> Credentials:
    # Secrets alone: what stands here is hidden in every transcript, as the DID must not be.
    return {
        "password": password,
        "accessJwt": session["accessJwt"],
        "refreshJwt": session["refreshJwt"],
    }


def _expiry(token: str) -> datetime | None:
    """The moment in a JWT's `exp`."""
    try:
        return datetime.fromtimestamp(claims(token)["exp"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


async def _blob_limit(upstream: Upstream, server: str) -> int | None:
    """The server's own cap on uploads, where it states one."""
    try:
        answer = await upstream.request(
            "GET", method_url(server, "com.atproto.server.describeServer")
        )
    except NoAnswerError:
        return None
    limit = answer.document.get("blobUploadLimit") if isinstance(answer.document, dict) else None
    return limit if isinstance(limit, int) and limit > 0 else None


def _unreadable(server: str) -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        message=f"{server} does not answer as a Bluesky server does.",
        platform=PLATFORM,
    )
