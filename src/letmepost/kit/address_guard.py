"""The wall between this server's own networks and the addresses that strangers hand to it.

Media URLs, webhook endpoints and remote documents name hosts. The guard looks at the address that
a socket is about to connect to, after every name look-up and number format has been resolved, so
there is no second look-up for an answer to change in.
"""

import socket
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import aiohttp
from aiohttp.abc import AbstractResolver

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Special-purpose blocks: https://www.iana.org/assignments/iana-ipv4-special-registry and its IPv6
# sibling, read 2026-11-24. Listed here because `ipaddress` learns of new ones with Python's own
# releases, and counts multicast, site-local and relay addresses as global.
_REFUSED_IPV4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Everything outside of the only block that IANA hands out for the internet is refused unnamed:
# loopback, unique local, link-local, site-local, multicast, IPv4-compatible, SRv6.
_PUBLIC_IPV6 = IPv6Network("2000::/3")
_REFUSED_IPV6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries an IPv4 address to a relay of unknown hands
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefusedError(OSError):
    """The address is not public, so this server does not connect to it.

    The message is the same for every address: it must not tell a caller what a name resolves to.
    """

    def __init__(self) -> None:
        super().__init__("the address is not public")


class AddressGuard:
    """Tells public addresses from those of this server's own surroundings.

    `allowed_networks` are admitted whatever they are (setting `ALLOWED_PRIVATE_NETWORKS`).
    """

    def __init__(self, allowed_networks: Iterable[Network] = ()) -> None:
        self.allowed_networks = tuple(allowed_networks)

    def check(self, address: str | Address) -> None:
        """Return if the address may be connected to; raise `AddressRefusedError` if not.

        What is not written as an address is refused too.
        """
        try:
            parsed = ip_address(address)
        except ValueError:
            raise AddressRefusedError from None
        if not self._admits(parsed):
            raise AddressRefusedError

    def _admits(self, address: Address) -> bool:
        if any(address in network for network in self.allowed_networks):
            return True
        if isinstance(address, IPv4Address):
            return address.is_global and not _in_any(address, _REFUSED_IPV4)
        if embedded := _embedded_ipv4(address):
            return self._admits(embedded)
        return address in _PUBLIC_IPV6 and address.is_global and not _in_any(address, _REFUSED_IPV6)


def parse_networks(cidrs: str) -> tuple[Network, ...]:
    """Read a comma-separated list of CIDRs; raise `ValueError` that names the one not understood.

    Host bits may be set: `127.0.0.1/8` means `127.0.0.0/8`.
    """
    return tuple(
        ip_network(cidr.strip(), strict=False) for cidr in cidrs.split(",") if cidr.strip()
    )


def guarded_connector(
    guard: AddressGuard, resolver: AbstractResolver | None = None
) -> aiohttp.TCPConnector:
    """A connector whose every new socket is checked by the guard on the address it will have.

    A refusal surfaces as `aiohttp.ClientConnectorError`; `refused_by_guard` recognises it. When a
    name has both public and private addresses, only the public ones are tried.
    """

    def open_checked_socket(address_info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, socket_address = address_info
        guard.check(socket_address[0])
        return socket.socket(family, kind, protocol)

    # A resolver cannot do this: aiohttp does not ask it about a host that is already an address.
    # Without a limit: who calls has one, and a wait here would count against a call's deadline.
    return aiohttp.TCPConnector(limit=0, socket_factory=open_checked_socket, resolver=resolver)


def guarded_session(
    guard: AddressGuard, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """A session for addresses that strangers chose: guarded, without proxy, netrc or cookies."""
    return aiohttp.ClientSession(
        connector=guarded_connector(guard, resolver),
        # A proxy from the environment would look names up and connect on its own, unguarded.
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def refused_by_guard(error: BaseException) -> bool:
    """Whether the guard is why a connection was not made."""
    if isinstance(error, aiohttp.ClientConnectorError):
        error = error.os_error
    return isinstance(error, AddressRefusedError)


def _in_any(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        # On an IPv6-only network this is how every IPv4 host is reached, so it is unwrapped.
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None
