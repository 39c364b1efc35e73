"""The simulated Pinterest takes what Pinterest takes, and refuses what it refuses."""

from typing import Any

import pytest

from letmepost.platforms.pinterest.simulator_tokens import ACCESS_SECONDS
from tests.clock import FakeClock
from tests.platforms.pinterest.caller import BACK, IMAGE, PICTURE, Caller


async def test_consent_leads_to_tokens_that_live_a_month_and_two(jane: Caller) -> None:
    tokens = jane.tokens
    assert tokens["access_token"].startswith("pina_")
    assert tokens["refresh_token"].startswith("pinr_")
    assert (tokens["expires_in"], tokens["refresh_token_expires_in"]) == (2592000, 5184000)
    assert tokens["scope"] == "boards:read boards:write pins:read pins:write user_accounts:read"
    account = (await jane.api("GET", "/user_account")).body
    assert (account["username"], account["account_type"]) == ("jane", "BUSINESS")


async def test_denied_consent_comes_back_as_an_error(jane: Caller) -> None:
    assert await jane.consent("deny") == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "changed", [{"client_id": "other"}, {"scope": "boards:read pins:read"}, {"scope": "pins:fly"}]
)
async def test_consent_page_refuses_a_wrong_question(jane: Caller, changed: Any) -> None:
    query = {
        "client_id": "1501234",
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "boards:read",
    }
    answer = await jane.send("GET", "/pinterest/oauth/", params={**query, **changed})
    assert answer.status == 400


async def test_code_works_once_and_for_its_own_address(jane: Caller) -> None:
    code = (await jane.consent())["code"]
    grant = {"grant_type": "authorization_code", "code": code}
    assert (await jane.token(**grant, redirect_uri=BACK + "/other")).status == 400
    assert (await jane.token(**grant, redirect_uri=BACK)).status == 400


async def test_refresh_token_works_once(jane: Caller) -> None:
    spent = jane.tokens["refresh_token"]
    renewed = await jane.token(grant_type="refresh_token", refresh_token=spent)
    assert renewed.body["response_type"] == "refresh_token"
    assert renewed.body["refresh_token"] != spent
    again = await jane.token(grant_type="refresh_token", refresh_token=spent)
    assert again.ending == (400, 1)


async def test_wrong_app_secret_is_the_operators_fault(jane: Caller) -> None:
    answer = await jane.token(secret="wrong", grant_type="refresh_token", refresh_token="x")
    assert answer.ending == (401, 2)


async def test_token_expires_after_thirty_days(jane: Caller, fake_clock: FakeClock) -> None:
    fake_clock.advance(ACCESS_SECONDS)
    assert (await jane.api("GET", "/boards")).ending == (401, 2)


async def test_scope_that_was_not_granted_is_missing(jane: Caller) -> None:
    await jane.log_in(scope="boards:read,pins:read")
    answer = await jane.api("POST", "/boards", {"name": "New"})
    assert answer.ending == (403, 29)
    assert "sufficient permissions" in answer.body["message"]


async def test_secret_boards_are_there_for_those_with_the_scope(jane: Caller) -> None:
    names = [each["name"] for each in (await jane.api("GET", "/boards")).body["items"]]
    assert names == ["Bridges"]
    await jane.log_in(scope="boards:read,boards:read_secret")
    names = [each["name"] for each in (await jane.api("GET", "/boards")).body["items"]]
    assert names == ["Bridges", "Quiet places"]


async def test_boards_come_in_pages(jane: Caller) -> None:
    for number in range(29):
        assert (await jane.api("POST", "/boards", {"name": f"Board {number}"})).status == 201
    first = (await jane.api("GET", "/boards")).body
    assert len(first["items"]) == 25
    second = (await jane.api("GET", f"/boards?bookmark={first['bookmark']}")).body
    assert (len(second["items"]), second["bookmark"]) == (5, None)
    assert (await jane.api("GET", "/boards?page_size=251")).ending == (400, 1)


async def test_name_of_a_board_is_taken_once(jane: Caller) -> None:
    assert (await jane.api("POST", "/boards", {"name": "bridges"})).ending == (400, 58)
    # The secret one is not seen, and its name is taken all the same.
    assert (await jane.api("POST", "/boards", {"name": "Quiet places"})).ending == (400, 58)
    assert (await jane.api("POST", "/boards", {"name": "x" * 181})).ending == (400, 1)
    assert (await jane.api("POST", "/boards", {"name": "x", "note": ""})).ending == (400, 1)


async def test_sections_belong_to_their_board(jane: Caller) -> None:
    board = await jane.board_id()
    made = await jane.api("POST", f"/boards/{board}/sections", {"name": "Iron"})
    assert made.status == 201
    shown = (await jane.api("GET", f"/boards/{board}/sections")).body["items"]
    assert [each["name"] for each in shown] == ["Stone", "Iron"]
    assert (await jane.pin(board_section_id=made.body["id"])).status == 201
    listed = await jane.api("GET", f"/boards/{board}/sections/{made.body['id']}/pins")
    assert len(listed.body["items"]) == 1
    assert (await jane.pin(board_section_id="1")).ending == (404, 2031)


async def test_pin_is_made_read_and_deleted_once(jane: Caller) -> None:
    made = await jane.pin(
        title="Arch", description="At noon", alt_text="Stone", link="https://e.eu"
    )
    assert made.status == 201
    read = await jane.api("GET", f"/pins/{made.body['id']}")
    assert read.body == made.body
    assert read.body["media"]["media_type"] == "image"
    assert [each["text"] for each in await jane.timeline()] == ["At noon"]
    assert (await jane.api("DELETE", f"/pins/{made.body['id']}")).status == 204
    assert (await jane.api("DELETE", f"/pins/{made.body['id']}")).ending == (404, 50)


@pytest.mark.parametrize(
    "fields",
    [
        {"note": "removed in 2026"},
        {"title": "x" * 101},
        {"description": "x" * 801},
        {"alt_text": "x" * 501},
        {"link": "https://e.eu/" + "x" * 2048},
        {"link": "nowhere"},
        {"board_id": "jane/bridges"},
        {"board_id": 5},
        {"dominant_color": "red"},
        {"media_source": None},
        {"media_source": {"source_type": "pigeon"}},
        {"media_source": {**IMAGE, "content_type": "image/webp"}},
        {"media_source": {**IMAGE, "content_type": "image/jpeg"}},
        {"media_source": {**IMAGE, "data": f"data:image/png;base64,{PICTURE}"}},
        {"media_source": {**IMAGE, "url": "https://e.eu/x.png"}},
        {"media_source": {"source_type": "image_url", "url": "file:///etc/passwd"}},
        {"media_source": {"source_type": "image_url", "url": "http://127.0.0.1:1/x.png"}},
        {"media_source": {"source_type": "multiple_image_urls", "items": [{"url": "https://e"}]}},
        {
            "media_source": {
                "source_type": "multiple_image_urls",
                "items": [{"url": "https://e.eu/x.png"}] * 6,
            }
        },
    ],
)
async def test_pin_that_does_not_fit_is_refused(jane: Caller, fields: Any) -> None:
    assert (await jane.pin(**fields)).ending == (400, 1)
    assert await jane.timeline() == []


async def test_board_of_nobody_and_board_of_another(jane: Caller) -> None:
    made = await jane.world(accounts=[{"username": "bob", "boards": [{"name": "Boats"}]}])
    boats = made.body["accounts"][0]["boards"][0]["id"]
    assert (await jane.pin(board_id="1")).ending == (404, 40)
    assert (await jane.pin(board_id=boats)).ending == (403, 7)


async def test_trial_access_publishes_in_the_sandbox_only(jane: Caller) -> None:
    await jane.world(access="trial")
    refused = await jane.pin()
    assert refused.ending == (403, 29)
    assert "Apps with Trial access may not create Pins in production" in refused.body["message"]
    jane.prefix = "/pinterest/sandbox/v5"
    # A token of production is none there.
    assert (await jane.api("GET", "/user_account")).ending == (401, 2)
    await jane.log_in()
    assert (await jane.pin()).status == 201


async def test_every_answer_tells_the_rates_as_a_list(jane: Caller) -> None:
    headers = (await jane.api("GET", "/boards")).headers
    assert headers["x-ratelimit-limit"].startswith("1000, 100;w=1;name=")
    assert (headers["x-ratelimit-remaining"], headers["x-ratelimit-reset"]) == ("999", "60")


async def test_rates_are_enforced_where_a_world_asks(jane: Caller) -> None:
    await jane.world(enforceRateLimits=True)
    board = await jane.board_id()
    for number in range(100):
        await jane.api("POST", f"/boards/{board}/sections", {"name": f"{number}"})
    refused = await jane.pin()
    assert refused.ending == (429, 8)
    assert "Retry-After" not in refused.headers
    assert refused.headers["x-ratelimit-reset"] == "60"


@pytest.mark.parametrize(
    "body",
    [{"access": "gold"}, {"planets": 9}, {"accounts": [{}]}, {"enforceRateLimits": "yes"}],
)
async def test_world_that_cannot_be_is_refused(jane: Caller, body: Any) -> None:
    assert (await jane.world(**body)).status == 400
