"""How often somebody may try a password, by address and by account. Each process counts alone."""

import math
import time
from typing import Final

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import SIGN_IN_THROTTLED

OF_ADDRESS: Final = parse("30 per 5 minutes")
OF_ACCOUNT: Final = parse("10 per 5 minutes")


class Throttle:
    """Counts every attempt before it is looked at, so that many at once are counted too."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def count(self, address: str, account: str) -> None:
        """Count one attempt; raise the rule `sign_in.throttled` where it is one too many."""
        await self.count_address(address)
        await self._hit(OF_ACCOUNT, "account", account)

    async def count_address(self, address: str) -> None:
        """Count one attempt of which nobody knows yet whose account it is for, as `count` does."""
        await self._hit(OF_ADDRESS, "address", address)

    async def succeeded(self, account: str) -> None:
        """Forget the attempts of an account: its password was right."""
        await self._limiter.clear(OF_ACCOUNT, "account", account)

    async def _hit(self, rate: RateLimitItem, kind: str, who: str) -> None:
        if not await self._limiter.hit(rate, kind, who):
            raise await self._too_many(rate, kind, who)

    async def _too_many(self, rate: RateLimitItem, kind: str, who: str) -> Exception:
        free_at, _ = await self._limiter.get_window_stats(rate, kind, who)
        # The library goes by the machine's clock.
        seconds = max(1, math.ceil(free_at - time.time()))
        error = refuse(SIGN_IN_THROTTLED, actual=seconds)
        error.retry_after_seconds = seconds
        error.retry_after_source = "rate limit"
        return error
