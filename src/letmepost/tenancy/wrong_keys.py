"""Wrong API keys: how many may come from one address."""

from dataclasses import dataclass, field

from limits import RateLimitItem

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.counts import Counts

_NAME = "wrong key"


@dataclass(frozen=True)
class WrongKeys:
    """Counts them by address; without a rate, nothing is counted."""

    rate: RateLimitItem | None = None
    counts: Counts = field(default_factory=Counts)

    async def refuse(self, address: str) -> None:
        """Raise `rate_limited` for an address that has sent too many, before a key is looked up."""
        rate = self.rate
        if rate is None or await self.counts.has_room(rate, _NAME, address):
            return
        seconds = await self.counts.seconds_until_room(rate, _NAME, address)
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
            await self.counts.take(self.rate, _NAME, address)
