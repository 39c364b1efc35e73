"""What a platform signs: an app that was taken away, and data that is to be deleted."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from letmepost.accounts.tables import accounts
from letmepost.platform_kit.graph.simulated import signed_request
from letmepost.platform_kit.platform import SignedRequests
from letmepost.platforms import platforms
from tests.accounts.album import CLIENT_SECRET
from tests.accounts.conftest import PUBLIC_URL, Server
from tests.asgi_client import AsgiClient, Reply

USER = "218471"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(autouse=True)
def signing(simulation: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert simulation
    signs = SignedRequests(family="paper", user_detail="paperUserId")
    monkeypatch.setitem(platforms(), "album", replace(platforms()["album"], signed_requests=signs))


async def _connected(server: Server, user: str = USER) -> str:
    account = await server.connected()
    await server.service.state.database.write(
        lambda connection: connection.execute(
            update(accounts).values(details={"paperUserId": user})
        )
    )
    account_id: str = account["id"]
    return account_id


async def _tell(server: Server, what: str, signed: str, *, as_json: bool = False) -> Reply:
    stranger = AsgiClient(server.service.app)
    if as_json:
        return await stranger.call("POST", what, {"signed_request": signed})
    data = urlencode({"signed_request": signed}).encode()
    return await stranger.call("POST", what, data=data, headers=FORM)


def _signed(server: Server, user: str = USER, secret: str = CLIENT_SECRET, **more: Any) -> str:
    return signed_request(user, secret, server.clock.now(), **more)


@pytest.mark.parametrize("as_json", [False, True])
async def test_an_app_that_was_taken_away_leaves_its_accounts_revoked_and_tells_once(
    server: Server, *, as_json: bool
) -> None:
    await _connected(server)
    for _ in range(2):
        reply = await _tell(server, "/deauth/paper", _signed(server), as_json=as_json)
        assert (reply.status, reply.text) == (200, "")
    (row,) = await server.rows(accounts)
    assert row["revoked_at"] is not None
    assert [each["type"] for each in await server.told()] == ["token.revoked"]


async def test_the_accounts_of_another_user_stay_as_they_are(server: Server) -> None:
    await _connected(server, "another")
    assert (await _tell(server, "/deauth/paper", _signed(server))).status == 200
    assert (await _tell(server, "/data-deletion/paper", _signed(server))).status == 200
    (row,) = await server.rows(accounts)
    assert (row["revoked_at"], row["disconnected_at"]) == (None, None)


async def test_a_deletion_disconnects_deletes_the_credentials_and_can_be_looked_up(
    server: Server,
) -> None:
    account_id = await _connected(server)
    reply = await _tell(server, "/data-deletion/paper", _signed(server))
    assert reply.status == 200
    code = reply.body["confirmation_code"]
    assert code.startswith("lmp_")
    (row,) = await server.rows(accounts)
    assert row["credentials"] is None
    assert row["disconnected_at"] is not None
    assert (await server.call("GET", f"/v1/accounts/{account_id}")).status == 404
    stranger = AsgiClient(server.service.app)
    path = reply.body["url"].removeprefix(PUBLIC_URL)
    told = await stranger.call("GET", path)
    assert (told.status, told.body["status"]) == (200, "completed")
    page = await stranger.call("GET", path, headers={"accept": "text/html"})
    assert page.status == 200
    assert "Your data is deleted" in page.text
    assert code in page.text


async def test_a_code_that_this_server_did_not_give_is_not_found(server: Server) -> None:
    stranger = AsgiClient(server.service.app)
    for query in ("", "?code=lmp_x.1.00", "?code=%3Cb%3E"):
        path = f"/data-deletion/status{query}"
        assert (await stranger.call("GET", path)).status == 404
        page = await stranger.call("GET", path, headers={"accept": "text/html"})
        assert page.status == 404
        assert "<b>" not in page.text


async def test_what_is_not_signed_by_a_secret_of_the_family_is_refused(server: Server) -> None:
    await _connected(server)
    signature, _, payload = _signed(server).partition(".")
    other = _signed(server, "other").partition(".")[2]
    bad = [
        "",
        ".",
        "x.y",
        "é.é",
        payload,
        f"{signature}.{other}",
        f".{payload}",
        _signed(server, secret="wrong"),
        _signed(server, algorithm="none"),
        _signed(server, ""),
    ]
    for what in ("/deauth/paper", "/data-deletion/paper"):
        for signed in bad:
            for as_json in (False, True):
                reply = await _tell(server, what, signed, as_json=as_json)
                assert reply.status == 400, signed
    (row,) = await server.rows(accounts)
    assert (row["revoked_at"], row["disconnected_at"]) == (None, None)


async def test_a_server_without_a_secret_says_what_to_set(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = server.service.state.connecting.platform_settings["album"]
    unset = settings.model_copy(update={"client_secret": None})
    monkeypatch.setitem(
        server.service.state.connecting.platform_settings,
        "album",
        unset,
    )
    reply = await _tell(server, "/deauth/paper", _signed(server))
    assert reply.status == 503
    assert "LETMEPOST_ALBUM_CLIENT_SECRET" in reply.body["error"]["remediation"]


async def test_a_family_that_no_platform_belongs_to_is_not_found(server: Server) -> None:
    assert (await _tell(server, "/deauth/nobody", _signed(server))).status == 404
