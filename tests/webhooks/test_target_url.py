"""Where an endpoint may be: names are looked up, and every address of theirs must be public."""

import asyncio
import socket
from typing import Any

import pytest

from letmepost.content.errors import LetmepostError
from letmepost.kit.address_guard import AddressGuard, parse_networks
from letmepost.webhooks.target_url import refuse_url

GUARD = AddressGuard()


def _resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Have every name lead to these addresses; the names that are asked for."""
    asked: list[str] = []

    async def answer(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answer, raising=False)
    return asked


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::1]"])
async def test_this_machine_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(LetmepostError) as refused:
        await refuse_url(GUARD, f"http://{host}:8080/hooks")
    assert refused.value.rule == "webhook.url.disallowed"


async def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve(monkeypatch, "1.1.1.1", "10.0.0.1")
    with pytest.raises(LetmepostError) as refused:
        await refuse_url(GUARD, "https://app.example/")
    assert refused.value.rule == "webhook.url.disallowed"
    assert "10.0.0.1" not in refused.value.message


async def test_a_public_name_is_taken_and_one_that_leads_nowhere_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = _resolve(monkeypatch, "1.1.1.1")
    await refuse_url(GUARD, "https://app.example/")
    assert asked == ["app.example"]
    _resolve(monkeypatch)
    await refuse_url(GUARD, "https://app.example/")


async def test_networks_that_the_operator_admits_are_taken() -> None:
    await refuse_url(AddressGuard(parse_networks("127.0.0.0/8")), "http://127.0.0.1:9/hooks")
