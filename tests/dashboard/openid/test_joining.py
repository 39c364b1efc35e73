"""Members come in by an OpenID Connect provider, and strangers as the settings allow."""

import re

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from letmepost.tenancy.invites import INVITE_LIVES
from letmepost.tenancy.password_changes import make_reset
from letmepost.tenancy.passwords import NO_PASSWORD
from tests.api.server import Server
from tests.clock import FakeClock
from tests.dashboard.browser import PASSWORD, Browser
from tests.dashboard.conftest import NewBrowser
from tests.dashboard.openid.identity_provider import (
    IdentityProvider,
)
from tests.dashboard.openid.way_in import ONCE, START, at_provider, come_in, rows


async def test_the_first_visitor_becomes_the_owner_without_a_password(
    server: Server, new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard")
    assert page.url.startswith("/dashboard/sign-up")
    assert "Sign in with Harbour Login" in page.text
    shown = await come_in(browser)
    assert (shown.status, "Overview" in shown.text) == (200, True), shown.text
    row = (await rows(server))["maria@example.com"]
    assert row.role == "owner"
    assert (row.openid_issuer, row.openid_subject) == (provider.issuer, "1")
    settings = await browser.open("/dashboard/settings")
    assert "You sign in with Harbour Login, and have no password." in settings.text
    # With her address taken by somebody else, it is still the same account.
    provider.person["email"] = "renamed@example.com"
    assert "Overview" in (await come_in(new_browser())).text
    assert list(await rows(server)) == ["maria@example.com"]


async def test_a_member_is_recognised_by_a_verified_address_and_keeps_the_password(
    server: Server, new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    await new_browser().signed_up("maria@example.com")
    provider.person["email"] = "Maria@Example.com"
    browser = new_browser()
    page = await browser.open("/dashboard/sign-in")
    found = re.search(r'href="([^"]+)">Sign in with Harbour Login<', page.html)
    assert found is not None
    assert "Overview" in (await come_in(browser, found[1])).text
    assert (await rows(server))["maria@example.com"].openid_subject == "1"
    assert "Overview" in (await new_browser().signed_in("maria@example.com")).text


@ONCE
async def test_somebody_gets_to_the_page_that_they_asked_for(new_browser: NewBrowser) -> None:
    browser = new_browser()
    await browser.signed_up("maria@example.com")
    await browser.press(await browser.open("/dashboard"), "/dashboard/sign-out")
    page = await browser.open("/dashboard/webhooks?a=b")
    found = re.search(r'href="([^"]+)">Sign in with', page.html)
    assert found is not None
    answer = await browser.call("GET", await at_provider(browser, found[1]))
    assert (answer.status, answer.headers["Location"]) == (303, "/dashboard/webhooks?a=b")
    away = await at_provider(browser, f"{START}?next=https://evil.example")
    assert (await browser.call("GET", away)).headers["Location"] == "/dashboard"


async def test_a_stranger_is_refused_and_told_what_to_do(
    server: Server, owner: Browser, new_browser: NewBrowser
) -> None:
    assert owner.cookies
    browser = new_browser()
    shown = await come_in(browser)
    assert shown.status == 403
    assert "Nobody with the e-mail address maria@example.com is a member here." in shown.text
    assert "Ask an owner of the organization for an invite link" in shown.text
    assert "lmp_session" not in browser.cookies
    assert list(await rows(server)) == ["owner@example.com"]


async def test_an_invite_lets_a_stranger_in_once(
    server: Server, owner: Browser, new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    path = await owner.invite_link("viewer")
    page = await new_browser().open(path)
    assert f'href="{path}/openid"' in page.html
    shown = await come_in(new_browser(), f"{path}/openid")
    assert "maria@example.com" in shown.text
    row = (await rows(server))["maria@example.com"]
    assert (row.role, row.openid_subject) == ("viewer", "1")
    provider.person |= {"sub": "2", "email": "other@example.com"}
    spent = await new_browser().call("GET", f"{path}/openid")
    assert (spent.status, "has been used" in spent.text) == (404, True)


@ONCE
async def test_an_invite_that_ends_on_the_way_lets_nobody_in(
    owner: Browser, new_browser: NewBrowser, fake_clock: FakeClock
) -> None:
    path = await owner.invite_link("member")
    fake_clock.advance(INVITE_LIVES.total_seconds() - 1)
    browser = new_browser()
    back = await at_provider(browser, f"{path}/openid")
    fake_clock.advance(1)
    shown = await browser.open(back)
    assert (shown.status, "has expired" in shown.text) == (404, True)


@ONCE
async def test_an_invite_makes_nobody_a_member_twice(
    owner: Browser, new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    provider.person["email"] = "owner@example.com"
    path = await owner.invite_link("viewer")
    shown = await come_in(new_browser(), f"{path}/openid")
    assert (shown.status, "is a member of this server" in shown.text) == (409, True)
    # Whoever has an account here already is signed in, and the invite stays good.
    assert "Overview" in (await come_in(new_browser())).text
    shown = await come_in(new_browser(), f"{path}/openid")
    assert "Overview" in shown.text
    assert (await new_browser().open(path)).status == 200


@pytest.mark.parametrize(
    "more_settings", [{"LETMEPOST_OPENID_EMAIL_DOMAINS": "@Example.com, harbour.test"}]
)
async def test_an_allowed_domain_joins_as_a_member_until_removed(
    server: Server, owner: Browser, new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    browser = new_browser()
    assert "Overview" in (await come_in(browser)).text
    joined = await rows(server)
    assert joined["maria@example.com"].role == "member"
    assert len({row.organization_id for row in joined.values()}) == 1
    page = await owner.open("/dashboard/settings")
    shown = await owner.press(page, do="remove", id=joined["maria@example.com"].id)
    assert "The member is removed" in shown.text
    assert (await browser.call("GET", "/dashboard")).status == 303
    again = await come_in(browser)
    assert (again.status, "is a member here" in again.text) == (403, True)
    path = await owner.invite_link("viewer")
    assert "Overview" in (await come_in(browser, f"{path}/openid")).text
    assert (await rows(server))["maria@example.com"].role == "viewer"
    for number, address in enumerate(("a@sub.example.com", "a@example.com.evil.test")):
        provider.person |= {"sub": f"stranger {number}", "email": address}
        assert (await come_in(new_browser())).status == 403


@ONCE
@pytest.mark.parametrize(
    ("more_settings", "words"),
    [
        ({"LETMEPOST_SIGNUP": "closed"}, "takes no new sign-ups"),
        ({"LETMEPOST_OPENID_EMAIL_DOMAINS": "harbour.test"}, "is a member here"),
    ],
)
async def test_the_first_visitor_is_nobody_where_the_settings_say_so(
    server: Server, new_browser: NewBrowser, words: str
) -> None:
    shown = await come_in(new_browser())
    assert (shown.status, words in shown.text) == (403, True), shown.text
    assert await rows(server) == {}


@ONCE
@pytest.mark.parametrize("verified", [False, None, "false", 1])
async def test_an_address_that_is_not_verified_counts_for_nothing(
    server: Server, new_browser: NewBrowser, provider: IdentityProvider, verified: object
) -> None:
    await new_browser().signed_up("maria@example.com")
    provider.claims["email_verified"] = verified
    shown = await come_in(new_browser())
    assert (shown.status, "that your e-mail address is verified" in shown.text) == (403, True)
    assert (await rows(server))["maria@example.com"].openid_subject is None


async def test_a_member_with_an_account_gets_no_second_one(
    server: Server, new_browser: NewBrowser, provider: IdentityProvider
) -> None:
    await come_in(new_browser())
    provider.person["sub"] = "2"
    shown = await come_in(new_browser())
    assert (shown.status, "another account of Harbour Login" in shown.text) == (403, True)
    assert (await rows(server))["maria@example.com"].openid_subject == "1"


async def test_signing_out_ends_our_session(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await come_in(browser)
    kept = dict(browser.cookies)
    await browser.press(page, "/dashboard/sign-out")
    browser.cookies = kept
    assert (await browser.call("GET", "/dashboard")).status == 303


async def test_a_member_without_a_password_can_be_given_one(
    server: Server, new_browser: NewBrowser
) -> None:
    await come_in(new_browser())
    for password in ("", PASSWORD, "A" * 43):
        shown = await new_browser().signed_in("maria@example.com", password)
        assert (shown.status, "is not right" in shown.text) == (401, True)
    state = server.service.state
    token = await state.database.write(
        lambda connection: make_reset(connection, "maria@example.com", state.clock.now())
    )
    browser = new_browser()
    page = await browser.open(f"/dashboard/reset/{token}")
    assert "Overview" in (await browser.press(page, password=PASSWORD)).text
    assert "Overview" in (await new_browser().signed_in("maria@example.com")).text
    assert "Change the password" in (await browser.open("/dashboard/settings")).text
    assert "Overview" in (await come_in(new_browser())).text


def test_what_is_kept_in_place_of_a_password_is_a_hash_that_no_password_has() -> None:
    """An older version on the same database checks it like any other."""
    hasher = PasswordHasher()
    for password in ("", "A" * 43, NO_PASSWORD, PASSWORD):
        with pytest.raises(VerifyMismatchError):
            hasher.verify(NO_PASSWORD, password)
