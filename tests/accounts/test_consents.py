"""Accounts are connected on a consent page: once, by whom it was begun for, and told plainly."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from letmepost.accounts.tables import accounts, consents
from letmepost.platform_kit.connect import Connected, LinkedAccount
from letmepost.platform_kit.simulator import Simulation
from letmepost.platforms import platforms
from tests.accounts.album import AlbumSimulator
from tests.accounts.conftest import APP, PUBLIC_URL, Server, running
from tests.clock import FakeClock

CALLBACK = f"{PUBLIC_URL}/v1/accounts/oauth/album/callback"
LANDING = f"{PUBLIC_URL}/connect/ended"


async def test_the_descriptor_says_where_to_consent_and_keeps_the_secret(server: Server) -> None:
    descriptor = await server.begin()
    assert set(descriptor) == {"kind", "authorizationUrl", "state", "scopes", "redirectUri"}
    assert descriptor["kind"] == "oauth"
    assert descriptor["scopes"] == ["albums.read", "albums.write"]
    assert descriptor["redirectUri"] == CALLBACK
    assert descriptor["state"] in descriptor["authorizationUrl"]
    [row] = await server.rows(consents)
    assert descriptor["state"] not in str(row)
    assert "codeVerifier" not in str(row)


async def test_a_browser_that_returns_connects_the_account_and_is_sent_on(server: Server) -> None:
    descriptor = await server.begin(returnTo=f"{APP}/accounts?tab=2#list")
    answer = await server.consent(descriptor["authorizationUrl"])
    address, told = await server.come_back(urlencode(answer))
    assert address == f"{APP}/accounts"
    assert told == {"tab": "2", "connected": "album", "accounts": "1#list"}
    [account] = (await server.call("GET", "/v1/accounts")).body["data"]
    assert (account["platformAccountId"], account["displayName"]) == ("a1", "Album a1")
    assert account["tokenExpiresAt"]
    [row] = await server.rows(accounts)
    assert row["scopes"] == ["albums.read", "albums.write"]
    assert (await server.post(account["id"])).body["results"][0]["status"] == "published"


async def test_a_caller_may_complete_in_place_of_the_callback(server: Server) -> None:
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    body = {**answer, "redirectUri": descriptor["redirectUri"]}
    reply = await server.call("POST", "/v1/accounts/connect/album/complete", body)
    assert reply.status == 201, reply.text
    assert [each["id"] for each in reply.body["accounts"]] == [reply.body["id"]]


async def test_connecting_again_keeps_the_id_and_the_profile(server: Server) -> None:
    made = await server.call("POST", "/v1/profiles", {"name": "Brand"})
    first = await server.connected(profileId=made.body["id"])
    descriptor = await server.begin()
    again = await server.complete(await server.consent(descriptor["authorizationUrl"]))
    assert (again.status, again.body["id"]) == (200, first["id"])
    assert again.body["profileId"] == made.body["id"]
    assert len(await server.rows(accounts)) == 1


async def test_each_account_of_one_consent_gets_a_row(
    server: Server, album: AlbumSimulator
) -> None:
    album.albums = ("a1", "a2", "a3")
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    _, told = await server.come_back(urlencode(answer))
    assert told == {"connected": "album", "accounts": "3"}
    found = await server.rows(accounts)
    assert sorted(row["platform_account_id"] for row in found) == ["a1", "a2", "a3"]


async def test_a_consent_gives_accounts_of_other_platforms_too(
    server: Server, album: AlbumSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    album.albums = ("a1", "a2")
    connector = platforms()["album"].connect
    by_itself = connector.connect

    async def with_frames(*given: Any) -> list[Connected]:
        found: Any = await by_itself(*given)
        frames = LinkedAccount(kind="frame", values={"id": "f1", "token": "t"})
        nobodys = LinkedAccount(kind="attic", values={})
        return [replace(found[0], links=(frames, nobodys)), *found[1:]]

    def frame(values: Mapping[str, Any]) -> Connected:
        credentials = {"access_token": values["token"]}
        return Connected(
            platform_account_id=values["id"], display_name="Frame", credentials=credentials
        )

    monkeypatch.setattr(connector, "connect", with_frames)
    frames = replace(platforms()["album"], name="frames", takes_links={"frame": frame})
    monkeypatch.setitem(platforms(), "frames", frames)
    descriptor = await server.begin()
    reply = await server.complete(await server.consent(descriptor["authorizationUrl"]))
    assert reply.status == 201, reply.text
    told = [(each["platform"], each["platformAccountId"]) for each in reply.body["accounts"]]
    assert told == [("album", "a1"), ("frames", "f1"), ("album", "a2")]
    assert len(await server.rows(accounts)) == 3


async def test_a_consent_without_accounts_says_so(server: Server, album: AlbumSimulator) -> None:
    album.albums = ()
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    _, told = await server.come_back(urlencode(answer))
    assert (told["connect_error"], told["platform"]) == ("no_accounts_granted", "album")
    assert told["connect_rule"] == "connect.no_accounts_granted"
    assert await server.rows(accounts) == []


async def test_a_scope_that_was_unticked_is_named_and_nothing_is_kept(
    server: Server, album: AlbumSimulator
) -> None:
    album.withheld = {"albums.write"}
    descriptor = await server.begin()
    reply = await server.complete(await server.consent(descriptor["authorizationUrl"]))
    assert (reply.status, reply.rule) == (401, "connect.scope_missing")
    assert "albums.write" in reply.body["error"]["message"]
    assert "albums.read" not in reply.body["error"]["message"]
    assert await server.rows(accounts) == []


async def test_an_owner_who_declines_is_sent_back_with_the_platforms_word(server: Server) -> None:
    descriptor = await server.begin(returnTo=f"{APP}/accounts")
    answer = await server.consent(descriptor["authorizationUrl"], "deny")
    address, told = await server.come_back(urlencode(answer))
    assert address == f"{APP}/accounts"
    assert told["connect_error"] == "access_denied"
    assert told["connect_rule"] == "connect.denied"
    assert told["connect_message"]
    assert told["connect_remediation"]
    # The visit has ended: a code cannot come after it.
    _, later = await server.come_back(urlencode({"code": "x", "state": descriptor["state"]}))
    assert later["connect_error"] == "invalid_state_reused"


@pytest.mark.parametrize("error", ["<script>", "a b", "x" * 65, ""])
async def test_what_is_no_error_of_oauth_is_not_repeated(server: Server, error: str) -> None:
    _, told = await server.come_back(urlencode({"error": error}))
    assert told["connect_error"] == "unknown_error"


async def test_a_state_works_once(server: Server) -> None:
    descriptor = await server.begin(returnTo=f"{APP}/done")
    answer = await server.consent(descriptor["authorizationUrl"])
    await server.come_back(urlencode(answer))
    address, told = await server.come_back(urlencode(answer))
    assert address == f"{APP}/done"
    assert told["connect_error"] == "invalid_state_reused"
    reply = await server.complete(answer)
    assert (reply.status, reply.rule) == (400, "connect.state.reused")


async def test_of_many_that_return_with_one_state_one_is_taken(server: Server) -> None:
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    told = await asyncio.gather(*(server.come_back(urlencode(answer)) for _ in range(8)))
    assert sorted(each.get("connect_error", "") for _, each in told) == [
        "",
        *["invalid_state_reused"] * 7,
    ]


async def test_a_state_dies_of_age(server: Server, fake_clock: FakeClock) -> None:
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    fake_clock.advance(601)
    _, told = await server.come_back(urlencode(answer))
    assert told["connect_error"] == "invalid_state_expired"
    assert (await server.complete(answer)).rule == "connect.state.expired"


async def test_an_unknown_state_connects_nothing(server: Server) -> None:
    address, told = await server.come_back("code=x&state=never")
    assert (address, told["connect_error"]) == (LANDING, "invalid_state_unknown")
    _, told = await server.come_back("code=x&state=%ED%A0%80%00x".replace("%00", ""))
    assert told["connect_error"] == "invalid_state_unknown"


@pytest.mark.parametrize("query", ["", "code=x", "state=x", "code=&state="])
async def test_an_answer_without_code_or_state_says_what_is_missing(
    server: Server, query: str
) -> None:
    _, told = await server.come_back(query)
    assert told["connect_error"] == "missing_params"


async def test_the_state_of_another_platform_is_refused_and_stays_good(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = replace(platforms()["album"], name="gallery", title="Gallery")
    monkeypatch.setitem(platforms(), "gallery", gallery)
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    _, told = await server.come_back(urlencode(answer), platform="gallery")
    assert told["connect_error"] == "platform_mismatch"
    assert told["connect_rule"] == "connect.state.platform_mismatch"
    _, told = await server.come_back(urlencode(answer), platform="bluesky")
    assert told["connect_error"] == "platform_not_enabled"
    _, told = await server.come_back(urlencode(answer), platform="myspace")
    assert told["connect_rule"] == "platform"
    assert (await server.complete(answer)).status == 201


async def test_a_state_is_bound_to_its_organization_profile_and_kind_of_key(
    server: Server,
) -> None:
    made = await server.call("POST", "/v1/profiles", {"name": "Brand"})
    pinned = await server.new_key(profileId=made.body["id"])
    test = await server.new_key(prefix="lmp_test_")
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    for key in (pinned, test):
        assert (await server.complete(answer, key)).rule == "connect.state.unknown"
    assert (await server.complete(answer)).status == 201


async def test_a_program_that_looks_an_address_over_does_not_use_it_up(server: Server) -> None:
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    path = f"/v1/accounts/oauth/album/callback?{urlencode(answer)}"
    assert (await server.call("HEAD", path)).status == 200
    assert (await server.complete(answer)).status == 201


async def test_another_redirect_uri_is_refused_before_the_code_is_spent(server: Server) -> None:
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    body = {**answer, "redirectUri": "https://elsewhere.example"}
    reply = await server.call("POST", "/v1/accounts/connect/album/complete", body)
    assert reply.rule == "connect.redirect_uri.mismatch"
    assert (await server.complete(answer)).status == 201


async def test_fields_that_are_missing_or_unknown_are_refused(server: Server) -> None:
    path = "/v1/accounts/connect/album/complete"
    assert (await server.call("POST", path, {"code": "x"})).rule == "connect.field.required"
    body = {"code": "x", "state": "y", "codeVerifier": "z"}
    assert (await server.call("POST", path, body)).rule == "connect.field.unknown"


async def test_a_platform_that_fails_in_between_asks_to_begin_again(server: Server) -> None:
    descriptor = await server.begin()
    answer = await server.consent(descriptor["authorizationUrl"])
    fault = {"platform": "album", "fault": "status", "status": 503, "route": "token"}
    async with server.http.post(f"{server.simulation.url}/_simulator/faults", json=fault):
        pass
    reply = await server.complete(answer)
    error = reply.body["error"]
    assert (reply.status, error["retryable"]) == (503, False)
    assert "Begin again" in error["remediation"]


@pytest.mark.parametrize(
    "return_to",
    [
        "https://evil.example/",
        "https://app.example.evil.example/",
        "https://app.example@evil.example/",
        "https://app.example:444/",
        "http://app.example/",
        "https://evil.example\\@app.example/",
        "//app.example/",
        "/dashboard",
        "javascript:alert(1)",
        "https://app.example/\n",
        "https://[",
        "https://app.example:port/",
    ],
)
async def test_a_return_to_elsewhere_is_dropped(server: Server, return_to: str) -> None:
    descriptor = await server.begin(returnTo=return_to)
    answer = await server.consent(descriptor["authorizationUrl"])
    address, told = await server.come_back(urlencode(answer))
    assert (address, told["connected"]) == (LANDING, "album")


async def test_our_own_origin_may_always_be_returned_to(server: Server) -> None:
    descriptor = await server.begin(returnTo=f"{PUBLIC_URL}:443/dashboard")
    answer = await server.consent(descriptor["authorizationUrl"])
    address, _ = await server.come_back(urlencode(answer))
    assert address == f"{PUBLIC_URL}:443/dashboard"


async def test_a_test_key_connects_a_synthetic_account_and_calls_nobody(
    server: Server, album: AlbumSimulator
) -> None:
    key = await server.new_key(prefix="lmp_test_")
    descriptor = await server.begin(key)
    assert descriptor["authorizationUrl"].startswith(CALLBACK)
    query = descriptor["authorizationUrl"].partition("?")[2]
    _, told = await server.come_back(query)
    assert told == {"connected": "album", "accounts": "1"}
    [account] = (await server.call("GET", "/v1/accounts", key=key)).body["data"]
    assert account["sandbox"] is True
    assert album.grants == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_an_app_the_settings_to_set_are_named(
    simulation: Simulation, database_url: str, tmp_path: Path, fake_clock: FakeClock
) -> None:
    unset = {"LETMEPOST_ALBUM_CLIENT_ID": "", "LETMEPOST_ALBUM_CLIENT_SECRET": ""}
    async with running(simulation, database_url, tmp_path, fake_clock, **unset) as server:
        reply = await server.call("POST", "/v1/accounts/connect/album")
        error = reply.body["error"]
        assert (reply.status, error["code"]) == (403, "platform_not_enabled")
        for name in unset:
            assert name in error["message"]
            assert name in error["remediation"]
        key = await server.new_key(prefix="lmp_test_")
        assert (await server.begin(key))["kind"] == "oauth"


async def test_a_profile_that_was_deleted_meanwhile_gets_no_account(server: Server) -> None:
    made = await server.call("POST", "/v1/profiles", {"name": "Brand"})
    descriptor = await server.begin(profileId=made.body["id"])
    answer = await server.consent(descriptor["authorizationUrl"])
    assert (await server.call("DELETE", f"/v1/profiles/{made.body['id']}")).status == 200
    assert (await server.complete(answer)).rule == "profile.unknown"
