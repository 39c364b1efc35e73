"""What an account can say to a rule that a post broke, such as what could be chosen instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from letmepost.accounts.queries import Account
from letmepost.accounts.task import AccountTasks
from letmepost.content.errors import LetmepostError
from letmepost.platforms import platforms
from letmepost.tenancy.keys import Caller

# The caller waits for an answer that is known already; this only makes it more helpful.
DEADLINE_SECONDS = 5.0


@dataclass(frozen=True)
class Advice:
    """Asks the platforms that can advise."""

    tasks: AccountTasks

    async def on(
        self, caller: Caller, account: Account | None, rule_id: str
    ) -> Mapping[str, Any] | None:
        """What belongs into `platformResponse`; None for nothing, and where nobody answers."""
        platform = platforms().get(account.platform) if account else None
        if account is None or platform is None or platform.advised_by is None:
            return None
        if caller.sandbox:
            return await platform.advised_by.advise(None, rule_id)
        try:
            task = await self.tasks.open(account, deadline_seconds=DEADLINE_SECONDS)
        except LetmepostError:
            return None
        return await platform.advised_by.advise(task, rule_id)
