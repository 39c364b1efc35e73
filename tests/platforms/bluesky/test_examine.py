"""A look at a Bluesky account says what is there, and what to do where something is wrong."""

from typing import Any

import pytest

from tests.platforms.bluesky.caller import Caller
from tests.platforms.running_server import Running

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def check(server: Running) -> Any:
    reply = await server.call("GET", f"/v1/accounts/{server.account_id}/check")
    assert reply.status == 200, reply.text
    return reply.body


def found(checked: Any) -> dict[str, str]:
    return {each["name"]: each["found"] for each in checked["findings"]}


def problems(checked: Any) -> dict[str, str]:
    return {each["name"]: each["problem"] for each in checked["findings"] if each["problem"]}


async def change(alice: Caller, **values: Any) -> None:
    handle = alice.simulation.accounts["bluesky"]["identifier"]
    assert (await alice.world(accounts=[{"handle": handle, **values}])).status == 201


async def test_everything_that_can_be_told_is_told(server: Running, alice: Caller) -> None:
    checked = await check(server)
    assert (checked["ok"], checked["platform"]) == (True, "bluesky")
    told = found(checked)
    assert told["account"] == f"alice.bsky.test ({alice.did})"
    assert told["scopes"] == "com.atproto.appPass"
    assert told["e-mail"] == "confirmed"
    assert told["server"].endswith("files up to 5,242,880 bytes")
    assert told["videos left today"].endswith("bytes")
    left, _, of = told["requests left"].partition(" of ")
    assert int(left) < int(of)
    assert {each["method"] for each in checked["transcript"]} == {"GET"}
    assert "eyJ" not in str(checked)


async def test_an_address_that_is_not_confirmed_is_a_problem(
    server: Running, alice: Caller
) -> None:
    await change(alice, emailConfirmed=False)
    checked = await check(server)
    assert checked["ok"] is False
    assert "Confirm the address" in problems(checked)["e-mail"]


async def test_an_account_that_was_taken_down_is_a_problem(server: Running, alice: Caller) -> None:
    await change(alice, status="takendown")
    checked = await check(server)
    assert list(problems(checked)) == ["account"]


async def test_access_that_was_taken_back_is_the_one_problem(
    server: Running, alice: Caller
) -> None:
    await alice.fault("revoked_token", route="getSession")
    assert list(problems(await check(server))) == ["access"]


@pytest.mark.parametrize("fault", ["html", "malformed", "cut_before_commit"])
async def test_a_server_that_does_not_answer_well_is_a_problem(
    server: Running, alice: Caller, fault: str
) -> None:
    await alice.fault(fault, route="getSession", times=2)
    assert list(problems(await check(server))) == ["account"]


async def test_a_video_service_that_is_down_spoils_nothing_else(
    server: Running, alice: Caller
) -> None:
    await alice.fault("status", route="xrpc/app.bsky.video", status=503)
    assert list(problems(await check(server))) == ["videos left today"]
