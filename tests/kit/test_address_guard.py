"""The guard: what it refuses, and that what it checked is what is connected to."""

import socket
from collections.abc import AsyncIterator
from ipaddress import IPv4Network, ip_address

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from letmepost.kit.address_guard import (
    AddressGuard,
    AddressRefusedError,
    guarded_session,
    parse_networks,
    refused_by_guard,
)

PRIVATE = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "64:ff9b:1:ffff::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]


class ScriptedResolver(AbstractResolver):
    """Answers each look-up of any name with the next of its answers; the last one stays."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in answer.split()
        ]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="inside")

    app = web.Application()
    app.router.add_get("/", hello)
    running = TestServer(app, host="127.0.0.1")
    async with running:
        yield running


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(AddressRefusedError):
        AddressGuard().check(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_admitted(address: str) -> None:
    AddressGuard().check(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "2130706433", "0x7f.1", "1.2.3.4/8"])
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(AddressRefusedError):
        AddressGuard().check(text)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_and_its_mapped_and_nat64_forms_share_one_verdict(address: object) -> None:
    def admitted(text: str) -> bool:
        try:
            AddressGuard().check(text)
        except AddressRefusedError:
            return False
        return True

    plain = admitted(str(address))
    assert admitted(f"::ffff:{address}") is plain
    assert admitted(f"64:ff9b::{address}") is plain
    assert not plain or ip_address(str(address)).is_global


def test_an_allowed_network_is_admitted_and_its_neighbours_are_not() -> None:
    guard = AddressGuard([IPv4Network("127.0.0.0/8")])
    guard.check("127.0.0.1")
    guard.check("::ffff:127.0.0.1")
    for other in ("::1", "10.0.0.1", "169.254.169.254"):
        with pytest.raises(AddressRefusedError):
            guard.check(other)


def test_networks_are_read_from_a_comma_separated_setting() -> None:
    assert parse_networks("") == ()
    read = parse_networks(" 127.0.0.1/8, ::1 ,fd00::/8")
    assert [str(network) for network in read] == ["127.0.0.0/8", "::1/128", "fd00::/8"]
    with pytest.raises(ValueError, match=r"10\.0\.0"):
        parse_networks("10.0.0/8")


def test_the_refusal_does_not_name_the_address() -> None:
    with pytest.raises(AddressRefusedError) as caught:
        AddressGuard().check("10.1.2.3")
    assert "10" not in str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
async def test_a_local_server_cannot_be_reached_by_any_of_its_spellings(
    server: TestServer, host: str
) -> None:
    async with guarded_session(AddressGuard()) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.get(f"http://{host}:{server.port}/")
    assert refused_by_guard(caught.value)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "0", "127.0.0.1."]
)
async def test_numbers_that_an_operating_system_reads_as_loopback_are_refused(
    server: TestServer, host: str
) -> None:
    async with guarded_session(AddressGuard()) as session:
        with pytest.raises(aiohttp.ClientError) as caught:
            await session.get(f"http://{host}:{server.port}/")
    assert refused_by_guard(caught.value) or isinstance(caught.value, aiohttp.InvalidURL)


async def test_an_allowed_network_lets_the_connection_through(server: TestServer) -> None:
    async with (
        guarded_session(AddressGuard(parse_networks("127.0.0.0/8"))) as session,
        session.get(server.make_url("/")) as answer,
    ):
        assert await answer.text() == "inside"


async def test_a_public_name_with_a_private_answer_is_refused(server: TestServer) -> None:
    resolver = ScriptedResolver("127.0.0.1")
    async with guarded_session(AddressGuard(), resolver) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.get(f"http://media.example.com:{server.port}/")
    assert refused_by_guard(caught.value)
    assert resolver.asked == 1


async def test_a_name_whose_answer_changes_is_checked_at_every_connection(
    server: TestServer,
) -> None:
    # 127.0.0.1 stands for the public address here, so that the first look-up can succeed.
    guard = AddressGuard(parse_networks("127.0.0.1/32"))
    resolver = ScriptedResolver("127.0.0.1", "127.0.0.2")
    url = f"http://media.example.com:{server.port}/"
    async with guarded_session(guard, resolver) as session:
        async with session.get(url, headers={"Connection": "close"}) as answer:
            assert answer.status == 200
        assert isinstance(session.connector, aiohttp.TCPConnector)
        session.connector.clear_dns_cache()
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.get(url)
    assert resolver.asked == 2
    assert refused_by_guard(caught.value)


async def test_of_a_name_with_many_addresses_only_the_admitted_are_tried(
    server: TestServer,
) -> None:
    guard = AddressGuard(parse_networks("127.0.0.1/32"))
    resolver = ScriptedResolver("127.0.0.2 127.0.0.1")
    async with (
        guarded_session(guard, resolver) as session,
        session.get(f"http://media.example.com:{server.port}/") as answer,
    ):
        assert answer.status == 200


async def test_the_environment_cannot_add_a_proxy(
    server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    guard = AddressGuard(parse_networks("127.0.0.0/8"))
    async with guarded_session(guard, ScriptedResolver("10.0.0.1")) as session:
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await session.get("http://media.example.com/")
    assert refused_by_guard(caught.value)
