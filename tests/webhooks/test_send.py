"""No private address is ever called, and no redirect followed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from letmepost.kit.address_guard import AddressGuard, guarded_session, parse_networks
from letmepost.kit.clock import SystemClock
from letmepost.webhooks.send import send_once
from tests.webhooks.consumer import Consumer, consuming


@pytest.fixture
async def consumer() -> AsyncIterator[Consumer]:
    async with consuming() as opened:
        yield opened


class Rebinding(AbstractResolver):
    """A name that is a public address when it is looked at, and loopback when it is called."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:  # noqa: ARG002 - the protocol's
        found: Any = {
            "hostname": host,
            "host": "127.0.0.1",
            "port": port,
            "family": 2,
            "proto": 0,
            "flags": 0,
        }
        return [found]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
        "192.168.1.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::1]",
        "rebinding.example",
    ],
)
async def test_no_private_address_is_ever_called(consumer: Consumer, host: str) -> None:
    port = consumer.url.split(":")[2].split("/")[0]
    async with guarded_session(AddressGuard(()), Rebinding()) as session:
        url = f"http://{host}:{port}/hooks"
        tried = await send_once(session, url, {}, b"{}", SystemClock())
    # What is no address by the standard, though some would read one out of it, is not even tried.
    refused = {"the address is not allowed", "the address is not valid"}
    assert tried.status is None
    assert tried.failure in refused
    assert consumer.received == []


async def test_a_redirect_is_never_followed(consumer: Consumer) -> None:
    consumer.status, consumer.headers = 302, {"Location": consumer.url}
    loopback = AddressGuard(parse_networks("127.0.0.0/8"))
    async with guarded_session(loopback) as session:
        tried = await send_once(session, consumer.url, {}, b"{}", SystemClock())
    assert (tried.status, tried.delivered, tried.is_final) == (302, False, False)
    assert len(consumer.received) == 1
