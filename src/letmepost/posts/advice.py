"""What an account can say to a rule that a post broke, such as what could be chosen instead."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from letmepost.accounts.queries import Account
from letmepost.accounts.task import AccountTasks
from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.platform import AccountTask, Platform
from letmepost.platforms import platforms
from letmepost.tenancy.keys import Caller

# The caller waits for an answer that is known already; this only makes it more helpful.
DEADLINE_SECONDS = 5.0


async def advise(
    platform: Platform, rule_id: str, open_task: Callable[[], Awaitable[AccountTask]] | None
) -> Mapping[str, Any] | None:
    """What belongs into `platformResponse`; None for nothing, and where nobody answers.

    `open_task` is None for test keys, which reach no platform.
    """
    if platform.advised_by is None:
        return None
    try:
        task = await open_task() if open_task else None
    except LetmepostError:
        return None
    return await platform.advised_by.advise(task, rule_id)


@dataclass(frozen=True)
class Advice:
    """Advice for those who make a request."""

    tasks: AccountTasks

    async def on(
        self, caller: Caller, account: Account | None, rule_id: str
    ) -> Mapping[str, Any] | None:
        """What the account of a target says to a rule that the target broke."""
        platform = platforms().get(account.platform) if account else None
        if account is None or platform is None:
            return None
        meant = account

        async def open_task() -> AccountTask:
            return await self.tasks.open(meant, deadline_seconds=DEADLINE_SECONDS)

        return await advise(platform, rule_id, None if caller.sandbox else open_task)
