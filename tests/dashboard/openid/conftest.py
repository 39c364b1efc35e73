"""A server with an OpenID Connect provider."""

from collections.abc import AsyncIterator

import pytest

from tests.clock import FakeClock
from tests.dashboard.openid.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    IdentityProvider,
    Key,
    new_key,
)
from tests.listening import free_port, listening


@pytest.fixture(scope="module")
def key() -> Key:
    return new_key("first")


@pytest.fixture(scope="module")
def another_key() -> Key:
    return new_key("second")


@pytest.fixture
async def provider(fake_clock: FakeClock, key: Key) -> AsyncIterator[IdentityProvider]:
    with free_port() as (listener, url):
        provider = IdentityProvider(url, fake_clock, key)
        async with listening(provider.application(), listener):
            yield provider


@pytest.fixture
def more_settings() -> dict[str, str]:
    """What a test sets beside the provider."""
    return {}


@pytest.fixture
def settings(provider: IdentityProvider, more_settings: dict[str, str]) -> dict[str, str]:
    return {
        "LETMEPOST_OPENID_ISSUER": provider.issuer,
        "LETMEPOST_OPENID_CLIENT_ID": CLIENT_ID,
        "LETMEPOST_OPENID_CLIENT_SECRET": CLIENT_SECRET,
        "LETMEPOST_OPENID_LABEL": "Harbour Login",
        **more_settings,
    }
