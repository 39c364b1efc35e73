"""How often somebody may be wrong. Each process counts for itself."""

from typing import Final

from limits import parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from letmepost.kit.client_address import ClientAddress

WRONG_KEYS: Final = parse("10/minute")
WRONG_TOKENS: Final = parse("60/minute")
REGISTRATIONS: Final = parse("30/minute")
WAIT_SECONDS: Final = 60
_RATES: Final = {"key": WRONG_KEYS, "token": WRONG_TOKENS, "registration": REGISTRATIONS}


class Throttle:
    """Counts attempts of each address; what is counted is `key`, `token` or `registration`."""

    def __init__(self, client_address: ClientAddress) -> None:
        self._client_address = client_address
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    async def open(self, what: str, request: Request) -> bool:
        """Whether this address may try once more."""
        return await self._limiter.test(_RATES[what], what, self._client_address.of(request))

    async def count(self, what: str, request: Request) -> None:
        """Count one attempt."""
        await self._limiter.hit(_RATES[what], what, self._client_address.of(request))
