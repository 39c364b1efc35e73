"""Somebody who is signed in consents without a key, and the grant ends with the membership."""

from functools import partial

import pytest
from sqlalchemy import Connection, select

from letmepost.tenancy.tables import members
from tests.api.server import Server
from tests.dashboard.browser import Browser
from tests.oauth.browser import Program

COOKIE = "lmp_session"


@pytest.fixture
async def owner(server: Server, program: Program) -> Browser:
    """The owner's browser, in which the program's consent page is opened."""
    browser = await Browser(server.http, server.url).signed_up()
    program.cookies[COOKIE] = browser.cookies[COOKIE]
    return browser


async def granted(program: Program, **asked: str) -> str:
    """An access token that was allowed in a session."""
    cookies = {"Cookie": f"{COOKIE}={program.cookies[COOKIE]}"}
    page = await program.call("GET", program.asking(**asked), headers=cookies)
    assert "You are signed in as" in page.text
    assert 'name="key"' not in page.text
    answer = await program.decide(page)
    assert answer.status == 303, answer.text
    token: str = (await program.redeem(answer.told["code"])).body["access_token"]
    return token


def id_of(email: str, connection: Connection) -> str:
    """The id of a member."""
    query = select(members.c.id).where(members.c.email == email)
    return str(connection.execute(query).scalar_one())


@pytest.mark.usefixtures("owner")
async def test_a_session_takes_the_place_of_a_key(server: Server, program: Program) -> None:
    token = await granted(program, resource=f"{server.url}/v1")
    answer = await program.exchange(token)
    assert answer.status == 200
    key = {"Authorization": f"Bearer {answer.body['key']}"}
    assert (await program.call("GET", "/v1/profiles", headers=key)).status == 200


async def test_a_grant_ends_when_its_member_leaves_or_changes_role(
    server: Server, program: Program, owner: Browser
) -> None:
    database = server.service.state.database
    for act in ("role", "remove"):
        member = Browser(server.http, server.url)
        await member.joined(owner, "owner", f"{act}@example.com")
        program.cookies[COOKIE] = member.cookies[COOKIE]
        token = await granted(program, resource=f"{server.url}/v1")
        exchanged = await program.exchange(token)
        key = {"Authorization": f"Bearer {exchanged.body['key']}"}
        assert (await program.call("GET", "/v1/profiles", headers=key)).status == 200
        member_id = await database.read(partial(id_of, f"{act}@example.com"))
        page = await owner.open("/dashboard/settings")
        await owner.press(page, do=act, id=member_id, role="viewer")
        assert (await program.exchange(token)).status == 401
        server.service.state.keys.forget()
        assert (await program.call("GET", "/v1/profiles", headers=key)).status == 401


async def test_a_member_cannot_allow_what_makes_a_key(
    server: Server, program: Program, owner: Browser
) -> None:
    viewer = await Browser(server.http, server.url).joined(owner, "viewer", "v@example.com")
    program.cookies[COOKIE] = viewer.cookies[COOKIE]
    cookies = {"Cookie": f"{COOKIE}={program.cookies[COOKIE]}"}
    asking = program.asking(resource=f"{server.url}/v1")
    page = await program.call("GET", asking, headers=cookies)
    answer = await program.decide(page)
    assert (answer.status, "only owners make keys" in answer.text) == (422, True)


async def test_a_stranger_may_sign_in_first(program: Program) -> None:
    page = await program.page()
    assert "/dashboard/sign-in?next=%2Foauth%2Fauthorize%3F" in page.text
