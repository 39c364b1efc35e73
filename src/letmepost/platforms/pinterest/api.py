"""Calls of Pinterest's API (v5) for one account: the token renewed once where it has expired."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.outcome import Rejected, TryLater
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.pinterest.errors import is_stale_token, readable, refusal

VERSION = "v5"


class RefusedError(Exception):
    """A call that creates nothing was refused; `outcome` is what that means for the attempt."""

    def __init__(self, outcome: Rejected | TryLater) -> None:
        super().__init__(outcome.error.message)
        self.outcome = outcome


def address(api_url: str, path: str) -> str:
    """The address of a call: production, or the sandbox where the setting says so."""
    return f"{api_url.rstrip('/')}/{VERSION}{path}"


class AccountClient:
    """Calls with the account's token."""

    def __init__(self, task: AccountTask) -> None:
        self._task = task

    async def call(
        self,
        method: str,
        path: str,
        document: Any = None,  # noqa: ANN401 - JSON
        *,
        params: Mapping[str, str] | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        """Make a call; `before` is awaited right before each time it is sent."""
        answer = await self._send(method, path, document, params, before)
        if is_stale_token(answer):
            await self._task.session.refresh()
            answer = await self._send(method, path, document, params, before)
        return answer

    async def needed(self, method: str, path: str, document: Any = None, **params: str) -> Any:  # noqa: ANN401 - JSON
        """Make a call without which the attempt cannot go on; raise `RefusedError`."""
        answer = await self.call(method, path, document, params=params or None)
        if (found := readable(answer)) is None:
            raise RefusedError(refusal(answer))
        return found

    async def _send(
        self,
        method: str,
        path: str,
        document: Any,  # noqa: ANN401 - JSON
        params: Mapping[str, str] | None,
        before: Callable[[], Awaitable[None]] | None,
    ) -> Answer:
        if before is not None:
            await before()
        return await self._task.upstream.request(
            method,
            address(self._task.settings.api_url, path),
            headers={"Authorization": f"Bearer {self._task.session.credentials['accessToken']}"},
            params=params,
            document=document,
        )
