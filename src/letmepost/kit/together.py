"""Do for all who wait what would otherwise be done for each: one commit, one query."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from letmepost.kit.database import DatabaseAwayError

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_AT_ONCE = 256


class Together(Generic[Item, Result]):
    """Gathers calls while an earlier group is under way, and then makes them one group.

    `run` takes the items of a group and gives a result for each, in their order; a result that is
    an exception is raised to its caller alone. When `run` itself raises, each item is run by
    itself, so that nobody fails for what another brought. Only when the database is away does
    everybody hear that: it may have committed the group all the same.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Item]], Awaitable[Sequence[Result | BaseException]]],
        most: int = MOST_AT_ONCE,
    ) -> None:
        self._run = run
        self._most = most
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._draining: asyncio.Task[None] | None = None

    async def __call__(self, item: Item) -> Result:
        """The result for one item, once its group is done.

        A caller that goes away takes nothing out of its group.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        return await future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                count = min(len(self._waiting), self._most)
                await self._run_group([self._waiting.popleft() for _ in range(count)])
        finally:
            self._draining = None

    async def _run_group(self, group: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._run([item for item, _ in group])
        except DatabaseAwayError as error:
            results = [error] * len(group)
        except Exception as error:  # noqa: BLE001 - handed to whom it belongs
            if len(group) > 1:
                for each in group:
                    await self._run_group([each])
                return
            results = [error]
        for (_, future), result in zip(group, results, strict=True):
            if future.done():
                continue
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)
