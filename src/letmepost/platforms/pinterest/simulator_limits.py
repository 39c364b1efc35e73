"""The simulated rate limits: told in the headers of every answer, enforced where a world asks."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from letmepost.kit.clock import Clock
from letmepost.platforms.pinterest.simulator_wire import Handler, error_response
from letmepost.platforms.pinterest.simulator_world import World

_SAFETY_NET: Final = 100
_DAY_SECONDS: Final = 24 * 3600


@dataclass(frozen=True)
class Rate:
    """So many calls in a window of so many seconds; `category` is Pinterest's name for it."""

    category: str
    limit: int
    window_seconds: int


ORG_READ: Final = Rate("org_read", 1000, 60)
ORG_WRITE: Final = Rate("org_write", 100, 60)
_ON_TRIAL: Final = {
    "org_read": Rate("org_read", 1000, _DAY_SECONDS),
    "org_write": Rate("org_write", 300, _DAY_SECONDS),
}


@dataclass
class _Window:
    opened_at: float
    spent: int = 0


class RateLimits:
    """Every caller's windows.

    They are not enforced by default: a load test on one account would end after 100 pins.
    """

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self.enforced = False

    def clear(self) -> None:
        """Forget what was spent, and enforce nothing."""
        self._windows.clear()
        self.enforced = False

    async def guard(self, request: Request, handler: Handler, rate: Rate) -> Response:
        """Let a call through and tell what is left, or refuse it with a 429."""
        if self._world.access == "trial":
            rate = _ON_TRIAL[rate.category]
        now = self._clock.now().timestamp()
        key = (rate.category, request.headers.get("authorization", ""))
        window = self._windows.get(key)
        if window is None or now >= window.opened_at + rate.window_seconds:
            window = self._windows[key] = _Window(now)
        window.spent += 1
        refused = self.enforced and window.spent > rate.limit
        response = error_response(429) if refused else await handler(request)
        self._tell(response, rate, window)
        return response

    def refusal(self) -> Response:
        """A 429 with its headers, as if the window had opened this moment."""
        response = error_response(429)
        spent = _Window(self._clock.now().timestamp(), ORG_WRITE.limit)
        self._tell(response, ORG_WRITE, spent)
        return response

    def _tell(self, response: Response, rate: Rate, window: _Window) -> None:
        """Write the headers, whose first value is a list; there is no Retry-After."""
        name = f'{rate.category}_app_id_user_id"'
        left = max(0, rate.limit - window.spent)
        wait = window.opened_at + rate.window_seconds - self._clock.now().timestamp()
        response.headers["x-ratelimit-limit"] = (
            f'{rate.limit}, {_SAFETY_NET};w=1;name="safety_net_app_id_user_id", '
            f'{rate.limit};w={rate.window_seconds};name="{name}'
        )
        response.headers["x-ratelimit-remaining"] = str(left)
        response.headers["x-ratelimit-reset"] = str(max(1, round(wait)))
