"""Members come by invites, change their passwords, and go; owners look after them."""

import re
import subprocess
import sys

import pytest

from letmepost.tenancy.invites import INVITE_LIVES
from letmepost.tenancy.password_changes import RESET_LIVES, make_reset
from tests.api.server import Server
from tests.clock import FakeClock
from tests.dashboard.browser import PASSWORD, Browser
from tests.dashboard.conftest import NewBrowser
from tests.server_process import environment

ONCE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_an_invite_works_once(owner: Browser, new_browser: NewBrowser) -> None:
    path = await owner.invite_link("viewer")
    browser = new_browser()
    page = await browser.open(path)
    assert "look at its posts" in page.text
    taken = await browser.send(page, email="owner@example.com", password=PASSWORD)
    assert (taken.status, "is a member of this server" in taken.text) == (409, True)
    shown = await browser.press(page, email="viewer@example.com", password=PASSWORD)
    assert "viewer@example.com" in shown.text
    again = await new_browser().open(path)
    assert (again.status, "has been used" in again.text) == (404, True)


@ONCE
async def test_an_invite_expires_and_can_be_withdrawn(
    owner: Browser, new_browser: NewBrowser, fake_clock: FakeClock
) -> None:
    withdrawn = await owner.invite_link("member")
    page = await owner.open("/dashboard/settings")
    found = re.search(r'name="id" value="(inv_[^"]+)"', page.html)
    assert found is not None
    await owner.press(page, do="withdraw", id=found[1])
    assert (await new_browser().open(withdrawn)).status == 404
    path = await owner.invite_link("member")
    fake_clock.advance(INVITE_LIVES.total_seconds())
    assert (await new_browser().open(path)).status == 404


async def test_changing_the_password_ends_the_other_sessions(
    owner: Browser, new_browser: NewBrowser
) -> None:
    other = new_browser()
    await other.signed_in("owner@example.com")
    page = await owner.open("/dashboard/settings")
    new = "another violet teapot"
    wrong = await owner.send(page, current="wrong", do="password", password=new)
    assert (wrong.status, "current password is not right" in wrong.text) == (400, True)
    assert (await other.call("GET", "/dashboard")).status == 200
    shown = await owner.press(page, current=PASSWORD, do="password", password=new)
    assert "The password is changed" in shown.text
    assert (await other.call("GET", "/dashboard")).status == 303
    assert "is not right" in (await other.signed_in("owner@example.com")).text
    shown = await other.signed_in("owner@example.com", new)
    assert "Overview" in shown.text


async def test_sessions_are_listed_and_can_be_ended(
    owner: Browser, new_browser: NewBrowser
) -> None:
    other = new_browser()
    await other.signed_in("owner@example.com")
    page = await owner.open("/dashboard/settings")
    assert len(re.findall(r"signed in 2\d{3}-\d\d-\d\d", page.text)) == 2
    found = re.search(r'name="id" value="(ses_[^"]+)"', page.html)
    assert found is not None
    assert "session has ended" in (await owner.press(page, do="end-session", id=found[1])).text
    assert (await other.call("GET", "/dashboard")).status == 303
    assert (await owner.send(page, do="end-session", id=found[1])).status == 404


async def test_roles_hold_on_every_surface(owner: Browser, new_browser: NewBrowser) -> None:
    viewer = await new_browser().joined(owner, "viewer", "viewer@example.com")
    member = await new_browser().joined(owner, "member", "member@example.com")
    for browser in (viewer, member):
        page = await browser.open("/dashboard/settings")
        assert "Invite somebody" not in page.text
        for act in ("invite", "withdraw", "remove", "role"):
            shown = await browser.send(page, do=act, role="owner", note="", id="x")
            assert (shown.status, "owner is needed" in shown.text) == (403, True)


async def test_the_last_owner_stays(owner: Browser, new_browser: NewBrowser) -> None:
    member = await new_browser().joined(owner, "member", "member@example.com")
    page = await owner.open("/dashboard/settings")
    ids = re.findall(r'name="id" value="(mem_[^"]+)"', page.html)
    for act in ("remove", "role"):
        shown = await owner.send(page, do=act, id=ids[0], role="viewer")
        assert (shown.status, "at least one owner" in shown.text) == (409, True)
    shown = await owner.press(page, do="role", id=ids[1], role="owner")
    assert "The role is changed" in shown.text
    page = await member.open("/dashboard/settings")
    assert "removed" in (await member.press(page, do="remove", id=ids[0])).text
    assert (await owner.call("GET", "/dashboard")).status == 303


async def test_a_lost_password_is_replaced_by_a_link_that_works_once(
    server: Server, owner: Browser, new_browser: NewBrowser, fake_clock: FakeClock
) -> None:
    database, now = server.service.state.database, fake_clock.now()
    token = await database.write(lambda each: make_reset(each, "owner@example.com", now))
    browser = new_browser()
    page = await browser.open(f"/dashboard/reset/{token}")
    assert "owner@example.com" in page.text
    assert (await browser.send(page, password="short")).status == 400
    shown = await browser.press(page, password="a quite new teapot")
    assert "Overview" in shown.text
    assert (await owner.call("GET", "/dashboard")).status == 303
    assert (await browser.open(f"/dashboard/reset/{token}")).status == 404
    late = await database.write(lambda each: make_reset(each, "owner@example.com", now))
    fake_clock.advance(RESET_LIVES.total_seconds())
    assert (await browser.open(f"/dashboard/reset/{late}")).status == 404


@ONCE
async def test_the_command_prints_a_link(server: Server, owner: Browser, database_url: str) -> None:
    variables = environment({
        "LETMEPOST_DATABASE_URL": database_url, "LETMEPOST_PUBLIC_URL": server.url,
        "LETMEPOST_DATA_DIR": str(server.folder),
    })  # fmt: skip

    def run(email: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "letmepost", "reset-password", email],
            env=variables, capture_output=True, text=True, check=False,
        )  # fmt: skip

    printed = run("Owner@example.com")
    assert printed.returncode == 0, printed.stderr
    path = printed.stdout.strip().removeprefix(server.url)
    assert (await owner.open(path)).status == 200
    unknown = run("nobody@example.com")
    assert (unknown.returncode, "Nobody has the e-mail address" in unknown.stderr) == (1, True)
