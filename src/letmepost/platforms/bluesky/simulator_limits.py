"""The simulated rate limits: always told in the headers, enforced where a world asks for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from letmepost.kit.clock import Clock
from letmepost.platforms.bluesky.simulator_xrpc import Handler, error_response


@dataclass(frozen=True)
class Rate:
    """So many points in a window of so many seconds; the cost of one call is `points`."""

    name: str
    limit: int
    window_seconds: int
    points: int = 1


CALLS: Final = Rate("call", 3000, 300)
"""What any call counts towards, unless it has a rate of its own."""

# https://docs.bsky.app/docs/advanced-guides/rate-limits
RATES: Final[Mapping[str, Rate]] = {
    "com.atproto.server.createSession": Rate("session", 30, 300),
    "com.atproto.repo.uploadBlob": Rate("blob", 1000, 86400),
    "com.atproto.repo.createRecord": Rate("write", 5000, 3600, points=3),
    "com.atproto.repo.applyWrites": Rate("write", 5000, 3600, points=3),
    "com.atproto.repo.putRecord": Rate("write", 5000, 3600, points=2),
    "com.atproto.repo.deleteRecord": Rate("write", 5000, 3600, points=1),
}


@dataclass
class _Window:
    opened_at: float
    spent: int = 0


class RateLimits:
    """Every caller's windows.

    They are not enforced by default: a load test on one account would end after 1,666 posts.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self.enforced = False

    def clear(self) -> None:
        """Forget what was spent, and enforce nothing."""
        self._windows.clear()
        self.enforced = False

    async def guard(self, request: Request, handler: Handler, rate: Rate, caller: str) -> Response:
        """Let a call through and tell what is left, or refuse it with a 429."""
        now = self._clock.now().timestamp()
        window = self._windows.get((rate.name, caller))
        if window is None or now >= window.opened_at + rate.window_seconds:
            window = self._windows[rate.name, caller] = _Window(now)
        window.spent += rate.points
        if self.enforced and window.spent > rate.limit:
            return self.refusal(rate, window.opened_at)
        response = await handler(request)
        _tell(response, rate, window)
        return response

    def refusal(self, rate: Rate = CALLS, opened_at: float | None = None) -> Response:
        """A 429 with its headers; without a window, one that opens now."""
        now = self._clock.now().timestamp()
        window = _Window(now if opened_at is None else opened_at, spent=rate.limit)
        response = error_response(429)
        _tell(response, rate, window)
        wait_seconds = int(window.opened_at + rate.window_seconds - now)
        response.headers["Retry-After"] = str(max(1, wait_seconds))
        return response


def _tell(response: Response, rate: Rate, window: _Window) -> None:
    """Write the headers; RateLimit-Reset is an epoch second, not a delay."""
    response.headers["RateLimit-Limit"] = str(rate.limit)
    response.headers["RateLimit-Remaining"] = str(max(0, rate.limit - window.spent))
    response.headers["RateLimit-Reset"] = str(int(window.opened_at + rate.window_seconds))
    response.headers["RateLimit-Policy"] = f"{rate.limit};w={rate.window_seconds}"
