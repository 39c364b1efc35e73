"""What a browser and a provider bring counts for the sign-in that it belongs to, and once."""

import hmac
import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from jwt.utils import base64url_encode

from letmepost.dashboard.openid_token import LEEWAY_SECONDS
from letmepost.tenancy.openid import ATTEMPT_LIVES
from letmepost.tenancy.sessions import Sessions
from tests.api.server import Server
from tests.clock import FakeClock
from tests.dashboard.conftest import NewBrowser
from tests.dashboard.openid.identity_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    LIVES_SECONDS,
    Claims,
    IdentityProvider,
    Key,
    new_key,
)
from tests.dashboard.openid.way_in import ONCE, START, at_provider, come_in, rows


def written(algorithm: str, claims: Claims, key: Key) -> bytes:
    header = {"alg": algorithm, "typ": "JWT", "kid": key.id}
    return b".".join(base64url_encode(json.dumps(each).encode()) for each in (header, claims))


def unsigned(claims: Claims, key: Key) -> str:
    return f"{written('none', claims, key).decode()}."


def signed_with_a_shared_secret(secret: bytes, claims: Claims, key: Key) -> str:
    content = written("HS256", claims, key)
    signature = base64url_encode(hmac.digest(secret, content, "sha256"))
    return b".".join((content, signature)).decode()


def signed_with_the_public_key(claims: Claims, key: Key) -> str:
    """A forgery that passes where a token may choose how it is checked."""
    return signed_with_a_shared_secret(key.public_pem, claims, key)


def signed_with_the_client_secret(claims: Claims, key: Key) -> str:
    return signed_with_a_shared_secret(CLIENT_SECRET.encode(), claims, key)


def signed_by_nobody_known(claims: Claims, key: Key) -> str:
    return jwt.encode(claims, new_key("x").private, "RS256", headers={"kid": key.id})


@ONCE
@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"nonce": "another"}, "its claim nonce is not right"),
        ({"nonce": None}, "its claim nonce is not right"),
        ({"aud": "another client"}, "its claim aud is not right"),
        ({"aud": None}, "its claim aud is not right"),
        ({"aud": [CLIENT_ID, "another"]}, "its claim azp is not right"),
        ({"azp": "another"}, "its claim azp is not right"),
        ({"iss": "https://evil.example"}, "its claim iss is not right"),
        ({"iss": None}, "its claim iss is not right"),
        ({"exp": 0}, "its claim exp is not right"),
        ({"exp": None}, "its claim exp is not right"),
        ({"iat": 2**40}, "its claim iat is not right"),
        ({"sub": None}, "its claim sub is not right"),
        ({"sub": "x" * 256}, "its claim sub is not right"),
    ],
)
async def test_a_token_that_is_not_of_this_sign_in_is_refused(
    server: Server,
    new_browser: NewBrowser,
    provider: IdentityProvider,
    claims: Claims,
    words: str,
) -> None:
    provider.claims = claims
    browser = new_browser()
    shown = await come_in(browser)
    assert (shown.status, words in shown.text) == (401, True), shown.text
    assert "Go to the sign-in" in shown.text
    assert "lmp_session" not in browser.cookies
    assert await rows(server) == {}


@ONCE
@pytest.mark.parametrize(
    ("sign", "words"),
    [
        (unsigned, "not signed in a way that proves anything"),
        (signed_with_the_public_key, "not signed in a way that proves anything"),
        (signed_with_the_client_secret, "not signed in a way that proves anything"),
        (signed_by_nobody_known, "not signed by the provider"),
        (lambda *_: "no token", "not signed by the provider"),
        (lambda *_: "", "not signed by the provider"),
    ],
)
async def test_a_token_that_the_provider_did_not_sign_is_refused(
    server: Server,
    new_browser: NewBrowser,
    provider: IdentityProvider,
    sign: Callable[[Claims, Key], str],
    words: str,
) -> None:
    provider.sign = sign
    shown = await come_in(new_browser())
    assert (shown.status, words in shown.text) == (401, True), shown.text
    assert await rows(server) == {}


@ONCE
async def test_a_token_is_good_as_long_as_two_clocks_may_differ(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    now = int(provider.clock.now().timestamp())
    provider.claims = {"exp": now - LEEWAY_SECONDS}
    assert (await come_in(new_browser())).status == 401
    provider.claims = {"exp": now - LEEWAY_SECONDS + 1, "aud": [CLIENT_ID]}
    assert (await come_in(new_browser())).status == 200
    assert LIVES_SECONDS > LEEWAY_SECONDS


async def test_a_sign_in_ends_once_and_in_the_browser_that_began_it(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    browser, victim = new_browser(), new_browser()
    back = await at_provider(browser)
    await at_provider(victim)
    for other in (new_browser(), victim):
        refused = await other.open(back)
        assert (refused.status, "not begun in this browser" in refused.text) == (401, True)
        assert "lmp_session" not in other.cookies
    assert "Overview" in (await browser.open(back)).text
    asked = len(provider.asked)
    again = await browser.open(back)
    assert (again.status, "is over already" in again.text) == (401, True)
    assert len(provider.asked) == asked


@ONCE
async def test_another_state_is_refused(new_browser: NewBrowser) -> None:
    browser = new_browser()
    code = dict(parse_qsl(urlsplit(await at_provider(browser)).query))["code"]
    for query in (f"code={code}&state=x", f"code={code}", ""):
        assert (await browser.open(f"{START}/return?{query}")).status == 401


@ONCE
async def test_a_sign_in_that_takes_too_long_is_refused_and_forgotten(
    server: Server, new_browser: NewBrowser, fake_clock: FakeClock
) -> None:
    browser = new_browser()
    back = await at_provider(browser)
    fake_clock.advance(ATTEMPT_LIVES.total_seconds())
    shown = await browser.open(back)
    assert (shown.status, "more than 10 minutes" in shown.text) == (401, True)
    assert (await server.rows())["openid_attempts"] == 1
    state = server.service.state
    await Sessions(state.database, state.clock, server.url).forget_old()
    assert (await server.rows())["openid_attempts"] == 0


@ONCE
async def test_two_tabs_of_one_browser_sign_in_beside_each_other(new_browser: NewBrowser) -> None:
    browser = new_browser()
    first, second = await at_provider(browser), await at_provider(browser)
    assert "Overview" in (await browser.open(first)).text
    assert "Overview" in (await browser.open(second)).text


@ONCE
async def test_an_answer_of_another_provider_is_not_taken_for_ours(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    provider.told["iss"] = "https://evil.example"
    shown = await come_in(new_browser())
    assert (shown.status, "it is from another provider" in shown.text) == (401, True)
    assert "/token" not in provider.asked
    provider.told["iss"] = provider.issuer
    assert (await come_in(new_browser())).status == 200


@ONCE
async def test_a_provider_that_says_who_it_is_must_always_say_it(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    provider.metadata["authorization_response_iss_parameter_supported"] = True
    assert (await come_in(new_browser())).status == 401
    provider.told["iss"] = provider.issuer
    assert (await come_in(new_browser())).status == 200


@ONCE
async def test_a_code_is_worthless_without_what_began_the_sign_in(
    new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    thief, victim = new_browser(), new_browser()
    stolen = dict(parse_qsl(urlsplit(await at_provider(victim)).query))["code"]
    state = dict(parse_qsl(urlsplit(await at_provider(thief)).query))["state"]
    shown = await thief.open(f"{START}/return?code={stolen}&state={state}")
    assert (shown.status, "did not confirm the sign-in: invalid_grant" in shown.text) == (
        401,
        True,
    )
    assert provider.asked[-1] == "/token"


@ONCE
@pytest.mark.parametrize("more_settings", [{"LETMEPOST_PUBLIC_URL": "https://post.example"}])
async def test_over_tls_the_cookie_of_a_sign_in_is_for_this_host_alone(
    new_browser: NewBrowser,
) -> None:
    browser = new_browser()
    await browser.call("GET", START)
    cookie = browser.set_cookies["__Host-lmp_openid"]
    for attribute in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
