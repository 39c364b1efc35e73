"""How many requests a key may make, and headers that say truly what is left."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import structlog
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, Storage
from limits.errors import StorageError
from limits.storage import storage_from_string

from letmepost.api.request_metrics import RATE_LIMIT_REFUSALS
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

log = structlog.get_logger()

REDIS_SECONDS = 1.0


class RateLimit:
    """Counts requests in fixed windows, so that what the headers say is exact.

    `whose` requests are counted: those of a key, or those from a network address.
    """

    def __init__(
        self,
        rate: RateLimitItem | None,
        redis_url: str | None,
        clock: Clock,
        whose: Literal["key", "address"] = "key",
    ) -> None:
        self._rate, self._whose = rate, whose
        self._clock = clock
        self._own = MemoryStorage()
        self._storage: Storage = self._own
        self._pool: ConnectionPool | None = None
        if rate is not None and redis_url is not None:
            from redis.asyncio import connection  # noqa: PLC0415 - 60 modules, seldom needed

            self._pool = connection.ConnectionPool.from_url(
                redis_url,
                socket_connect_timeout=REDIS_SECONDS,
                socket_timeout=REDIS_SECONDS,
            )
            made = storage_from_string(
                f"async+{redis_url}",
                wrap_exceptions=True,
                # The library's own choice is another client, which is not among the requirements.
                implementation="redispy",
                connection_pool=self._pool,  # type: ignore[arg-type]
            )
            if not isinstance(made, Storage):
                raise TypeError(redis_url)
            self._storage = made

    async def close(self) -> None:
        """Hang up on Redis."""
        if self._pool is not None:
            await self._pool.aclose()

    def _name(self, who: str) -> str:
        # Counts of keys keep the name under which versions before this one share them.
        return who if self._whose == "key" else f"{self._whose} {who}"

    async def count(self, who: str) -> Mapping[str, str]:
        """Count one request; the headers for its answer. Raise `rate_limited` over the limit."""
        rate = self._rate
        if rate is None:
            return {}
        try:
            counted, reset_at = await _hit(self._storage, rate, self._name(who))
        except StorageError:
            # Posts are worth more than an exact count: each process counts for itself meanwhile.
            log.warning("rate_limit.redis_failed")
            counted, reset_at = await _hit(self._own, rate, self._name(who))
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


async def _hit(storage: Storage, rate: RateLimitItem, who: str) -> tuple[int, float]:
    """Count one request of a window; how many there are now, and when the window ends."""
    name = rate.key_for(who)
    return await storage.incr(name, rate.get_expiry()), await storage.get_expiry(name)
