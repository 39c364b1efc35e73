"""Members come in by the right password alone, and their sessions end when they should."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection, select, update

from letmepost.dashboard.forms import FIELDS_MAX
from letmepost.dashboard.throttle import OF_ACCOUNT, OF_ADDRESS
from letmepost.kit.database import metadata
from letmepost.tenancy import sessions
from letmepost.tenancy.passwords import Passwords
from letmepost.tenancy.tables import members
from tests.api.server import Server
from tests.clock import FakeClock
from tests.dashboard.browser import PASSWORD, Browser
from tests.dashboard.conftest import NewBrowser

ONCE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_first_visitor_becomes_the_owner(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await browser.open("/")
    assert page.url == "/dashboard/sign-up?next=/dashboard"
    shown = await browser.press(page, email=" Owner@Example.com ", password=PASSWORD)
    assert "owner@example.com" in shown.text
    assert "owner" in shown.text
    other = await new_browser().open("/dashboard")
    assert other.url.startswith("/dashboard/sign-in")
    refused = await new_browser().open("/dashboard/sign-up")
    assert (refused.status, "takes no new sign-ups" in refused.text) == (403, True)


async def test_of_two_first_visitors_at_once_one_becomes_the_owner(
    server: Server, new_browser: NewBrowser
) -> None:
    async def sign_up(number: int) -> int:
        browser = new_browser()
        page = await browser.open("/dashboard/sign-up")
        sent = await browser.send(page, email=f"{number}@example.com", password=PASSWORD)
        return sent.status

    assert sorted(await asyncio.gather(*map(sign_up, range(3)))) == [303, 403, 403]
    assert (await server.rows())["organizations"] == 1


async def test_the_first_visitor_owns_what_bootstrap_made(
    server: Server, new_browser: NewBrowser
) -> None:
    organization = await server.new_organization()
    await new_browser().signed_up()
    rows = await server.service.state.database.read(
        lambda connection: list(connection.execute(select(members)))
    )
    assert [row.organization_id for row in rows] == [organization.id]


@ONCE
@pytest.mark.parametrize("settings", [{"LETMEPOST_SIGNUP": "open"}])
async def test_where_it_is_open_everybody_gets_an_organization(new_browser: NewBrowser) -> None:
    await new_browser().signed_up()
    other = new_browser()
    page = await other.open("/dashboard/sign-up")
    shown = await other.press(page, email="second@example.com", password=PASSWORD)
    assert "Overview" in shown.text
    settings = await other.open("/dashboard/settings")
    assert "owner@example.com" not in settings.text


@ONCE
@pytest.mark.parametrize("settings", [{"LETMEPOST_SIGNUP": "closed"}])
async def test_where_it_is_closed_nobody_signs_up(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard/sign-in")
    assert "Sign up" not in page.text
    refused = await browser.send(page, "/dashboard/sign-up", email="a@b.co", password=PASSWORD)
    assert (refused.status, "LETMEPOST_SIGNUP" in refused.text) == (403, True)


@ONCE
async def test_a_sign_up_says_what_is_wrong_with_it(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard/sign-up")
    for email, password, words in (
        ("nobody", PASSWORD, "This is no e-mail address."),
        ("a@b.co", "short", "The password has 5 characters; 12 are the least."),
        ("a@b.co", "x" * 1001, "1000 are the most."),
    ):
        shown = await browser.send(page, email=email, password=password)
        assert (shown.status, words in shown.text) == (400, True), shown.text
        assert password not in shown.html


@pytest.mark.usefixtures("owner")
async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    new_browser: NewBrowser,
) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard/sign-in")
    answers = []
    for email in ("owner@example.com", "nobody@example.com"):
        shown = await browser.send(page, email=email, password="wrong")
        assert shown.status == 401
        assert "lmp_session" not in browser.cookies
        answers.append(shown.html.replace(email, "EMAIL"))
    without_token = [re.sub(r'value="[0-9a-f]{64}"', "", each) for each in answers]
    assert without_token[0] == without_token[1]


@ONCE
@pytest.mark.usefixtures("owner")
async def test_an_unknown_address_costs_a_hash_too(
    new_browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415 - as the server loads it

    checked: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, hashed: str, password: str) -> bool:
        checked.append(hashed)
        return verify(hasher, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    browser = new_browser()
    for email in ("owner@example.com", "nobody@example.com"):
        await browser.signed_in(email, "wrong")
    known, unknown = checked
    assert (
        known.rpartition("$")[0].rpartition("$")[0] == unknown.rpartition("$")[0].rpartition("$")[0]
    )


async def test_a_password_that_is_changed_meanwhile_begins_no_session(
    server: Server, owner: Browser, new_browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = server.service.state.database
    match = Passwords.match

    async def changed_meanwhile(passwords: Passwords, password: str, hashed: str | None) -> bool:
        found = await match(passwords, password, hashed)
        changed = update(members).values(password_hash="another")
        await database.write(lambda connection: connection.execute(changed))
        return found

    monkeypatch.setattr(Passwords, "match", changed_meanwhile)
    browser = new_browser()
    shown = await browser.signed_in("owner@example.com")
    assert (shown.status, "is not right" in shown.text) == (401, True)
    assert (await owner.call("GET", "/dashboard")).status == 200


async def test_a_session_is_kept_as_a_hash(server: Server, owner: Browser) -> None:
    token = owner.cookies["lmp_session"]

    def rows(connection: Connection) -> str:
        tables = [metadata.tables[name] for name in ("members", "sessions")]
        return str([list(connection.execute(select(table))) for table in tables])

    stored = await server.service.state.database.read(rows)
    assert token not in stored
    assert PASSWORD not in stored
    assert "$argon2id$" in stored
    cookie = owner.set_cookies["lmp_session"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie


@ONCE
@pytest.mark.parametrize("settings", [{"LETMEPOST_PUBLIC_URL": "https://post.example"}])
async def test_over_tls_the_cookie_is_for_this_host_alone(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard/sign-up")
    await browser.send(
        page, email="owner@example.com", password=PASSWORD, origin="https://post.example"
    )
    cookie = browser.set_cookies["__Host-lmp_session"]
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


async def test_a_session_that_is_not_used_ends(owner: Browser, fake_clock: FakeClock) -> None:
    fake_clock.advance(sessions.IDLE.total_seconds() - 1)
    assert (await owner.call("GET", "/dashboard")).status == 200
    fake_clock.advance(sessions.IDLE.total_seconds() - 1)
    assert (await owner.call("GET", "/dashboard")).status == 200
    fake_clock.advance(sessions.IDLE.total_seconds())
    assert (await owner.call("GET", "/dashboard")).status == 303


@ONCE
async def test_a_session_ends_however_much_it_is_used(
    server: Server, owner: Browser, fake_clock: FakeClock
) -> None:
    days = 0
    while (await owner.call("GET", "/dashboard")).status == 200:
        fake_clock.advance(timedelta(days=5).total_seconds())
        days += 5
    assert days == sessions.LONGEST.days
    assert (await server.rows())["sessions"] == 1


@ONCE
async def test_signing_out_ends_the_session_on_the_server(owner: Browser) -> None:
    page = await owner.open("/dashboard")
    kept = dict(owner.cookies)
    shown = await owner.press(page, "/dashboard/sign-out")
    assert "Sign in" in shown.text
    assert "lmp_session" not in owner.cookies
    owner.cookies = kept
    assert (await owner.call("GET", "/dashboard")).status == 303


@ONCE
@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_a_form_of_another_site_is_refused(owner: Browser, origin: str) -> None:
    page = await owner.open("/dashboard/settings")
    shown = await owner.send(page, do="invite", role="owner", note="", origin=origin)
    assert shown.status == 403
    assert "not the address of this server" in shown.text
    assert "Send it to whom" not in shown.text


@ONCE
async def test_a_form_without_the_sessions_token_is_refused(
    owner: Browser, new_browser: NewBrowser
) -> None:
    page = await owner.open("/dashboard/settings")
    stranger = (await new_browser().open("/dashboard/sign-in")).form_token
    for token in ("", "0" * 64, stranger):
        shown = await owner.send(page, do="invite", role="owner", note="", form_token=token)
        assert (shown.status, "open for too long" in shown.text) == (403, True)
    refused = await owner.send(page, "/dashboard/sign-out", form_token="0" * 64)
    assert refused.status == 403
    assert (await owner.call("GET", "/dashboard")).status == 200


@ONCE
@pytest.mark.usefixtures("owner")
async def test_a_sign_in_of_another_site_is_refused(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard/sign-in")

    async def sent(origin: str) -> int:
        shown = await browser.send(
            page, email="owner@example.com", password=PASSWORD, origin=origin
        )
        return shown.status

    assert await sent("https://evil.example") == 403
    browser.cookies.clear()
    assert await sent(browser.url) == 403
    assert "lmp_session" not in browser.cookies


@ONCE
@pytest.mark.usefixtures("owner")
async def test_passwords_of_one_account_cannot_be_guessed_for_long(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard/sign-in")
    for _ in range(OF_ACCOUNT.amount):
        assert (await browser.send(page, email="a@b.co", password="wrong")).status == 401
    refused = await browser.send(page, email="A@b.co", password="wrong")
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= OF_ACCOUNT.get_expiry()
    assert f"in {refused.headers['Retry-After']} seconds" in refused.text
    # Another account is not held up by it, and success forgets what came before.
    assert "Overview" in (await browser.signed_in("owner@example.com")).text


@ONCE
@pytest.mark.usefixtures("owner")
async def test_accounts_cannot_be_tried_one_after_the_other(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard/sign-in")
    statuses = [
        (await browser.send(page, email=f"a{number}@b.co", password="x")).status
        for number in range(OF_ADDRESS.amount)
    ]
    # The owner's sign-up came from the same address.
    assert statuses == [401] * (OF_ADDRESS.amount - 1) + [429]


@ONCE
@pytest.mark.parametrize(
    ("wanted", "gone_to"),
    [
        ("/dashboard/settings", "/dashboard/settings"),
        ("/oauth/authorize?client_id=x", "/oauth/authorize?client_id=x"),
        ("https://evil.example/dashboard/", "/dashboard"),
        ("//evil.example", "/dashboard"),
        ("/dashboard/\\evil.example", "/dashboard"),
        ("/dashboardevil", "/dashboard"),
    ],
)
@pytest.mark.usefixtures("owner")
async def test_a_sign_in_leads_to_pages_of_this_server_alone(
    new_browser: NewBrowser, wanted: str, gone_to: str
) -> None:
    browser = new_browser()
    page = await browser.open(f"/dashboard/sign-in?{urlencode({'next': wanted})}")
    answer = await browser.send(page, email="owner@example.com", password=PASSWORD)
    assert (answer.status, answer.headers["Location"]) == (303, gone_to)


@ONCE
async def test_without_a_provider_there_is_no_way_in_by_one(new_browser: NewBrowser) -> None:
    browser = new_browser()
    page = await browser.open("/dashboard/sign-in")
    assert "Sign in with" not in page.text
    left = await browser.call("GET", "/dashboard/openid")
    assert left.headers["Location"].startswith("/dashboard/sign-in")


@ONCE
async def test_every_page_is_shown_under_a_strict_policy(owner: Browser) -> None:
    for path in ("/dashboard/sign-in", "/dashboard", "/dashboard/settings", "/dashboard/nothing"):
        page = await owner.call("GET", path)
        policy = page.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=", page.html)
        for file in re.findall(r'(?:href|src)="(/dashboard/static/[^"]+)"', page.html):
            assert (await owner.call("GET", file)).status == 200


@ONCE
async def test_a_form_that_is_too_large_is_refused_by_a_page(
    owner: Browser, new_browser: NewBrowser
) -> None:
    much = [("x", "")] * (FIELDS_MAX + 1)
    page = await owner.open("/dashboard/settings")
    shown = await owner.send(page, do="invite", fields=much)
    assert (shown.status, "too large or broken" in shown.text) == (400, True)
    browser = new_browser()
    shown = await browser.send(await browser.open("/dashboard/sign-in"), fields=much)
    assert (shown.status, "too large or broken" in shown.text) == (400, True)
