"""What people and programs do with members, sessions, passwords and grants is in the audit log."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from letmepost.administration import make_first_key
from letmepost.configuration import read_configuration
from letmepost.tenancy.password_changes import make_reset
from letmepost.tenancy.tables import audit_log
from tests.api.server import ENCRYPTION_KEYS, Server
from tests.clock import FakeClock
from tests.dashboard.browser import PASSWORD, Browser
from tests.dashboard.conftest import NewBrowser
from tests.oauth.browser import Program


async def _log(server: Server) -> list[Any]:
    """Every entry, oldest first."""
    rows = audit_log.c
    return await server.service.state.database.read(
        lambda connection: list(
            connection.execute(select(audit_log).order_by(rows.created_at, rows.id))
        )
    )


async def _new(server: Server, before: int) -> list[str]:
    return [each.action for each in (await _log(server))[before:]]


async def test_members_and_sessions_leave_entries(
    server: Server, new_browser: NewBrowser, fake_clock: FakeClock
) -> None:
    owner = await new_browser().signed_up()
    log = await _log(server)
    assert [each.action for each in log] == [
        "organization.created", "member.joined", "session.started",
    ]  # fmt: skip
    member_id = log[1].target_id
    assert (log[1].actor_kind, log[2].actor_kind, log[2].actor_id) == (
        "visitor", "member", member_id,
    )  # fmt: skip
    assert all(each.address == "127.0.0.1" and each.request_id for each in log)

    async def did(*actions: str) -> None:
        nonlocal log
        fake_clock.advance(1)
        assert await _new(server, len(log)) == [*actions]
        log = await _log(server)

    fake_clock.advance(1)
    other = await new_browser().joined(owner, "member", "other@example.com")
    await did("invite.created", "member.joined", "session.started")
    page = await owner.open("/dashboard/settings")
    found = re.findall(r'name="id" value="(mem_[^"]+)"', page.html)
    await owner.press(page, do="role", id=found[1], role="viewer")
    await did("member.role_changed")
    await owner.invite_link("member")
    await did("invite.created")
    page = await owner.open("/dashboard/settings")
    [invite] = re.findall(r'name="id" value="(inv_[^"]+)"', page.html)
    await owner.press(page, do="withdraw", id=invite)
    await did("invite.withdrawn")
    own = await other.open("/dashboard/settings")
    await other.press(own, do="password", current=PASSWORD, password="another violet teapot")
    await did("password.changed", "session.others_ended")
    await other.press(own, do="end-other-sessions")
    await did("session.others_ended")
    third = new_browser()
    await third.signed_in("other@example.com", "another violet teapot")
    await did("session.started")
    await third.send(await third.open("/dashboard/settings"), "/dashboard/sign-out")
    await did("session.ended")
    await owner.press(page, do="remove", id=found[1])
    await did("member.removed")
    assert log[-1].actor_id == member_id
    token = await server.service.state.database.write(
        lambda each: make_reset(each, "owner@example.com", fake_clock.now())
    )
    await did("password.reset_link_created")
    assert log[-1].actor_kind == "command"
    reset = new_browser()
    await reset.press(await reset.open(f"/dashboard/reset/{token}"), password="a quite new teapot")
    await did("password.reset", "session.started")
    written = "\n".join(str(tuple(each)) for each in log)
    for secret in (PASSWORD, "violet teapot", "quite new", str(token), *owner.cookies.values()):
        assert secret not in written


async def test_what_the_dashboard_does_by_the_api_is_the_members(
    server: Server, owner: Browser
) -> None:
    before = len(await _log(server))
    page = await owner.open("/dashboard/profiles")
    await owner.press(page, do="create", name="Brand")
    [entry] = (await _log(server))[before:]
    assert (entry.action, entry.actor_kind, entry.address) == (
        "profile.created", "member", "127.0.0.1",
    )  # fmt: skip


async def test_grants_leave_entries(server: Server) -> None:
    organization = await server.new_organization()
    key = (await organization.client()).key
    assert key is not None
    program = await Program(server.http, server.url).registered()
    tokens = await program.tokens(key, resource=f"{server.url}/v1")
    assert (await program.exchange(tokens["access_token"])).status == 200
    assert (await program.exchange(tokens["access_token"])).status == 200
    await program.call(
        "POST",
        "/oauth/revoke",
        data={"client_id": program.client_id, "token": tokens["refresh_token"]},
    )
    log = await _log(server)
    # Of one moment of a clock that stands still, so their order is that of their ids.
    assert sorted(each.action for each in log) == sorted([
        "oauth_grant.allowed", "oauth_grant.started", "key.created", "key.revoked", "key.created",
        "oauth_grant.ended",
    ])  # fmt: skip
    grant_id = next(each.target_id for each in log if each.action == "oauth_grant.allowed")
    programs = {(each.actor_kind, each.actor_id) for each in log[1:]}
    assert programs == {("program", grant_id)}
    written = "\n".join(str(tuple(each)) for each in log)
    assert not re.search(r"lmp_(access|refresh|code)_\w|lmp_(live|test)_\w", written)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_owners_read_it_on_a_page(owner: Browser, new_browser: NewBrowser) -> None:
    shown = await owner.open("/dashboard/audit-log")
    assert (shown.status, "member.joined" in shown.text) == (200, True)
    narrowed = await owner.open("/dashboard/audit-log?action=session.started")
    assert "owner@example.com" not in narrowed.text.partition("Entries")[2]
    member = await new_browser().joined(owner, "member", "member@example.com")
    refused = await member.call("GET", "/dashboard/audit-log")
    assert refused.status == 403
    assert "/dashboard/audit-log" not in (await member.open("/dashboard/settings")).html
    assert "/dashboard/audit-log" in (await owner.open("/dashboard/settings")).html


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_command_line_is_in_it(server: Server, database_url: str) -> None:
    configuration = read_configuration(
        {
            "LETMEPOST_DATABASE_URL": database_url,
            "LETMEPOST_DATA_DIR": str(server.folder),
            "LETMEPOST_ENCRYPTION_KEYS": ENCRYPTION_KEYS,
        }
    )
    made = await make_first_key(configuration)
    log = await _log(server)
    assert [(each.action, each.actor_kind) for each in log] == [
        ("organization.created", "command"), ("key.created", "command"),
    ]  # fmt: skip
    assert made["key"] not in str([tuple(each) for each in log])
