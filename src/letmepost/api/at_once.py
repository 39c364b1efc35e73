"""How many requests this process works on at once, and the answer to one too many.

Without a bound, a server that gets more than it can do does a little of everything, and answers
nobody in time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from letmepost.content.errors import ErrorCode, LetmepostError

# What is under way is answered well within it, unless the server stays overloaded.
RETRY_SECONDS: Final = 1
# Whoever watches a server asks these, and most of all when it has too much to do.
WATCHED: Final = frozenset({"/health", "/ready", "/metrics"})


@dataclass
class RequestsAtOnce:
    """Counts the requests that are worked on.

    One that waits for its client or for a platform takes nothing from the others, and is not
    counted meanwhile: neither a slow client nor a slow platform locks the others out.
    """

    most: int
    _running: int = 0

    def refusal(self, scope: Scope) -> LetmepostError | None:
        """The error of a request for which there is no room now."""
        if self._running < self.most or not _is_counted(scope):
            return None
        return overloaded(self.most)

    async def work_on(self, work: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Work on one request; what its client sends and reads at its own pace is waited for."""
        if not _is_counted(scope):
            await work(scope, receive, send)
            return

        # Written out: to enter and leave `waiting` costs more than all the counting.
        async def receive_waiting() -> Message:
            self._running -= 1
            try:
                return await receive()
            finally:
                self._running += 1

        async def send_waiting(message: Message) -> None:
            self._running -= 1
            try:
                await send(message)
            finally:
                self._running += 1

        self._running += 1
        try:
            await work(scope, receive_waiting, send_waiting)
        finally:
            self._running -= 1

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Within a request that is worked on: wait for somebody else."""
        self._running -= 1
        try:
            yield
        finally:
            self._running += 1


def _is_counted(scope: Scope) -> bool:
    # What a surface of this process asks is a part of a request that is counted already.
    return scope["path"] not in WATCHED and "caller" not in scope["state"]


def overloaded(most: int) -> LetmepostError:
    """The answer to one request too many: nothing was done."""
    return LetmepostError(
        code=ErrorCode.RATE_LIMITED,
        message=f"This server works on {most} requests, the most at once.",
        remediation="Send the request again in a moment; nothing was done.",
        retry_after_seconds=RETRY_SECONDS,
        retry_after_source="requests at once",
        overloaded=True,
    )
