"""How many requests a key may make, and headers that say truly what is left."""

import math
from collections.abc import Mapping

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.storage import storage_from_string

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock


class RateLimit:
    """Counts requests in fixed windows, so that what the headers say is exact."""

    def __init__(self, rate: RateLimitItem | None, redis_url: str | None, clock: Clock) -> None:
        self._rate = rate
        self._clock = clock
        storage: Storage = MemoryStorage()
        if rate is not None and redis_url is not None:
            made = storage_from_string(f"async+{redis_url}")
            if not isinstance(made, Storage):
                raise TypeError(redis_url)
            storage = made
        self._limiter = FixedWindowRateLimiter(storage)

    async def count(self, key_id: str) -> Mapping[str, str]:
        """Count one request; the headers for its answer. Raise `rate_limited` over the limit."""
        if self._rate is None:
            return {}
        allowed = await self._limiter.hit(self._rate, key_id)
        stats = await self._limiter.get_window_stats(self._rate, key_id)
        wait = max(0, math.ceil(stats.reset_time - self._clock.now().timestamp()))
        headers = {
            "RateLimit-Limit": str(self._rate.amount),
            "RateLimit-Remaining": str(stats.remaining),
            "RateLimit-Reset": str(wait),
        }
        if allowed:
            return headers
        raise LetmepostError(
            code=ErrorCode.RATE_LIMITED,
            message=f"This key made more than {self._rate.amount} requests in its window.",
            remediation=f"Wait {max(wait, 1)} seconds.",
            retry_after_seconds=max(wait, 1),
            retry_after_source="rate limit",
            extra={"headers": headers},
        )
