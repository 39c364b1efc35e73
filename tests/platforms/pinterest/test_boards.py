"""The boards of an account over our API: listed, made, found again, and one chosen as default."""

from typing import Any

import pytest

from letmepost.api.account_operations import account_operations
from letmepost.api.answers import Account
from tests.platforms.pinterest.publishing import Publishing
from tests.platforms.pinterest.served import Served

on_one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = on_one_database
POST = {"text": "The bridge at noon"}


async def test_boards_are_listed_with_the_default_one(server: Served, side: Publishing) -> None:
    listed = await server.boards()
    assert listed.status == 200
    assert listed.body == {
        "data": [{"id": side.board_id, "name": "Bridges", "privacy": "PUBLIC"}],
        "defaultBoardId": None,
    }
    await server.choose(side.board_id)
    assert (await server.boards()).body["defaultBoardId"] == side.board_id


async def test_at_most_a_hundred_boards_are_listed(server: Served, side: Publishing) -> None:
    boards = [{"name": f"Board {number}"} for number in range(120)]
    await side.jane.world(accounts=[{"username": "jane", "boards": boards}])
    assert len((await server.boards()).body["data"]) == 100


async def test_board_is_made_and_may_become_the_default_one(
    server: Served, side: Publishing
) -> None:
    made = await server.boards("POST", {"name": "Rivers", "privacy": "PROTECTED"})
    assert made.status == 201
    board_id = await side.jane.board_id("Rivers")
    assert made.body == {
        "id": board_id,
        "name": "Rivers",
        "privacy": "PROTECTED",
        "existing": False,
    }
    made = await server.boards("POST", {"name": "Lakes", "setAsDefault": True})
    assert made.body["defaultBoardId"] == made.body["id"]
    assert (await server.account())["pinterest"] == {
        "defaultBoardId": made.body["id"],
        "defaultBoardName": "Lakes",
    }


async def test_name_that_is_taken_is_refused_and_found_with_upsert(
    server: Served, side: Publishing
) -> None:
    refused = await server.boards("POST", {"name": "Bridges"})
    assert (refused.status, refused.body["error"]["code"]) == (502, "platform_rejected")
    assert refused.body["error"]["platformResponse"]["code"] == 58
    found = await server.boards("POST", {"name": "bridges ", "upsert": True})
    # Pinterest's own answer to a name with a space more is another board.
    assert found.status in (200, 201)
    found = await server.boards("POST", {"name": "BRIDGES", "upsert": True})
    assert (found.status, found.body["id"], found.body["existing"]) == (200, side.board_id, True)


async def test_name_that_is_taken_by_a_board_nobody_sees_is_a_ghost(server: Served) -> None:
    ghost = await server.boards("POST", {"name": "Quiet places", "upsert": True})
    assert (ghost.status, ghost.body["error"]["rule"]) == (502, "pinterest.board.upsert_ghost")
    assert "Quiet places" in ghost.body["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 181},
        {"name": "x", "description": "x" * 501},
        {"name": "x", "privacy": "HIDDEN"},
        {"name": "x", "note": ""},
    ],
)
async def test_board_that_cannot_be_is_refused_here(server: Served, body: Any) -> None:
    refused = await server.boards("POST", body)
    assert (refused.status, refused.body["error"]["code"]) == (400, "validation_failed")


async def test_default_board_is_one_of_the_account(server: Served, side: Publishing) -> None:
    chosen = await server.choose(side.board_id)
    assert (chosen.status, chosen.body) == (
        200,
        {
            "id": server.account_id,
            "defaultBoardId": side.board_id,
            "defaultBoardName": "Bridges",
        },
    )
    for unknown in ("1", "999999999999"):
        refused = await server.choose(unknown)
        assert (refused.status, refused.body["error"]["rule"]) == (404, "pinterest.board.unknown")
    made = await side.jane.world(accounts=[{"username": "bob", "boards": [{"name": "Boats"}]}])
    boats = made.body["accounts"][0]["boards"][0]["id"]
    assert (await server.choose(boats)).status == 404
    assert (await server.account())["pinterest"]["defaultBoardId"] == side.board_id


async def test_account_without_a_default_board_says_so(server: Served) -> None:
    assert (await server.account())["pinterest"] == {
        "defaultBoardId": None,
        "defaultBoardName": None,
    }
    Account.model_validate(await server.account())
    with pytest.raises(ValueError, match="myspace"):
        Account.model_validate({**await server.account(), "myspace": {}})


async def test_account_of_another_platform_has_no_boards(server: Served) -> None:
    server.account_id = await server.keep_account("bluesky")
    refused = await server.boards()
    assert (refused.status, refused.body["error"]["rule"]) == (400, "platform.mismatch")
    assert "Bluesky" in refused.body["error"]["message"]
    assert "pinterest" not in await server.account()
    server.account_id = "acc_nobody"
    assert (await server.boards()).status == 404


async def test_platform_that_is_down_is_said_to_be_down(server: Served, side: Publishing) -> None:
    await side.jane.fault("status", route="/v5/boards", status=503)
    assert (await server.boards()).status == 503
    await side.jane.fault("status", route="/v5/boards", status=429)
    limited = await server.boards()
    assert limited.headers["retry-after"] == "60"
    await side.jane.fault("cut_after_commit", route="/v5/boards")
    lost = await server.boards("POST", {"name": "Rivers"})
    assert lost.status == 503
    assert "upsert" in lost.body["error"]["remediation"]
    found = await server.boards("POST", {"name": "Rivers", "upsert": True})
    assert (found.status, found.body["existing"]) == (200, True)


async def test_expired_token_is_renewed_and_kept(server: Served, side: Publishing) -> None:
    await side.jane.fault("expired_token", route="/v5/boards")
    assert (await server.boards()).status == 200
    assert (await server.boards()).status == 200
    assert len(await side.requests("/v5/oauth/token")) == 3


async def test_test_keys_have_boards_of_their_own_and_reach_nobody(
    server: Served, side: Publishing
) -> None:
    live = server.account_id
    before = len(await side.requests("boards"))
    # On a real account they leave no trace.
    listed = await server.boards(key=server.test_key)
    first = listed.body["data"][0]
    assert (await server.choose(first["id"], key=server.test_key)).status == 200
    assert (await server.account())["pinterest"]["defaultBoardId"] is None
    server.account_id = await server.keep_account(sandbox=True)
    made = await server.boards(
        "POST", {"name": "Rivers", "setAsDefault": True}, key=server.test_key
    )
    assert (made.status, made.body["existing"]) == (201, False)
    listed = await server.boards(key=server.test_key)
    assert [each["name"] for each in listed.body["data"]][-1] == "Rivers"
    assert listed.body["defaultBoardId"] == made.body["id"]
    again = await server.boards("POST", {"name": "rivers"}, key=server.test_key)
    assert again.status == 502
    again = await server.boards("POST", {"name": "rivers", "upsert": True}, key=server.test_key)
    assert (again.status, again.body["existing"]) == (200, True)
    unknown = await server.choose("1", key=server.test_key)
    assert unknown.body["error"]["rule"] == "pinterest.board.unknown"
    assert len(await side.requests("boards")) == before
    assert live != server.account_id


async def test_post_without_a_board_is_told_the_boards_there_are(
    server: Served, side: Publishing
) -> None:
    target = {"accountId": server.account_id}
    refused = await server.call("POST", "/v1/posts", {"targets": [target], **POST})
    error = refused.body["error"]
    assert (refused.status, error["rule"]) == (400, "pinterest.board.required")
    assert error["platformResponse"] == {
        "availableBoards": [{"id": side.board_id, "name": "Bridges", "privacy": "PUBLIC"}]
    }
    await side.jane.fault("status", route="/v5/boards", status=500)
    refused = await server.call("POST", "/v1/posts", {"targets": [target], **POST})
    assert refused.body["error"]["rule"] == "pinterest.board.required"
    assert "platformResponse" not in refused.body["error"]


async def test_operations_are_declared_for_whoever_reads_the_document(server: Served) -> None:
    document = (await server.call("GET", "/openapi.json")).body
    boards = document["paths"]["/v1/accounts/{id}/pinterest/boards"]
    assert set(boards) == {"get", "post"}
    assert set(document["paths"]["/v1/accounts/{id}/pinterest/default-board"]) == {"patch"}
    assert "CreatePinterestBoard" in document["components"]["schemas"]
    shown = document["components"]["schemas"]["Account"]["properties"]["pinterest"]
    assert {"$ref": "#/components/schemas/PinterestAccount"} in shown["anyOf"]
    names = {each.name for each in account_operations.declared}
    assert names >= {"listPinterestBoards", "createPinterestBoard"}
