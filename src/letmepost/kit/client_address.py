"""Where a request comes from, with proxies in front of us."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.requests import Request

CHARACTERS_MAX = 64


@dataclass(frozen=True, slots=True)
class ClientAddress:
    """Tells the address of a client. What it says of itself is believed of our proxies alone."""

    proxies: Sequence[IPv4Network | IPv6Network] = ()

    def of(self, request: Request) -> str:
        """The nearest address that is no proxy of ours; `unknown` where there is none."""
        address = request.client.host if request.client else "unknown"
        if not self.proxies:
            return address
        forwarded = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        # Each proxy appends whom it heard, so whatever stands further left may be made up.
        for each in reversed(forwarded):
            if not each.strip() or not self._is_proxy(address):
                break
            address = each.strip()[:CHARACTERS_MAX]
        return address

    def _is_proxy(self, address: str) -> bool:
        with suppress(ValueError):
            found = ip_address(address)
            return any(found in network for network in self.proxies)
        return False
