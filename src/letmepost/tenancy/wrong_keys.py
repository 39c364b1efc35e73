"""Wrong API keys: how many may come from one address. Each process counts for itself."""

import math
import time
from dataclasses import dataclass, field

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from letmepost.content.errors import ErrorCode, LetmepostError


def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


@dataclass(frozen=True)
class WrongKeys:
    """Counts them by address; without a rate, nothing is counted."""

    rate: RateLimitItem | None = None
    _limiter: MovingWindowRateLimiter = field(default_factory=_limiter)

    async def refuse(self, address: str) -> None:
        """Raise `rate_limited` for an address that has sent too many, before a key is looked up."""
        rate = self.rate
        if rate is None or await self._limiter.test(rate, address):
            return
        free_at, _ = await self._limiter.get_window_stats(rate, address)
        # The library goes by the machine's clock.
        seconds = max(1, math.ceil(free_at - time.time()))
        raise LetmepostError(
            code=ErrorCode.RATE_LIMITED,
            message=f"More than {rate.amount} wrong API keys came from this address.",
            remediation=f"Wait {seconds} seconds, and look whether the key is right.",
            retry_after_seconds=seconds,
            retry_after_source="rate limit",
        )

    async def count(self, address: str) -> None:
        """Count one."""
        if self.rate is not None:
            await self._limiter.hit(self.rate, address)
