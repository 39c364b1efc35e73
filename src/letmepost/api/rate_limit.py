"""How many requests a key may make, and headers that say truly what is left."""

import math
from collections.abc import Mapping
from typing import Literal

from limits import RateLimitItem

from letmepost.api.request_metrics import RATE_LIMIT_REFUSALS
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock
from letmepost.kit.counts import Counts


class RateLimit:
    """Counts requests in fixed windows, so that what the headers say is exact.

    `whose` requests are counted: those of a key, or those from a network address.
    """

    def __init__(
        self,
        rate: RateLimitItem | None,
        counts: Counts,
        clock: Clock,
        whose: Literal["key", "address"] = "key",
    ) -> None:
        self._rate, self._whose = rate, whose
        self._counts = counts
        self._clock = clock

    def _name(self, who: str) -> str:
        # Counts of keys keep the name under which versions before this one share them.
        return who if self._whose == "key" else f"{self._whose} {who}"

    async def count(self, who: str) -> Mapping[str, str]:
        """Count one request; the headers for its answer. Raise `rate_limited` over the limit."""
        rate = self._rate
        if rate is None:
            return {}
        counted, reset_at = await self._counts.in_window(rate, self._name(who))
        allowed = counted <= rate.amount
        wait = max(0, math.ceil(reset_at - self._clock.now().timestamp()))
        headers = {
            "RateLimit-Limit": str(rate.amount),
            "RateLimit-Remaining": str(max(0, rate.amount - counted)),
            "RateLimit-Reset": str(wait),
        }
        if allowed:
            return headers
        RATE_LIMIT_REFUSALS.labels(self._whose).inc()
        raise LetmepostError(
            code=ErrorCode.RATE_LIMITED,
            message=f"This {self._whose} made more than {rate.amount} requests in its window.",
            remediation=f"Wait {max(wait, 1)} seconds.",
            retry_after_seconds=max(wait, 1),
            retry_after_source="rate limit",
            extra={"headers": headers},
        )
