"""A person sees who asks for what, and decides; the browser goes only where it may."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest

from letmepost.tenancy.keys import Scope
from tests.api.server import Organization, Server
from tests.clock import FakeClock
from tests.oauth.browser import REDIRECT_URI, Program

# What a page shows does not depend on the database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_page_names_the_program_its_scopes_and_where_the_answer_goes(
    program: Program,
) -> None:
    page = await program.page(scope="read")
    assert page.status == 200
    for words in ("Harbour Agent", "See your accounts", "127.0.0.1", "letmepost bootstrap"):
        assert words in page.text
    assert "Publish, schedule" not in page.text
    assert "Publish, schedule" in (await program.page(scope="read publish")).text
    policy = page.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "form-action 'self' http://127.0.0.1:7777;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "style=" not in page.text
    assert "<script" not in page.text
    styles = re.findall(r'href="([^"]+\.css[^"]*)"', page.text)
    sheets = [(await program.call("GET", each.replace("../", "/"))).text for each in styles]
    assert ["--paper:" in sheets[0], ".scopes" in sheets[1]] == [True, True]


async def test_a_name_is_shown_as_text(server: Server) -> None:
    program = await Program(server.http, server.url).registered(
        client_name="<b>Ship</b>\u202e\n  & Co"
    )
    page = await program.page()
    assert "&lt;b&gt;Ship&lt;/b&gt; &amp; Co" in page.text
    assert "\u202e" not in page.text


async def test_denying_needs_no_key(program: Program) -> None:
    answer = await program.decide(await program.page(), decision="deny", key="")
    assert answer.status == 303
    assert answer.told == {"error": "access_denied", "state": "st4te", "iss": program.url}


async def test_a_wrong_key_allows_nothing_and_soon_may_not_be_tried(
    program: Program, key: str
) -> None:
    page = await program.page()
    for _ in range(10):
        answer = await program.decide(page, key="lmp_live_guess")
        assert answer.status == 422
        assert "unknown or revoked" in answer.text
    answer = await program.decide(page, key=key)
    assert answer.status == 429
    assert "wait" in answer.text


@pytest.mark.parametrize("stolen", ["cookie", "token", "query"])
async def test_a_form_of_another_site_allows_nothing(
    program: Program, key: str, stolen: str
) -> None:
    page = await program.page()
    if stolen == "cookie":
        program.cookies.clear()
        answer = await program.decide(page, key=key)
    elif stolen == "token":
        answer = await program.decide(page, key=key, token="9999999999.forged")
    else:
        other = await program.page(scope="read")
        changed = page.text.replace("st4te", "other")
        assert changed != page.text
        answer = await program.decide(type(other)(200, {}, changed), key=key)
    assert answer.status == 400
    assert "decide again" in answer.text


async def test_a_page_that_was_open_too_long_asks_again(
    program: Program, key: str, fake_clock: FakeClock
) -> None:
    page = await program.page()
    fake_clock.advance(1801)
    again = await program.decide(page, key=key)
    assert again.status == 400
    assert (await program.decide(again, key=key)).status == 303


async def test_a_program_gets_no_further_than_its_person(
    program: Program, organization: Organization
) -> None:
    narrow = await organization.client(Scope.POSTS_WRITE)
    answer = await program.decide(await program.page(scope="read"), key=str(narrow.key))
    assert answer.status == 422
    assert "may do nothing of that" in answer.text


async def test_a_program_that_gets_a_key_needs_a_person_who_may_make_keys(
    program: Program, organization: Organization
) -> None:
    narrow = await organization.client(Scope.POSTS_READ)
    page = await program.page(resource=f"{program.url}/v1")
    assert "a key of its own" in page.text
    answer = await program.decide(page, key=str(narrow.key))
    assert answer.status == 422
    assert "keys:write" in answer.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"scope": "read everything"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
    ],
)
async def test_a_mistake_is_told_to_the_program(
    program: Program, changed: dict[str, Any], error: str
) -> None:
    answer = await program.page(**changed)
    assert answer.status == 303
    assert answer.headers["Location"].startswith(REDIRECT_URI)
    assert answer.told["error"] == error
    assert (answer.told["state"], answer.told["iss"]) == ("st4te", program.url)


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "client_unknown"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:7777/callback/more"},
        {"redirect_uri": "http://127.0.0.1:7777/callback?more=1"},
        {"redirect_uri": "http://localhost:7777/callback"},
        {"redirect_uri": "http://127.0.0.1@evil.example/callback"},
        {"redirect_uri": "http://me@127.0.0.1:7777/callback"},
        {"redirect_uri": "http://127.0.0.1:7778/call\tback"},
        {"redirect_uri": "http://127.0.0.1:7778/callback\r\nSet-Cookie: a=b"},
        {"redirect_uri": "http://127.0.0.1:port/callback"},
        {"redirect_uri": "http://[::1/callback"},
    ],
)
async def test_nobody_is_sent_to_an_address_that_was_not_registered(
    program: Program, changed: dict[str, Any]
) -> None:
    answer = await program.page(**changed)
    assert answer.status == 400
    assert "Location" not in answer.headers
    assert "Nothing was allowed" in answer.text


async def test_a_parameter_that_is_given_twice_is_refused(program: Program) -> None:
    twice = f"{program.asking()}&{urlencode({'redirect_uri': 'https://evil.example'})}"
    assert (await program.call("GET", twice)).status == 400
    scopes = f"{program.asking(scope='read')}&scope=publish"
    assert (await program.call("GET", scopes)).told["error"] == "invalid_request"
    resources = f"{program.asking()}&{urlencode({'resource': f'{program.url}/v1'})}"
    assert (await program.call("GET", resources)).told["error"] == "invalid_target"


async def test_the_port_of_a_loopback_address_is_free(program: Program, key: str) -> None:
    program.redirect_uri = "http://127.0.0.1:54321/callback"
    code = await program.allowed(key)
    assert (await program.redeem(code)).status == 200


async def test_a_program_with_its_own_kind_of_address_is_sent_there(
    server: Server, key: str
) -> None:
    program = Program(server.http, server.url, redirect_uri="harbour.agent:/callback?from=x")
    await program.registered()
    page = await program.page()
    assert "form-action 'self' harbour.agent:;" in page.headers["Content-Security-Policy"]
    answer = await program.decide(page, key=key)
    assert answer.headers["Location"].startswith("harbour.agent:/callback?from=x&code=lmp_code_")
