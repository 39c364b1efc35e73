"""Calls to X's API with an account's token, renewed once when X no longer takes it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.multipart import Part
from letmepost.platform_kit.outcome import Rejected, TryLater
from letmepost.platform_kit.platform import AccountTask
from letmepost.platforms.twitter.errors import UNAUTHORIZED, body_of, later, refusal, unreadable

UPLOAD_DEADLINE_SECONDS = 60.0


class RefusedError(Exception):
    """A call that publishes nothing was refused; `outcome` is what that means for the attempt."""

    def __init__(self, outcome: Rejected | TryLater) -> None:
        super().__init__(outcome.error.message)
        self.outcome = outcome


class AccountClient:
    """One account's view of X."""

    def __init__(self, task: AccountTask) -> None:
        self._task = task
        self._url: str = task.settings.api_url.rstrip("/")

    def refusal(self, answer: Answer) -> Rejected | TryLater:
        """What an answer means for the attempt when it created nothing."""
        return refusal(answer, self._task.now, self._task.account_details.get("scopes"))

    def data_of(self, answer: Answer) -> Mapping[str, Any]:
        """The answer's `data`, which may be empty; raise `RefusedError` for a refusal."""
        if not answer.ok:
            raise RefusedError(self.refusal(answer))
        if answer.document is None and answer.body:
            raise RefusedError(later(unreadable(answer)))
        data = body_of(answer).get("data")
        return data if isinstance(data, dict) else {}

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Answer:
        """Read something."""
        return await self._call("GET", path, params=params)

    async def delete(self, path: str) -> Answer:
        """Delete something; doing so twice does no more than once."""
        return await self._call("DELETE", path)

    async def create(
        self, path: str, document: Mapping[str, Any], sending: Callable[[], Awaitable[None]]
    ) -> Answer:
        """Make a call that publishes; the ledger is told before each try."""
        return await self._call("POST", path, document=document, sending=sending)

    async def upload(
        self,
        path: str,
        *,
        document: Mapping[str, Any] | None = None,
        parts: Sequence[Part] | None = None,
    ) -> Answer:
        """Send what nobody sees until a post names it."""
        return await self._call(
            "POST",
            path,
            document=document,
            multipart=parts,
            deadline_seconds=UPLOAD_DEADLINE_SECONDS,
        )

    async def _call(
        self,
        method: str,
        path: str,
        *,
        sending: Callable[[], Awaitable[None]] | None = None,
        **given: Any,  # noqa: ANN401 - what a request takes
    ) -> Answer:
        async def send() -> Answer:
            if sending is not None:
                await sending()
            token = self._task.session.credentials["accessToken"]
            headers = {"Authorization": f"Bearer {token}"}
            return await self._task.upstream.request(
                method, f"{self._url}{path}", headers=headers, **given
            )

        answer = await send()
        if answer.status == UNAUTHORIZED:
            # A token lives two hours and dies sooner when the owner takes it back.
            await self._task.session.refresh()
            answer = await send()
        return answer
