"""Connecting a Threads profile, and what becomes of its token."""

from datetime import timedelta
from pathlib import Path

import pytest

from letmepost.platform_kit.graph.simulated import signed_request
from letmepost.platforms.threads.simulator import CLIENT_SECRET
from tests.platforms.every_platform import Play, playing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

EXCHANGE = "/access_token?"


async def test_the_hours_token_is_exchanged_for_one_of_sixty_days(play: Play) -> None:
    account = (await play.server.call("GET", f"/v1/accounts/{play.server.account_id}")).body
    assert account["platformAccountId"] == "17841400000000001"
    assert account["displayName"] == "janes.bakery"
    paths = [each["path"] for each in await play.backstage.requests()]
    assert paths[-3:] == [
        "/threads/oauth/access_token",
        "/threads/access_token",
        "/threads/v1.0/me",
    ]


async def test_a_token_is_renewed_from_its_second_day_on(play: Play) -> None:
    path = f"/v1/accounts/{play.server.account_id}/refresh"
    early = await play.server.call("POST", path)
    assert (early.status, early.body["error"]["code"]) == (503, "platform_unavailable")
    play.server.clock.advance(timedelta(hours=25).total_seconds())
    assert (await play.server.call("POST", path)).status == 200
    shown = await play.end(await play.post("with the new one"))
    assert shown["status"] == "published"


async def test_an_expired_token_cannot_be_renewed_and_asks_for_a_person(play: Play) -> None:
    play.server.clock.advance(timedelta(days=61).total_seconds())
    result = await play.post()
    assert (result["status"], result["error"]["code"]) == ("rejected", "platform_auth_failed")
    assert result["error"]["remediation"]
    assert await play.count() == 0


async def test_the_app_that_threads_does_not_know_is_told_from_a_bad_code(
    database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(AssertionError, match="LETMEPOST_THREADS_CLIENT_SECRET"):
        async with playing(
            "threads",
            database_url,
            tmp_path / "data",
            LETMEPOST_THREADS_CLIENT_SECRET="another",
        ):
            pass


async def test_a_lost_exchange_asks_to_begin_again(play: Play) -> None:
    await play.backstage.fault(fault="status", route=EXCHANGE, status=503)
    begun = await play.server.call("POST", "/v1/accounts/connect/threads", {})
    address = begun.body["descriptor"]["authorizationUrl"]
    async with play.backstage.http.post(
        address, data={"decision": "approve"}, allow_redirects=False
    ) as answer:
        back = answer.headers["Location"]
    query = dict(pair.split("=", 1) for pair in back.partition("?")[2].split("&"))
    body = {"code": query["code"], "state": query["state"]}
    reply = await play.server.call("POST", "/v1/accounts/connect/threads/complete", body)
    assert (reply.status, reply.body["error"]["code"]) == (503, "platform_unavailable")
    assert "Begin again" in reply.body["error"]["remediation"]


async def test_who_takes_the_app_away_is_heard_and_asked_to_connect_again(play: Play) -> None:
    said = signed_request("17841400000000001", CLIENT_SECRET, play.server.clock.now())
    form = f"signed_request={said}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    forged = form.replace(b"=", b"=A", 1)
    refused = await play.server.call("POST", "/deauth/meta", data=forged, headers=headers)
    assert refused.status == 400
    reply = await play.server.call("POST", "/deauth/meta", data=form, headers=headers)
    assert reply.status == 200
    health = await play.server.call("GET", f"/v1/accounts/{play.server.account_id}/health")
    assert "revoked" in health.text


async def test_who_wants_their_data_deleted_gets_a_page_that_says_so(play: Play) -> None:
    said = signed_request("17841400000000001", CLIENT_SECRET, play.server.clock.now())
    form = f"signed_request={said}".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = await play.server.call("POST", "/data-deletion/meta", data=form, headers=headers)
    assert reply.status == 200, reply.text
    assert reply.body["confirmation_code"] in reply.body["url"]
    path = "/" + reply.body["url"].split("/", 3)[3]
    assert (await play.server.call("GET", path)).status == 200
    account = await play.server.call("GET", f"/v1/accounts/{play.server.account_id}")
    assert account.status == 404
