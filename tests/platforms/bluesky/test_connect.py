"""An account is found by whatever names it, and a password goes to its own server alone."""

from pathlib import Path
from typing import Any

import pytest

from letmepost.accounts.tables import accounts
from letmepost.kit.database import sqlite_url
from tests.asgi_client import Reply
from tests.clock import FakeClock
from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running, running

LOGIN = "server.createSession"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def calls(alice: Caller) -> list[str]:
    """The last part of each path that the platform was asked, since the last reset."""
    shown = (await alice.send("GET", "/_simulator/requests")).body
    return [each["path"].rpartition("/")[2] for each in shown]


async def connect(server: Running, identifier: str, password: str = "", **more: str) -> Reply:
    body = {"identifier": identifier, "appPassword": password or "alic-e234-app5-pass", **more}
    return await server.call("POST", "/v1/accounts/connect/bluesky/complete", body)


@pytest.mark.parametrize(
    ("identifier", "asked"),
    [
        ("alice.bsky.test", ["resolveHandle", "did", "createSession"]),
        ("  @Alice.Bsky.Test ", ["resolveHandle", "did", "createSession"]),
        ("did", ["did", "createSession"]),
        ("alice@example.test", ["createSession"]),
    ],
)
async def test_account_is_found_by_handle_did_or_e_mail(
    server: Running, alice: Caller, identifier: str, asked: list[str]
) -> None:
    before = len(await calls(alice))
    reply = await connect(server, alice.did if identifier == "did" else identifier)
    # The account was connected before: the same one again, with a new login.
    assert (reply.status, reply.body["id"]) == (200, server.account_id)
    assert reply.body["platformAccountId"] == alice.did
    made = [each.rpartition(".")[2] for each in (await calls(alice))[before:]]
    made = ["did" if alice.did.endswith(each) else each for each in made]
    assert made == [*asked, "describeServer"]


async def test_answer_holds_no_credential(server: Running) -> None:
    reply = await connect(server, "alice.bsky.test")
    assert "eyJ" not in reply.text
    assert "alic-e234" not in reply.text


async def test_wrong_password_changes_nothing(server: Running, alice: Caller) -> None:
    before = await server.rows(accounts)
    reply = await connect(server, "alice.bsky.test", "aaaa-bbbb-cccc-dddd")
    assert (reply.status, reply.body["error"]["code"]) == (401, "platform_auth_failed")
    assert await server.rows(accounts) == before
    assert (await server.post("Still connected"))["status"] == "published"
    assert len(await alice.timeline()) == 1


@pytest.mark.parametrize("password", ["main-password-of-alice", "ABCD-EFGH-IJKL-MNOP", "a-b-c-d"])
async def test_password_of_the_account_itself_is_never_sent(
    server: Running, alice: Caller, password: str
) -> None:
    before = await calls(alice)
    reply = await connect(server, "alice.bsky.test", password)
    assert reply.status == 400
    assert reply.body["error"]["rule"] == "bluesky.credentials.app_password_format"
    assert await calls(alice) == before


@pytest.mark.parametrize("status", ["takendown", "deactivated", "suspended"])
async def test_account_that_is_not_active_is_refused(
    server: Running, alice: Caller, status: str
) -> None:
    await alice.world(accounts=[{"handle": "alice.bsky.test", "status": status}])
    reply = await connect(server, "alice.bsky.test")
    assert (reply.status, reply.body["error"]["code"]) == (401, "platform_auth_failed")


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("status", {"status": 503}),
        ("status", {"status": 429}),
        ("html", {}),
        ("malformed", {}),
        ("cut_before_commit", {}),
    ],
)
async def test_server_that_does_not_answer_well_is_said_to_be_unavailable(
    server: Running, alice: Caller, fault: str, more: dict[str, Any]
) -> None:
    await alice.fault(fault, route=LOGIN, **more)
    error = (await connect(server, "alice.bsky.test")).body["error"]
    assert (error["code"], error["retryable"]) == ("platform_unavailable", True)


async def test_unknown_handle_is_tried_at_the_entry_server(server: Running, alice: Caller) -> None:
    reply = await connect(server, "nobody.bsky.test")
    assert reply.body["error"]["code"] == "platform_auth_failed"
    assert (await calls(alice))[-1].endswith(LOGIN)


async def test_server_that_a_caller_names_is_reached_only_where_that_is_allowed(
    alice: Caller, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> None:
    assert database_url == sqlite_url(tmp_path / "letmepost.sqlite")
    # The setting's own host is trusted; the same machine under another name is not.
    elsewhere = alice.simulation.url.replace("127.0.0.1", "localhost")
    settings = {"LETMEPOST_ALLOWED_PRIVATE_NETWORKS": ""}
    folder = tmp_path / "data"
    async with running(
        "bluesky", alice.simulation, database_url, folder, fake_clock, **settings
    ) as server:
        before = await calls(alice)
        reply = await connect(server, "alice.bsky.test", pdsUrl=f"{elsewhere}/bluesky")
        assert reply.body["error"]["code"] == "validation_failed"
        assert await calls(alice) == before
