"""Connecting an Instagram account, and what becomes of its token."""

from datetime import timedelta

import pytest

from letmepost.platforms.instagram.connect import from_page
from letmepost.platforms.instagram.simulator import InstagramSimulator
from tests.platforms.every_platform import Play

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_the_hours_token_is_exchanged_for_one_of_sixty_days(play: Play) -> None:
    account = (await play.server.call("GET", f"/v1/accounts/{play.server.account_id}")).body
    # The account's own id, not the one that it has in the app.
    assert account["platformAccountId"] == "17841400000000001"
    assert account["displayName"] == "janes.bakery"
    paths = [each["path"] for each in await play.backstage.requests()]
    asked = ["oauth/access_token", "access_token", "v25.0/me"]
    assert paths[-3:] == [f"/instagram/{each}" for each in asked]


async def test_a_token_is_renewed_from_its_second_day_on(play: Play) -> None:
    path = f"/v1/accounts/{play.server.account_id}/refresh"
    assert (await play.server.call("POST", path)).status == 503
    play.server.clock.advance(timedelta(hours=25).total_seconds())
    assert (await play.server.call("POST", path)).status == 200
    assert (await play.end(await play.post("with the new one")))["status"] == "published"


async def test_an_expired_token_asks_for_a_person(play: Play) -> None:
    play.server.clock.advance(timedelta(days=61).total_seconds())
    result = await play.post()
    assert (result["status"], result["error"]["code"]) == ("rejected", "platform_auth_failed")
    assert await play.count() == 0


async def test_the_token_of_a_page_needs_no_renewal(by_page: Play) -> None:
    by_page.server.clock.advance(timedelta(days=400).total_seconds())
    assert (await by_page.end(await by_page.post("a year later")))["status"] == "published"


async def test_a_personal_account_is_told_to_become_a_professional_one(play: Play) -> None:
    begun = await play.server.call("POST", "/v1/accounts/connect/instagram", {})
    address = begun.body["descriptor"]["authorizationUrl"]
    async with play.backstage.http.post(
        address, data={"decision": "approve"}, allow_redirects=False
    ) as answer:
        back = answer.headers["Location"]
    body = {"id": "2", "user_id": "3", "username": "bob", "account_type": "PERSONAL"}
    await play.backstage.fault(fault="status", route="/v25.0/me", status=200, body=body)
    given = dict(pair.split("=", 1) for pair in back.partition("?")[2].split("&"))
    reply = await play.server.call("POST", "/v1/accounts/connect/instagram/complete", given)
    assert reply.body["error"]["rule"] == "instagram.account_type.requires_professional"


def test_a_link_of_a_page_becomes_the_same_account(
    database_url: str,  # noqa: ARG001 - as all tests here
) -> None:
    connected = from_page(
        {
            "id": "17841400000000001",
            "username": "janes.bakery",
            "pageId": "104",
            "pageToken": "EAAP",
            "userId": "101",
            "scopes": ["instagram_basic"],
        }
    )
    assert connected.platform_account_id == next(iter(InstagramSimulator().world.accounts))
    assert connected.details["login"] == "page"
    assert connected.credentials == {"accessToken": "EAAP"}
    assert connected.token_expires_at is None
