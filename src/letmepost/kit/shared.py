"""Do once what many ask for at the same time: a cache that runs out must not be read by all."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Shared(Generic[Key, Value]):
    """One piece of work for all who ask for the same thing while it is under way.

    It keeps nothing once it is done; what it raises, it raises to all of them.
    """

    def __init__(self, work: Callable[[Key], Awaitable[Value]]) -> None:
        self._work = work
        self._under_way: dict[Key, asyncio.Task[Value]] = {}

    async def __call__(self, key: Key) -> Value:
        """What the work gives for a key."""
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.create_task(self._run(key))
        # Whoever goes away must not take the work with him.
        return await asyncio.shield(task)

    async def _run(self, key: Key) -> Value:
        try:
            return await self._work(key)
        finally:
            # At once: who asks from here on asks anew.
            del self._under_way[key]
