"""Whether the API's servers can fetch a file from an address of ours."""

import ipaddress
from urllib.parse import urlsplit

_OF_THIS_NETWORK = (".local", ".internal", ".lan", ".home.arpa", ".localhost")


def is_private(url: str) -> bool:
    """Whether nobody outside of this machine or its network can reach an address.

    A name is judged by its look alone; what it leads to is not asked for.
    """
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_OF_THIS_NETWORK)


def unreachable_from(url: str, api_url: str) -> bool:
    """Whether the API at `api_url` surely cannot fetch a file from `url`.

    An API that is itself in a private network, such as a simulator, reaches what is there.
    """
    return is_private(url) and not is_private(api_url)
