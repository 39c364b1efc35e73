"""A platform that exists only in tests: albums, connected on a consent page, with tokens that age.

Its refresh tokens rotate: each works once, and one that comes a second time takes all away.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field, SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.content.draft import Draft
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock
from letmepost.kit.settings import SettingsModel
from letmepost.platform_kit.connect import (
    Connected,
    Consent,
    Credentials,
    NoRevocation,
    Refreshed,
    Revocation,
)
from letmepost.platform_kit.http import Answer, NoAnswerError, Upstream
from letmepost.platform_kit.outcome import Absent, Outcome, Published, Reconciled, Rejected
from letmepost.platform_kit.platform import Platform, PlatformVersion, PublishTask, Visibility
from letmepost.platform_kit.simulator import PlatformSimulator
from letmepost.platform_kit.simulator_consent import ConsentDesk
from letmepost.platform_kit.simulator_timeline import TimelineEntry

SCOPES = ("albums.read", "albums.write")
CLIENT_ID, CLIENT_SECRET = "album-app", "album-app-secret"


class AlbumSettings(SettingsModel):
    api_url: str = Field("https://album.example", description="The server of Album.")
    client_id: str | None = Field(None, description="The id of your app at Album.")
    client_secret: SecretStr | None = Field(None, description="The secret of your app at Album.")


class AlbumOptions(BaseModel):
    platform: Literal["album"]


def _failure(answer: Answer) -> LetmepostError:
    codes = {400: ErrorCode.PLATFORM_AUTH_FAILED, 401: ErrorCode.PLATFORM_AUTH_FAILED}
    return LetmepostError(
        code=codes.get(answer.status, ErrorCode.PLATFORM_UNAVAILABLE),
        message=f"Album answered {answer.status}.",
        platform="album",
        platform_response=answer.shown(),
    )


async def _call(upstream: Upstream, method: str, url: str, **given: Any) -> Any:
    try:
        answer = await upstream.request(method, url, **given)
    except NoAnswerError as error:
        raise LetmepostError(
            code=ErrorCode.PLATFORM_UNAVAILABLE, message=error.reason, platform="album"
        ) from error
    if not answer.ok:
        raise _failure(answer)
    return answer.document


def _tokens(document: Any) -> dict[str, Any]:
    return {name: document[name] for name in ("access_token", "refresh_token") if name in document}


class AlbumConnect:
    kind: Literal["oauth"] = "oauth"
    revocation: Revocation | NoRevocation = NoRevocation(why="Album has no call for it.")
    scopes: tuple[str, ...] = SCOPES
    app_settings: tuple[str, ...] = ("client_id", "client_secret")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def consent_url(self, consent: Consent, settings: AlbumSettings) -> str:
        query = {
            "client_id": settings.client_id or "",
            "redirect_uri": consent.redirect_uri,
            "scope": " ".join(self.scopes),
            "state": consent.state,
            "code_challenge": _challenge(consent.code_verifier),
        }
        return f"{settings.api_url}/oauth/authorize?{urlencode(query)}"

    async def connect(
        self, code: str, consent: Consent, settings: AlbumSettings, upstream: Upstream
    ) -> Sequence[Connected]:
        document = await self._token(
            settings,
            upstream,
            grant_type="authorization_code",
            code=code,
            redirect_uri=consent.redirect_uri,
            code_verifier=consent.code_verifier,
        )
        upstream.secrets.update(_tokens(document).values())
        return [
            Connected(
                platform_account_id=album["id"],
                display_name=album["name"],
                credentials=_tokens(document),
                token_expires_at=self._expiry(document),
                scopes=tuple(document["scope"].split()),
                renewable="refresh_token" in document,
                renewable_until=self._renewable_until(document),
            )
            for album in document["albums"]
        ]

    async def refresh(
        self,
        credentials: Credentials,
        details: Mapping[str, Any],  # noqa: ARG002 - the protocol's argument
        settings: AlbumSettings,
        upstream: Upstream,
    ) -> Refreshed:
        document = await self._token(
            settings,
            upstream,
            grant_type="refresh_token",
            refresh_token=credentials["refresh_token"],
        )
        return Refreshed(
            credentials=_tokens(document),
            token_expires_at=self._expiry(document),
            renewable_until=self._renewable_until(document),
        )

    async def _token(self, settings: AlbumSettings, upstream: Upstream, **form: str) -> Any:
        assert settings.client_secret is not None
        secret = settings.client_secret.get_secret_value()
        pair = base64.b64encode(f"{settings.client_id}:{secret}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        url = f"{settings.api_url}/oauth/token"
        return await _call(upstream, "POST", url, headers=headers, form=form)

    def _expiry(self, document: Any) -> datetime:
        return self.clock.now() + timedelta(seconds=document["expires_in"])

    def _renewable_until(self, document: Any) -> datetime | None:
        seconds = document.get("refresh_token_expires_in")
        return self.clock.now() + timedelta(seconds=seconds) if seconds else None


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class AlbumPublisher:
    def plan(self, draft: Draft, now: datetime) -> Mapping[str, Any]:  # noqa: ARG002
        return {}

    async def publish(self, task: PublishTask) -> Outcome:
        await task.sending()
        answer = await self._post(task)
        if answer.status == 401:
            await task.session.refresh()
            answer = await self._post(task)
        return (
            Published(uri=answer.document["uri"]) if answer.ok else Rejected(error=_failure(answer))
        )

    async def _post(self, task: PublishTask) -> Answer:
        return await task.upstream.request(
            "POST",
            f"{task.settings.api_url}/pictures",
            headers={"Authorization": f"Bearer {task.session.credentials['access_token']}"},
            document={"text": task.draft.text},
        )

    async def reconcile(self, task: PublishTask) -> Reconciled:  # noqa: ARG002
        return Absent()

    def preview(
        self,
        draft: Draft,  # noqa: ARG002
        account_details: Mapping[str, Any],  # noqa: ARG002
    ) -> list[dict[str, Any]]:
        return []

    async def verify(self, task: PublishTask, uri: str) -> Visibility:  # noqa: ARG002
        return "unknown"


def album_platform(clock: Clock) -> Platform:
    return Platform(
        name="album",
        title="Album",
        maturity="simulated",
        version=PlatformVersion(
            current="1", released_at=None, sunset_at=None, changelog_url="https://album.example"
        ),
        settings=AlbumSettings,
        options=AlbumOptions,
        rules=(),
        connector=AlbumConnect(clock),
        publishes_by=AlbumPublisher(),
    )


@dataclass
class Grant:
    """What one consent gave: its tokens of now, and those that were spent."""

    scopes: tuple[str, ...]
    access: str = ""
    expires_at: datetime | None = None
    refresh: str = ""
    spent: set[str] = field(default_factory=set)
    revoked: bool = False


class AlbumSimulator(PlatformSimulator):
    platform = "album"

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.desk = ConsentDesk(
            "Album",
            clock,
            accounts=lambda: {"me": "Me"},
            refuses=lambda query: None if query.get("client_id") == CLIENT_ID else "Unknown app.",
            code_lives=timedelta(minutes=1),
        )
        self.reset()

    def reset(self) -> None:
        self.albums: Sequence[str] = ("a1",)
        self.withheld: set[str] = set()
        self.access_lives = 7200.0
        self.refresh_lives: float | None = None
        self.gives_refresh_tokens = True
        self.grants: list[Grant] = []
        self.pictures: list[str] = []
        self.refreshes = 0
        self.desk.forget()

    def routes(self) -> Sequence[BaseRoute]:
        return [
            Route("/oauth/authorize", self.desk.handle, methods=["GET", "POST"]),
            Route("/oauth/token", self._token, methods=["POST"]),
            Route("/pictures", self._picture, methods=["POST"]),
        ]

    def error(self, status: int) -> Response:
        return JSONResponse({"error": "unavailable"}, status)

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:  # noqa: ARG002
        return {}

    def timeline(self) -> list[TimelineEntry]:
        return []

    def settings(self, url: str) -> Mapping[str, str]:
        return {
            "LETMEPOST_ALBUM_API_URL": url,
            "LETMEPOST_ALBUM_CLIENT_ID": CLIENT_ID,
            "LETMEPOST_ALBUM_CLIENT_SECRET": CLIENT_SECRET,
        }

    def account(self, url: str) -> Mapping[str, object]:  # noqa: ARG002
        return {"decision": "approve"}

    def revoke(self) -> None:
        """The owner takes every consent back."""
        for grant in self.grants:
            grant.revoked = True

    async def _token(self, request: Request) -> Response:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return JSONResponse({"error": "invalid_client"}, 401)
        form = {name: str(value) for name, value in (await request.form()).items()}
        if form["grant_type"] == "refresh_token":
            return self._refresh(form["refresh_token"])
        granted = self.desk.spend(form["code"])
        if (
            granted is None
            or granted.redirect_uri != form["redirect_uri"]
            or granted.code_challenge is None
            or not granted.proves(form.get("code_verifier"))
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        grant = Grant(tuple(each for each in granted.scopes if each not in self.withheld))
        self.grants.append(grant)
        return self._issue(grant)

    def _refresh(self, token: str) -> Response:
        self.refreshes += 1
        for grant in self.grants:
            if token in grant.spent:
                grant.revoked = True
            if token == grant.refresh and not grant.revoked:
                grant.spent.add(token)
                return self._issue(grant)
        return JSONResponse({"error": "invalid_grant"}, 400)

    def _issue(self, grant: Grant) -> Response:
        grant.access = secrets.token_urlsafe(16)
        grant.expires_at = self.clock.now() + timedelta(seconds=self.access_lives)
        document: dict[str, Any] = {
            "access_token": grant.access,
            "expires_in": self.access_lives,
            "scope": " ".join(grant.scopes),
            "albums": [{"id": each, "name": f"Album {each}"} for each in self.albums],
        }
        if self.gives_refresh_tokens:
            grant.refresh = document["refresh_token"] = secrets.token_urlsafe(16)
        if self.refresh_lives is not None:
            document["refresh_token_expires_in"] = self.refresh_lives
        return JSONResponse(document)

    async def _picture(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        for grant in self.grants:
            alive = grant.expires_at is not None and grant.expires_at > self.clock.now()
            if token == grant.access and alive and not grant.revoked:
                self.pictures.append((await request.json())["text"])
                return JSONResponse({"uri": f"https://album.example/{len(self.pictures)}"}, 201)
        return JSONResponse({"error": "invalid_token"}, 401)
