"""The simulated rate limits of X: always told in the headers, enforced where a world asks for it.

Source: https://docs.x.com/x-api/fundamentals/rate-limits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from letmepost.kit.clock import Clock
from letmepost.platforms.twitter.simulator_wire import Handler, ProblemError

QUARTER_HOUR_SECONDS: Final = 15 * 60
DAY_SECONDS: Final = 24 * 3600


@dataclass(frozen=True)
class Rate:
    """How many calls of a kind an account makes in 15 minutes, and an app in a day."""

    name: str
    per_user: int
    per_app_and_day: int | None = None


CREATE_POST: Final = Rate("create post", 100, 10_000)
DELETE_POST: Final = Rate("delete post", 50)
READ_POST: Final = Rate("read post", 900)
READ_ME: Final = Rate("read me", 75)
READ_TIMELINE: Final = Rate("read timeline", 900)
UPLOAD: Final = Rate("upload", 500, 50_000)
READ_UPLOAD: Final = Rate("read upload", 1000, 100_000)
CHUNKED_UPLOAD: Final = Rate("chunked upload", 1875, 180_000)
DESCRIBE_MEDIA: Final = Rate("describe media", 500, 50_000)


@dataclass
class _Window:
    """A window of calls; `header` is how its three headers begin."""

    header: str
    limit: int
    ends_at: float
    spent: int = 0

    @property
    def left(self) -> int:
        return max(0, self.limit - self.spent)

    def headers(self) -> Mapping[str, str]:
        return {
            f"{self.header}-limit": str(self.limit),
            f"{self.header}-remaining": str(self.left),
            f"{self.header}-reset": str(int(self.ends_at)),
        }


class RateLimits:
    """Every caller's windows.

    They are not enforced by default: a load test on one account would end after 100 posts.
    `user_posts_per_day` is the daily limit of an account on the old free plan; None is no limit.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self.enforced = False
        self.user_posts_per_day: int | None = None

    def clear(self) -> None:
        """Forget what was spent, and enforce nothing."""
        self._windows.clear()
        self.enforced = False
        self.user_posts_per_day = None

    def guarded(self, handler: Handler, rate: Rate) -> Handler:
        """Let calls through and tell what is left, or refuse them with a 429."""

        async def limited(request: Request) -> Response:
            windows = list(self._of(rate, request.headers.get("authorization", "")))
            if self.enforced and any(window.left == 0 for window in windows):
                return _told(ProblemError(429).response(), windows)
            for window in windows:
                window.spent += 1
            return _told(await handler(request), windows)

        return limited

    def refusal(self) -> Response:
        """A 429 of an account that has used up a quarter of an hour that begins now."""
        ends_at = self._clock.now().timestamp() + QUARTER_HOUR_SECONDS
        used_up = _Window("x-rate-limit", CREATE_POST.per_user, ends_at, CREATE_POST.per_user)
        return _told(ProblemError(429).response(), [used_up])

    def _of(self, rate: Rate, caller: str) -> Iterator[_Window]:
        yield self._window(
            "x-rate-limit", rate.name, caller, rate.per_user, lasts_seconds=QUARTER_HOUR_SECONDS
        )
        if rate.per_app_and_day is not None:
            yield self._window("x-app-limit-24hour", rate.name, "", rate.per_app_and_day)
        if rate is CREATE_POST and self.user_posts_per_day is not None:
            yield self._window("x-user-limit-24hour", rate.name, caller, self.user_posts_per_day)

    def _window(
        self, header: str, name: str, caller: str, limit: int, *, lasts_seconds: int = DAY_SECONDS
    ) -> _Window:
        now = self._clock.now().timestamp()
        place = f"{header} {name}", caller
        window = self._windows.get(place)
        if window is None or now >= window.ends_at:
            window = self._windows[place] = _Window(header, limit, now + lasts_seconds)
        window.limit = limit
        return window


def _told(response: Response, windows: list[_Window]) -> Response:
    for window in windows:
        response.headers.update(window.headers())
    return response
