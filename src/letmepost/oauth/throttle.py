"""How often somebody may be wrong."""

from typing import Final

from limits import parse
from starlette.requests import Request

from letmepost.kit.client_address import ClientAddress
from letmepost.kit.counts import Counts

WRONG_KEYS: Final = parse("10/minute")
WRONG_TOKENS: Final = parse("60/minute")
REGISTRATIONS: Final = parse("30/minute")
WAIT_SECONDS: Final = 60
_RATES: Final = {"key": WRONG_KEYS, "token": WRONG_TOKENS, "registration": REGISTRATIONS}


class Throttle:
    """Counts attempts of each address; what is counted is `key`, `token` or `registration`."""

    def __init__(self, client_address: ClientAddress, counts: Counts) -> None:
        self._client_address = client_address
        self._counts = counts

    async def open(self, what: str, request: Request) -> bool:
        """Whether this address may try once more."""
        return await self._counts.has_room(_RATES[what], *self._names(what, request))

    async def count(self, what: str, request: Request) -> None:
        """Count one attempt."""
        await self._counts.take(_RATES[what], *self._names(what, request))

    def _names(self, what: str, request: Request) -> tuple[str, str]:
        return f"oauth {what}", self._client_address.of(request)
