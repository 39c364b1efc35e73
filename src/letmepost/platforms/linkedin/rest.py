"""LinkedIn's versioned REST calls with the account's token, renewed once when it has expired.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/versioning.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import structlog

from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.outcome import Rejected, TryLater
from letmepost.platform_kit.platform import AccountTask, PublishTask
from letmepost.platforms.linkedin.errors import (
    PLATFORM,
    SUNSET,
    Asking,
    is_expired,
    refusal,
    unreadable,
)

log = structlog.get_logger()

UPLOAD_DEADLINE_SECONDS = 600.0


class RefusedError(Exception):
    """A call that creates nothing visible was refused; `outcome` is what that means."""

    def __init__(self, outcome: Rejected | TryLater) -> None:
        super().__init__(outcome.error.message)
        self.outcome = outcome


def encoded(urn: str) -> str:
    """A URN as Rest.li wants it in a path."""
    return quote(urn, safe="")


def versioned(token: str, version: str) -> dict[str, str]:
    """The headers of every versioned call."""
    return {
        "Authorization": f"Bearer {token}",
        "LinkedIn-Version": version,
        "X-Restli-Protocol-Version": "2.0.0",
    }


class LinkedInClient:
    """Calls in the account's name."""

    def __init__(self, task: AccountTask) -> None:
        self._task = task
        self._api = task.settings.api_url.rstrip("/")

    async def read(
        self, path: str, params: Mapping[str, str] | None = None, *, finder: bool = False
    ) -> Answer:
        """Read something; a finder names its method."""
        method = {"X-RestLi-Method": "FINDER"} if finder else {}
        return await self._call("GET", path, params=params, headers=method)

    async def act(self, path: str, action: str, asked: Mapping[str, Any]) -> Answer:
        """Take an action that creates nothing which a reader sees."""
        document = {f"{action}Request": dict(asked)}
        return await self._call("POST", path, params={"action": action}, document=document)

    async def delete(self, path: str) -> Answer:
        """Delete something."""
        return await self._call("DELETE", path, headers={"X-RestLi-Method": "DELETE"})

    async def create(self, task: PublishTask, path: str, document: Mapping[str, Any]) -> Answer:
        """Create what readers see: the ledger is told before each try."""
        return await self._call("POST", path, document=document, before=task.sending)

    async def userinfo(self) -> Answer:
        """Ask whose token it is; this call has no version."""

        async def send() -> Answer:
            return await self._task.upstream.request(
                "GET",
                f"{self._api}/v2/userinfo",
                headers={"Authorization": f"Bearer {self._token}"},
            )

        return await self._renewing(send)

    async def upload(
        self, url: str, body: Callable[[], AsyncIterator[bytes]], size_bytes: int, content_type: str
    ) -> Answer:
        """Send a whole image or document to the address that was given for it."""

        async def send() -> Answer:
            return await self._task.upstream.request(
                "PUT",
                url,
                headers={
                    "Authorization": f"Bearer {self._token}",
                    "Content-Type": content_type,
                    "Content-Length": str(size_bytes),
                },
                body=body(),
                deadline_seconds=UPLOAD_DEADLINE_SECONDS,
            )

        return await self._renewing(send)

    async def upload_part(self, url: str, part: bytes) -> Answer:
        """Send a part of a video, whose address is all the permission that it needs."""
        return await self._task.upstream.request(
            "PUT",
            url,
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Length": str(len(part)),
            },
            body=_pieces(part),
            deadline_seconds=UPLOAD_DEADLINE_SECONDS,
        )

    @property
    def _token(self) -> str:
        token: str = self._task.session.credentials["accessToken"]
        return token

    async def _call(  # noqa: PLR0913 - the parts of a call
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        async def send() -> Answer:
            if before is not None:
                await before()
            return await self._task.upstream.request(
                method,
                f"{self._api}/rest/{path}",
                headers={**versioned(self._token, self._task.settings.version), **(headers or {})},
                params=params,
                document=document,
            )

        return await self._renewing(send)

    async def _renewing(self, send: Callable[[], Awaitable[Answer]]) -> Answer:
        answer = await send()
        if answer.status == SUNSET:
            # No header announces it, and only the operator can help.
            self._task.upstream.version_is_gone = True
            log.error(
                "platform.version_sunset",
                platform=PLATFORM,
                version=self._task.settings.version,
                setting="LETMEPOST_LINKEDIN_VERSION",
            )
        if not is_expired(answer):
            return answer
        try:
            await self._task.session.refresh()
        except LetmepostError as error:
            if error.platform_response is None:
                error.platform_response = answer.shown()
            raise
        return await send()


async def initialized(
    client: LinkedInClient, path: str, asked: Mapping[str, Any], asking: Asking
) -> Mapping[str, Any]:
    """What LinkedIn says of a file that is to be uploaded; raise `RefusedError` where it refuses.

    Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api,
    .../documents-api and .../videos-api.
    """
    answer = await client.act(path, "initializeUpload", asked)
    if not answer.ok:
        raise RefusedError(refusal(answer, asking))
    value = answer.document.get("value") if isinstance(answer.document, dict) else None
    if not isinstance(value, dict):
        raise RefusedError(TryLater(error=unreadable(answer)))
    return value


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body that is too big to be written at one go."""
    step = 256 * 1024
    for start in range(0, len(body), step):
        yield body[start : start + step]
