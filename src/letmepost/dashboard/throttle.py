"""How often somebody may try a password, by address and by account."""

from dataclasses import dataclass, field
from typing import Final

from limits import RateLimitItem, parse

from letmepost.kit.counts import Counts
from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import SIGN_IN_THROTTLED

OF_ADDRESS: Final = parse("30 per 5 minutes")
OF_ACCOUNT: Final = parse("10 per 5 minutes")


@dataclass(frozen=True)
class Throttle:
    """Counts every attempt before it is looked at, so that many at once are counted too."""

    counts: Counts = field(default_factory=Counts)

    async def count(self, address: str, account: str) -> None:
        """Count one attempt; raise the rule `sign_in.throttled` where it is one too many."""
        await self.count_address(address)
        await self._hit(OF_ACCOUNT, "account", account)

    async def count_address(self, address: str) -> None:
        """Count one attempt of which nobody knows yet whose account it is for, as `count` does."""
        await self._hit(OF_ADDRESS, "address", address)

    async def succeeded(self, account: str) -> None:
        """Forget the attempts of an account: its password was right."""
        await self.counts.forget(OF_ACCOUNT, "sign-in account", account)

    async def _hit(self, rate: RateLimitItem, kind: str, who: str) -> None:
        name = f"sign-in {kind}"
        if await self.counts.take(rate, name, who):
            return
        seconds = await self.counts.seconds_until_room(rate, name, who)
        error = refuse(SIGN_IN_THROTTLED, actual=seconds)
        error.retry_after_seconds = seconds
        error.retry_after_source = "rate limit"
        raise error
