"""XRPC, the AT Protocol's calls: one with the account's session, renewed when it has expired."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from letmepost.platform_kit.http import Answer, Upstream
from letmepost.platform_kit.outcome import Rejected, TryLater
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.bluesky.errors import is_stale_token, refusal


class RefusedError(Exception):
    """A call that creates nothing was refused; `outcome` is what that means for the attempt."""

    def __init__(self, outcome: Rejected | TryLater) -> None:
        super().__init__(outcome.error.message)
        self.outcome = outcome


def method_url(host: str, nsid: str) -> str:
    """The address of a method on a server."""
    return f"{host.rstrip('/')}/xrpc/{nsid}"


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def claims(token: str) -> Mapping[str, Any]:
    """What a JWT claims, nothing where it is none; it is read, not trusted: the server decides."""
    try:
        payload = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


class AccountClient:
    """Calls to the account's own server with its session."""

    def __init__(self, task: AccountTask) -> None:
        self._task = task
        self._upstream: Upstream = task.upstream
        self.server: str = task.account_details["pdsUrl"]

    async def query(self, nsid: str, params: Mapping[str, str]) -> Answer:
        """Read something."""
        return await self._call("GET", nsid, params=params)

    async def create(
        self,
        nsid: str,
        document: Any,  # noqa: ANN401 - JSON
        sending: Callable[[], Awaitable[None]],
    ) -> Answer:
        """Make a call that may create something upstream: the ledger is told before each try."""
        return await self._call("POST", nsid, document=document, sending=sending)

    async def change(self, nsid: str, document: Any) -> Answer:  # noqa: ANN401 - JSON
        """Make a call that creates nothing and may be made twice."""
        return await self._call("POST", nsid, document=document)

    async def upload(
        self, nsid: str, body: bytes, content_type: str, *, deadline_seconds: float
    ) -> Answer:
        """Send bytes that nobody sees until a record names them."""
        return await self._call(
            "POST",
            nsid,
            body=body,
            content_type=content_type,
            deadline_seconds=deadline_seconds,
        )

    async def needed(self, nsid: str, params: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
        """Read something without which the attempt cannot go on; raise `RefusedError`."""
        answer = await self.query(nsid, params)
        if not answer.ok or not isinstance(answer.document, dict):
            raise RefusedError(refusal(answer, self._task.now))
        return answer.document

    async def _call(  # noqa: PLR0913 - the parts of a call
        self,
        method: str,
        nsid: str,
        *,
        params: Mapping[str, str] | None = None,
        document: Any = None,  # noqa: ANN401 - JSON
        body: bytes | AsyncIterator[bytes] | None = None,
        content_type: str | None = None,
        sending: Callable[[], Awaitable[None]] | None = None,
        deadline_seconds: float | None = None,
    ) -> Answer:
        async def send() -> Answer:
            if sending is not None:
                await sending()
            headers = bearer(self._task.session.credentials["accessJwt"])
            if content_type:
                headers["Content-Type"] = content_type
            return await self._upstream.request(
                method,
                method_url(self.server, nsid),
                headers=headers,
                params=params,
                document=document,
                body=body,
                deadline_seconds=deadline_seconds,
            )

        answer = await send()
        if is_stale_token(answer):
            await self._task.session.refresh()
            answer = await send()
        return answer
