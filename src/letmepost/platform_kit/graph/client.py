"""Calls of the Graph API for one account; the token is in a header and never in an address."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.platform import AccountTask


@dataclass(frozen=True, slots=True)
class GraphClient:
    """`base_url` ends in the version, such as `https://graph.threads.net/v1.0`."""

    task: AccountTask
    base_url: str

    async def get(self, path: str, **params: str) -> Answer:
        """Read; `path` begins with a slash."""
        return await self._call("GET", path, params=params)

    async def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        """Write; `before` is awaited right before it is sent."""
        if before is not None:
            await before()
        return await self._call("POST", path, form=form)

    async def delete(self, path: str) -> Answer:
        """Delete what the path names."""
        return await self._call("DELETE", path)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        token = self.task.session.credentials["accessToken"]
        return await self.task.upstream.request(
            method,
            f"{self.base_url}{path}",
            headers={"Authorization": f"Bearer {token}"},
            params=params or None,
            form=form,
        )
