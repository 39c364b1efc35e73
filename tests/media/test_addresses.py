"""Addresses at which platforms fetch files: signed, for a day, and refused where none works."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.crypto import Keyring
from letmepost.media.addresses import FileAddresses, has_signed, is_private
from letmepost.media.storage import open_storage
from letmepost.platforms import platforms
from tests.clock import FakeClock

KEYRING = Keyring((b"k" * 32,))
NOW = datetime(2026, 12, 1, tzinfo=UTC)
PUBLIC, PRIVATE = "https://letmepost.example", "http://127.0.0.1:8000"


def addresses(public_url: str, api_url: str = "https://api.example") -> FileAddresses:
    fetching = next(each for each in platforms().values() if each.fetches_media_urls)
    storage = open_storage("memory:///", {})
    return FileAddresses(storage, KEYRING, FakeClock(NOW), public_url, fetching, api_url)


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("https://letmepost.example", False),
        ("https://8.8.8.8", False),
        ("http://letmepost.example", True),
        ("https://127.0.0.1", True),
        ("https://10.1.2.3:8443", True),
        ("https://[::1]", True),
        ("https://localhost", True),
        ("https://box.local", True),
        ("https://intranet", True),
    ],
)
def test_an_address_is_private_without_tls_or_in_a_network_of_our_own(
    url: str, *, private: bool
) -> None:
    assert is_private(url) is private


async def test_an_address_of_ours_is_signed_for_one_file_and_for_a_day() -> None:
    url = await addresses(PUBLIC).of("med_1", "key", None)
    assert url.startswith(f"{PUBLIC}/v1/media/med_1/file?")
    query = dict(parse_qsl(urlsplit(url).query))
    expires, signature = query["expires"], query["signature"]
    last = NOW + timedelta(days=1, seconds=-1)
    assert has_signed(KEYRING, "med_1", expires, signature, last)
    assert not has_signed(KEYRING, "med_1", expires, signature, NOW + timedelta(days=1))
    assert not has_signed(KEYRING, "med_2", expires, signature, NOW)
    assert not has_signed(KEYRING, "med_1", str(int(expires) + 1), signature, NOW)


async def test_a_private_server_passes_on_the_callers_public_address() -> None:
    given = "https://media.example/a.jpg"
    assert await addresses(PRIVATE).of("med_1", "key", given) == given


@pytest.mark.parametrize("given", [None, "http://192.168.0.1/a.jpg"])
async def test_a_private_server_is_told_what_to_set(given: str | None) -> None:
    with pytest.raises(LetmepostError) as refused:
        await addresses(PRIVATE).of("med_1", "key", given)
    assert refused.value.code is ErrorCode.PREFLIGHT_FAILED
    assert refused.value.rule is not None
    assert refused.value.rule.endswith(".media.reachable")
    assert "LETMEPOST_PUBLIC_URL" in (refused.value.remediation or "")


async def test_a_simulator_in_our_own_network_fetches_from_there() -> None:
    url = await addresses(PRIVATE, "http://127.0.0.1:9999/x").of("med_1", "key", None)
    assert url.startswith(PRIVATE)
