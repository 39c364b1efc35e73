"""Counts of what somebody did lately, shared by processes through Redis where there is one.

Without Redis, and while it is away, each process counts for itself: what is counted is worth more
than that the count is exact.
"""

import math
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

import structlog
from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

log = structlog.get_logger()

REDIS_SECONDS: Final = 1.0
T = TypeVar("T")


class Counts:
    """Counts by names; each name is counted at a rate of its own."""

    def __init__(self, redis_url: str | None = None) -> None:
        self._own = MemoryStorage()
        self._storage: Storage = self._own
        self._pool: ConnectionPool | None = None
        if redis_url is not None:
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

    async def in_window(self, rate: RateLimitItem, *names: str) -> tuple[int, float]:
        """Count one in a window that begins anew; how many by now, and when the window ends.

        The end is a time of Unix, in seconds.
        """
        return await self._ask(lambda storage: _hit(storage, rate, names))

    async def take(self, rate: RateLimitItem, *names: str) -> bool:
        """Count one of the time just before, unless it is one too many; whether it was counted."""
        return await self._ask(lambda storage: _moving(storage).hit(rate, *names))

    async def has_room(self, rate: RateLimitItem, *names: str) -> bool:
        """Whether `take` would count one."""
        return await self._ask(lambda storage: _moving(storage).test(rate, *names))

    async def seconds_until_room(self, rate: RateLimitItem, *names: str) -> int:
        """How long until `take` counts one again; at least a second."""
        free_at, _ = await self._ask(
            lambda storage: _moving(storage).get_window_stats(rate, *names)
        )
        # The library goes by the machine's clock.
        return max(1, math.ceil(free_at - time.time()))

    async def forget(self, rate: RateLimitItem, *names: str) -> None:
        """Begin at nothing."""
        await self._ask(lambda storage: _moving(storage).clear(rate, *names))

    async def _ask(self, ask: Callable[[Storage], Awaitable[T]]) -> T:
        try:
            return await ask(self._storage)
        except StorageError:
            log.warning("rate_limit.redis_failed")
            return await ask(self._own)


def _moving(storage: Storage) -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(storage)


async def _hit(storage: Storage, rate: RateLimitItem, names: tuple[str, ...]) -> tuple[int, float]:
    key = rate.key_for(*names)
    return await storage.incr(key, rate.get_expiry()), await storage.get_expiry(key)
