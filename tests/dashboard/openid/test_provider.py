"""What is read of an OpenID Connect provider, and what is told where it cannot be used."""

from pathlib import Path

import pytest

from letmepost.checkup import examine
from letmepost.configuration import read_configuration
from letmepost.dashboard.openid_provider import KEPT_FOR
from tests.clock import FakeClock
from tests.dashboard.conftest import NewBrowser
from tests.dashboard.openid.identity_provider import (
    Claims,
    IdentityProvider,
    Key,
)
from tests.dashboard.openid.way_in import ONCE, START, at_provider, come_in
from tests.listening import free_port


@ONCE
async def test_what_a_provider_denies_is_told_without_its_words(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    provider.told |= {"error": "access_denied", "error_description": "<b>leak</b>"}
    shown = await come_in(new_browser())
    assert (shown.status, "did not sign you in: access_denied" in shown.text) == (401, True)
    assert "leak" not in shown.html
    provider.told["error"] = "<b>Call 555</b>"
    assert "555" not in (await come_in(new_browser())).html


@ONCE
async def test_a_new_key_is_fetched_once(
    new_browser: NewBrowser, provider: IdentityProvider, another_key: Key, fake_clock: FakeClock
) -> None:
    assert (await come_in(new_browser())).status == 200
    old = provider.key
    provider.key, provider.published = another_key, [another_key]
    for _ in range(2):
        assert (await come_in(new_browser())).status == 200
    assert provider.asked.count("/keys") == 2
    # What is signed with a key that was withdrawn is believed no longer.
    provider.key = old
    assert "its key is not one of the provider's" in (await come_in(new_browser())).text
    assert provider.asked.count("/keys") == 3
    provider.key = another_key
    fake_clock.advance(KEPT_FOR.total_seconds() + 1)
    assert (await come_in(new_browser())).status == 200
    assert provider.asked.count("/keys") == 4


@ONCE
async def test_a_provider_that_is_down_is_told_and_passwords_still_work(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    browser = new_browser()
    await browser.signed_up("maria@example.com")
    provider.down = True
    shown = await browser.call("GET", START)
    assert "Harbour Login cannot be asked just now: it answered with status 503." in shown.text
    assert "Who has a password can sign in with it." in shown.text
    assert "down for repairs" not in shown.text
    assert "Overview" in (await new_browser().signed_in("maria@example.com")).text
    provider.down = False
    back = await at_provider(browser)
    provider.down = True
    assert "cannot be asked just now" in (await browser.open(back)).text


@ONCE
@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"issuer": "https://evil.example"}, "its discovery document is of another issuer"),
        ({"token_endpoint": None}, "lacks a usable token_endpoint"),
        ({"jwks_uri": "http://keys.example/"}, "lacks a usable jwks_uri"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "a usable authorization_endpoint"),
    ],
)
async def test_a_discovery_document_that_cannot_be_meant_is_refused(
    new_browser: NewBrowser, provider: IdentityProvider, metadata: Claims, words: str
) -> None:
    provider.metadata = metadata
    shown = await new_browser().call("GET", START)
    assert words in shown.text


@ONCE
@pytest.mark.parametrize("more_settings", [{"LETMEPOST_ALLOWED_PRIVATE_NETWORKS": ""}])
async def test_the_provider_may_be_in_a_private_network_and_what_it_names_may_not(
    new_browser: NewBrowser, provider: IdentityProvider, fake_clock: FakeClock
) -> None:
    assert (await new_browser().call("GET", START)).status == 303
    with free_port() as (listener, url):
        listener.setblocking(False)
        listener.listen()
        provider.metadata["token_endpoint"] = f"{url}/token"
        fake_clock.advance(KEPT_FOR.total_seconds() + 1)
        shown = await come_in(new_browser())
        assert "the address is not allowed" in shown.text
        with pytest.raises(BlockingIOError):
            listener.accept()


@ONCE
async def test_an_address_that_only_userinfo_tells_is_asked_for(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    provider.email_at_userinfo = True
    assert "maria@example.com" in (await come_in(new_browser())).text
    provider.claims["sub"] = "2"
    shown = await come_in(new_browser())
    assert "its claim sub is not that of UserInfo" in shown.text


@ONCE
async def test_the_secret_is_sent_the_way_that_the_provider_takes_it(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert (await come_in(new_browser())).status == 200


@ONCE
@pytest.mark.parametrize(
    "more_settings", [{"LETMEPOST_OPENID_CLIENT_SECRET": "not the secret at all"}]
)
async def test_a_wrong_secret_is_told_to_who_runs_the_server(new_browser: NewBrowser) -> None:
    shown = await come_in(new_browser())
    assert (shown.status, "invalid_client" in shown.text) == (401, True)
    assert "LETMEPOST_OPENID_CLIENT_SECRET" in shown.text
    assert "not the secret at all" not in shown.html


async def test_doctor_looks_at_the_provider(
    settings: dict[str, str], provider: IdentityProvider, tmp_path: Path, fake_clock: FakeClock
) -> None:
    configuration = read_configuration({**settings, "LETMEPOST_DATA_DIR": str(tmp_path)})

    async def level_and_words() -> tuple[str, str]:
        found = await examine(configuration, fake_clock)
        (mine,) = [each for each in found if each.subject == "OpenID Connect"]
        return mine.level, mine.words

    level, words = await level_and_words()
    assert level == "ok"
    assert "http://127.0.0.1:8000/dashboard/openid/return" in words
    provider.down = True
    level, words = await level_and_words()
    assert (level, "status 503" in words) == ("error", True)
