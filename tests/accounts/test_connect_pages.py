"""A link lets an account's owner connect it without a key, until the link expires."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from letmepost.accounts.tables import accounts, connect_links
from letmepost.kit.database import Database, DatabaseAwayError
from tests.accounts.album import AlbumSimulator
from tests.accounts.conftest import APP, PUBLIC_URL, Server
from tests.asgi_client import AsgiClient, Reply
from tests.clock import FakeClock

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def visit(server: Server, address: str, method: str = "GET", **form: str) -> Reply:
    """What a browser without a key sees at an address of ours."""
    parts = urlsplit(address)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    client = AsgiClient(server.service.app)
    data = urlencode(form).encode()
    return await client.call(method, path, data=data, headers=FORM)


async def link(server: Server, **body: Any) -> str:
    reply = await server.call("POST", "/v1/connect-links", body)
    assert reply.status == 201, reply.text
    url: str = reply.body["url"]
    return url


async def test_a_link_is_made_for_a_profile_and_kept_as_a_hash(server: Server) -> None:
    made = await server.call("POST", "/v1/profiles", {"name": "Brand"})
    body = {
        "profileId": made.body["id"],
        "platforms": ["album", "bluesky", "album"],
        "returnTo": f"{APP}/done",
        "expiresInSeconds": 600,
    }
    reply = await server.call("POST", "/v1/connect-links", body)
    assert reply.status == 201
    assert reply.body["platforms"] == ["album", "bluesky"]
    assert reply.body["profileId"] == made.body["id"]
    assert reply.body["returnTo"] == f"{APP}/done"
    assert reply.body["url"].startswith(f"{PUBLIC_URL}/connect/")
    [row] = await server.rows(connect_links)
    assert reply.body["url"].rpartition("/")[2] not in str(row)


async def test_a_link_allows_whatever_can_be_connected(server: Server) -> None:
    reply = await server.call("POST", "/v1/connect-links")
    assert {"album", "bluesky"} <= set(reply.body["platforms"])
    assert reply.body["returnTo"] is None
    again = await server.call("POST", "/v1/connect-links", {"returnTo": "https://evil.example"})
    assert again.body["returnTo"] is None


@pytest.mark.parametrize(
    ("body", "status", "rule"),
    [
        ({"platforms": ["myspace"]}, 400, "platform"),
        ({"platforms": []}, 400, "platforms"),
        ({"expiresInSeconds": 59}, 400, "expiresInSeconds"),
        ({"expiresInSeconds": 30 * 86400 + 1}, 400, "expiresInSeconds"),
        ({"profileId": "prof_x"}, 404, "profile.unknown"),
    ],
)
async def test_a_link_that_cannot_work_is_not_made(
    server: Server, body: Any, status: int, rule: str
) -> None:
    reply = await server.call("POST", "/v1/connect-links", body)
    assert (reply.status, reply.rule) == (status, rule)
    assert await server.rows(connect_links) == []


async def test_making_a_link_needs_the_scope(server: Server) -> None:
    key = await server.new_key(scopes=["accounts:read"])
    assert (await server.call("POST", "/v1/connect-links", {}, key=key)).status == 403


async def test_the_page_offers_what_the_link_allows(server: Server) -> None:
    url = await link(server, platforms=["album", "bluesky"])
    page = await visit(server, url)
    assert page.status == 200
    assert "Album" in page.text
    assert "Bluesky" in page.text
    token = url.rpartition("/")[2]
    assert f'href="./{token}/album"' in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    policy = page.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert "<script" not in page.text
    assert "style=" not in page.text
    styles = re.findall(r'href="\./(static/[^"?]*)', page.text)
    assert styles == ["static/colors.css", "static/connect.css"]
    for style in styles:
        sheet = await visit(server, f"/connect/{style}")
        assert sheet.headers["content-type"].startswith("text/css")


async def test_an_owner_connects_on_the_consent_page_and_is_led_back(
    server: Server, album: AlbumSimulator
) -> None:
    url = await link(server, platforms=["album"], returnTo=f"{APP}/done?x=1")
    sent = await visit(server, f"{url}/album")
    assert sent.status == 303
    answer = await server.consent(sent.headers["location"])
    address, told = await server.come_back(urlencode(answer))
    assert (address, told) == (url, {"connected": "album", "accounts": "1"})
    page = await visit(server, f"{url}?{urlencode(told)}")
    assert "Your Album account is connected." in page.text
    assert unescape(page.text).count(f'href="{APP}/done?x=1&connected=album&accounts=1"') == 1
    [row] = await server.rows(accounts)
    assert row["platform_account_id"] == "a1"
    # Once more, for another account.
    album.albums = ("a2", "a3")
    sent = await visit(server, f"{url}/album")
    # There are two: they are offered first.
    offered, _ = await server.come_back(urlencode(await server.consent(sent.headers["location"])))
    page = await visit(server, offered)
    assert page.text.count(" checked>") == 2
    form = {"account-0": "yes", "account-1": "yes"}
    done = await visit(server, offered, "POST", **form)
    page = await visit(server, done.headers["location"])
    assert "2 Album accounts are connected." in page.text


@pytest.mark.parametrize("name", ["access_denied", "user_cancelled_authorize"])
async def test_an_owner_who_declines_is_told_in_our_words(server: Server, name: str) -> None:
    """Whatever the platform calls it."""
    url = await link(server, platforms=["album"])
    sent = await visit(server, f"{url}/album")
    answer = {**await server.consent(sent.headers["location"], "deny"), "error": name}
    address, told = await server.come_back(urlencode(answer))
    page = await visit(server, f"{address}?{urlencode(told)}")
    assert "The access was not allowed" in page.text


async def test_an_owner_connects_by_the_form(server: Server) -> None:
    url = await link(server, platforms=["bluesky"])
    page = await visit(server, f"{url}/bluesky")
    assert re.findall(r'name="(\w+)" type="(\w+)"', page.text) == [
        ("identifier", "text"),
        ("appPassword", "password"),
        ("pdsUrl", "url"),
    ]
    login = {key: str(value) for key, value in server.simulation.accounts["bluesky"].items()}
    sent = await visit(server, f"{url}/bluesky", "POST", **login)
    assert sent.status == 303, sent.text
    assert dict(parse_qsl(urlsplit(sent.headers["location"]).query))["connected"] == "bluesky"
    [row] = await server.rows(accounts)
    assert row["platform"] == "bluesky"


async def test_a_wrong_password_is_said_and_typed_again(server: Server) -> None:
    url = await link(server, platforms=["bluesky"])
    handle = str(server.simulation.accounts["bluesky"]["identifier"])
    login = {"identifier": handle, "appPassword": "aaaa-bbbb-cccc-dddd"}
    page = await visit(server, f"{url}/bluesky", "POST", **login)
    assert page.status == 422
    assert 'role="alert"' in page.text
    assert f'value="{handle}"' in page.text
    assert "aaaa-bbbb" not in page.text
    page = await visit(server, f"{url}/bluesky", "POST", identifier='"><script>alert(1)</script>')
    assert page.status == 422
    assert "<script" not in page.text
    assert await server.rows(accounts) == []


async def test_a_platform_that_the_link_does_not_allow_is_not_there(server: Server) -> None:
    url = await link(server, platforms=["bluesky"])
    for method in ("GET", "POST"):
        assert (await visit(server, f"{url}/album", method)).status == 404
    url = await link(server, platforms=["album"])
    assert (await visit(server, f"{url}/album", "POST")).status == 404


async def test_a_link_stops_working(server: Server, fake_clock: FakeClock) -> None:
    url = await link(server, platforms=["album"], expiresInSeconds=60)
    assert (await visit(server, url)).status == 200
    fake_clock.advance(61)
    for address in (
        url,
        f"{url}/album",
        f"{PUBLIC_URL}/connect/never",
        f"{PUBLIC_URL}/connect/a.b",
    ):
        page = await visit(server, address)
        assert page.status == 404
        assert "This link does not work" in page.text
    await server.service.state.forget_old_links()
    assert await server.rows(connect_links) == []


async def test_what_an_address_says_is_not_shown(server: Server) -> None:
    query = urlencode(
        {
            "connect_error": "call 555-0100",
            "connect_message": "Send your password to mallory.example",
            "connect_rule": "<b>",
            "platform": "mallory",
        }
    )
    page = await visit(server, f"{PUBLIC_URL}/connect/ended?{query}")
    assert page.status == 200
    for word in ("555", "mallory", "<b>"):
        assert word not in page.text
    page = await visit(server, f"{PUBLIC_URL}/connect/ended?connected={quote('<b>')}&accounts=9")
    assert "<b>" not in page.text
    page = await visit(server, f"{PUBLIC_URL}/connect/ended?connected=album&accounts=2")
    assert "2 Album accounts are connected." in page.text


async def test_a_link_of_a_test_key_connects_a_synthetic_account(
    server: Server, album: AlbumSimulator
) -> None:
    key = await server.new_key(prefix="lmp_test_")
    reply = await server.call("POST", "/v1/connect-links", {"platforms": ["album"]}, key=key)
    sent = await visit(server, f"{reply.body['url']}/album")
    _, told = await server.come_back(urlsplit(sent.headers["location"]).query)
    assert told["connected"] == "album"
    [row] = await server.rows(accounts)
    assert row["sandbox"]
    assert album.grants == []


async def test_health_gives_a_link_to_connect_again_to_those_who_may(
    server: Server, album: AlbumSimulator, fake_clock: FakeClock
) -> None:
    account = await server.connected()
    path = f"/v1/accounts/{account['id']}/health"
    reader = await server.new_key(scopes=["accounts:read"])
    assert (await server.call("GET", path, key=reader)).body["reconnectUrl"] is None
    url = (await server.call("GET", path)).body["reconnectUrl"]
    page = await visit(server, url)
    assert "Album" in page.text
    assert "Bluesky" not in page.text
    sent = await visit(server, f"{url}/album")
    await server.come_back(urlencode(await server.consent(sent.headers["location"])))
    [row] = await server.rows(accounts)
    assert row["id"] == account["id"]
    assert len(album.grants) == 2
    assert (await visit(server, f"{url}0")).status == 404
    fake_clock.advance(86401)
    assert (await visit(server, url)).status == 404


async def test_while_the_database_is_away_a_page_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await link(server, platforms=["album"])

    async def gone(*_: object) -> None:
        raise DatabaseAwayError(ConnectionRefusedError("10.1.2.3:5432"))

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", gone)
        page = await visit(server, url)
    assert (page.status, "waits for its database" in page.text) == (503, True)
    assert page.headers["retry-after"] == "5"
    assert "10.1.2.3" not in page.text
    assert (await visit(server, url)).status == 200
