"""Where a request comes from is what a proxy of ours says, and nobody else."""

import pytest
from starlette.requests import Request

from letmepost.kit.address_guard import parse_networks
from letmepost.kit.client_address import ClientAddress


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    client = (peer, 1) if peer else None
    return Request({"type": "http", "headers": headers, "client": client})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.2.3.4, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["nonsense"], "nonsense"),
        ("10.0.0.1", ["x" * 100], "x" * 64),
        ("10.0.0.1", ["203.0.113.9, "], "10.0.0.1"),
        (None, ["203.0.113.9"], "unknown"),
    ],
)
def test_the_nearest_address_that_is_no_proxy_counts(
    peer: str | None, forwarded: list[str], address: str
) -> None:
    assert ClientAddress(parse_networks("10.0.0.0/8")).of(request(peer, *forwarded)) == address


def test_without_proxies_nobody_is_believed() -> None:
    assert ClientAddress().of(request("127.0.0.1", "203.0.113.9")) == "127.0.0.1"
