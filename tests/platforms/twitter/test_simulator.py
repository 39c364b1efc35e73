"""The X simulator's consent, tokens, limits and worlds, over real HTTP."""

from typing import Any

import pytest

from letmepost.platforms.twitter.simulator import create_simulator
from tests.clock import FakeClock
from tests.platforms.twitter.caller import SCOPES, VERIFIER, Answer, Caller, basic

ME = {"user.fields": "verified_type,profile_image_url"}


def test_settings_point_both_hosts_at_the_simulator_and_name_its_app() -> None:
    settings = create_simulator().settings("http://127.0.0.1:9100/twitter")
    assert settings["LETMEPOST_TWITTER_API_URL"] == "http://127.0.0.1:9100/twitter"
    assert settings["LETMEPOST_TWITTER_AUTH_URL"] == "http://127.0.0.1:9100/twitter"
    assert {"LETMEPOST_TWITTER_CLIENT_ID", "LETMEPOST_TWITTER_CLIENT_SECRET"} < set(settings)


async def test_consent_leads_to_tokens_for_the_scopes_that_were_asked_for(app: Caller) -> None:
    tokens = app.tokens
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 7200)
    assert tokens["scope"] == SCOPES
    me = await app.call("GET", "/2/users/me", params=ME)
    assert me.body["data"]["username"] == "alice_on_x"
    assert me.body["data"]["verified_type"] == "none"
    assert me.headers["api-version"]


async def test_owner_who_refuses_comes_back_with_access_denied(app: Caller) -> None:
    back = await app.consents({"decision": "deny"})
    assert back == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"response_type": "token"},
        {"client_id": "another"},
        {"scope": "tweet.read everything"},
        {"state": "x" * 501},
        {"code_challenge": ""},
        {"code_challenge_method": "plain"},
    ],
)
async def test_consent_page_refuses_a_query_that_x_refuses(app: Caller, wrong: Any) -> None:
    assert (await app.consents(**wrong)).status == 400


async def test_callback_must_be_one_that_the_app_has_registered(app: Caller) -> None:
    await app.world(callbacks=["https://letmepost.example/other"])
    assert (await app.consents()).status == 400


async def test_code_works_once_and_for_half_a_minute(app: Caller, fake_clock: FakeClock) -> None:
    code = (await app.consents())["code"]
    assert (await app.spend(code)).status == 200
    spent = await app.spend(code)
    assert (spent.status, spent.body["error"]) == (400, "invalid_request")
    late = (await app.consents())["code"]
    fake_clock.advance(31)
    assert (await app.spend(late)).status == 400


@pytest.mark.parametrize(
    "wrong", [{"code_verifier": VERIFIER + "x"}, {"redirect_uri": "https://b"}]
)
async def test_code_needs_its_verifier_and_its_callback(app: Caller, wrong: dict[str, str]) -> None:
    code = (await app.consents())["code"]
    assert (await app.spend(code, **wrong)).status == 400


async def test_app_must_prove_itself(app: Caller) -> None:
    code = (await app.consents())["code"]
    refused = await app.exchange("guessed", grant_type="authorization_code", code=code)
    assert (refused.status, refused.body["error"]) == (401, "unauthorized_client")


async def test_refresh_token_works_once(app: Caller) -> None:
    old = dict(app.tokens)
    assert (await app.refresh()).status == 200
    assert app.tokens["refresh_token"] != old["refresh_token"]
    again = await app.refresh(old["refresh_token"])
    assert (again.status, again.body["error"]) == (400, "invalid_request")
    assert (await app.call("GET", "/2/users/me")).status == 200


async def test_without_offline_access_there_is_no_refresh_token(app: Caller) -> None:
    answer = await app.connect(scope="tweet.read users.read")
    assert "refresh_token" not in answer.body


async def test_access_token_lives_two_hours(app: Caller, fake_clock: FakeClock) -> None:
    fake_clock.advance(7199)
    assert (await app.call("GET", "/2/users/me")).status == 200
    fake_clock.advance(1)
    assert (await app.call("GET", "/2/users/me")).status == 401


async def test_expired_and_revoked_tokens_are_refused(app: Caller) -> None:
    await app.fault("expired_token")
    refused = await app.post()
    assert refused.body == {
        "title": "Unauthorized",
        "type": "about:blank",
        "status": 401,
        "detail": "Unauthorized",
    }
    assert (await app.refresh()).status == 200
    assert (await app.post()).status == 201
    await app.fault("revoked_token")
    assert (await app.post("More")).status == 401
    assert (await app.refresh()).status == 400


async def test_revoked_by_the_app_a_token_is_dead(app: Caller) -> None:
    for name in ("access_token", "refresh_token"):
        answer = await app.send(
            "POST",
            "/twitter/2/oauth2/revoke",
            data={"token": app.tokens[name]},
            headers=basic(),
        )
        assert answer.body == {"revoked": True}
    assert (await app.post()).status == 401
    assert (await app.refresh()).status == 400


@pytest.mark.parametrize(
    ("scope", "path", "method"),
    [
        ("tweet.read users.read", "/2/tweets", "POST"),
        ("tweet.read users.read tweet.write", "/2/media/upload/initialize", "POST"),
        ("tweet.read", "/2/users/me", "GET"),
    ],
)
async def test_scopes_are_enforced(app: Caller, scope: str, path: str, method: str) -> None:
    await app.connect(scope=scope)
    given: dict[str, Any] = {"json": {"text": "Hello"}} if method == "POST" else {}
    refused = await app.call(method, path, **given)
    assert refused.status == 403
    assert refused.body["detail"] == "You are not permitted to perform this action."


async def test_user_fields_that_do_not_exist_are_refused(app: Caller) -> None:
    refused = await app.call("GET", "/2/users/me", params={"user.fields": "shoe_size"})
    assert refused.problem == (400, "invalid-request")


def windows(answer: Answer, header: str) -> tuple[str, str]:
    return answer.headers[f"{header}-limit"], answer.headers[f"{header}-remaining"]


async def test_every_answer_tells_what_is_left_of_its_windows(
    app: Caller, fake_clock: FakeClock
) -> None:
    made = await app.post()
    assert windows(made, "x-rate-limit") == ("100", "99")
    assert windows(made, "x-app-limit-24hour") == ("10000", "9999")
    assert made.headers["x-rate-limit-reset"] == str(int(fake_clock.now().timestamp()) + 900)


async def test_day_may_be_used_up_while_the_quarter_hour_is_not(app: Caller) -> None:
    await app.world(enforceRateLimits=True, userPostsPerDay=1)
    assert (await app.post("One")).status == 201
    refused = await app.post("Two")
    assert refused.problem == (429, "about:blank")
    assert windows(refused, "x-user-limit-24hour") == ("1", "0")
    assert windows(refused, "x-rate-limit") == ("100", "99")


async def test_quarter_hour_ends(app: Caller, fake_clock: FakeClock) -> None:
    await app.world(enforceRateLimits=True)
    for _ in range(75):
        assert (await app.call("GET", "/2/users/me")).status == 200
    assert (await app.call("GET", "/2/users/me")).status == 429
    fake_clock.advance(900)
    assert (await app.call("GET", "/2/users/me")).status == 200


@pytest.mark.parametrize("status", ["suspended", "locked"])
async def test_account_in_trouble_is_told_so(app: Caller, status: str) -> None:
    await app.world(accounts=[{"username": "alice_on_x", "status": status}])
    refused = await app.post()
    assert refused.problem == (403, "user-suspended")
    assert status in refused.body["detail"]


async def test_account_of_a_world_can_be_chosen_on_the_consent_page(app: Caller) -> None:
    made = await app.world(accounts=[{"username": "bob", "verifiedType": "blue"}])
    await app.connect(account=made.body["accounts"][0]["id"])
    me = await app.call("GET", "/2/users/me", params=ME)
    assert (me.body["data"]["username"], me.body["data"]["verified_type"]) == ("bob", "blue")


async def test_reset_forgets_posts_and_keeps_tokens(app: Caller) -> None:
    await app.post()
    await app.send("POST", "/_simulator/reset")
    assert await app.timeline() == []
    assert (await app.post()).status == 201


@pytest.mark.parametrize(
    "body",
    [
        {"people": []},
        {"accounts": {}},
        {"accounts": ["bob"]},
        {"accounts": [{"username": ""}]},
        {"accounts": [{"username": "bob", "name": 3}]},
        {"accounts": [{"username": "bob", "colour": "red"}]},
        {"accounts": [{"username": "bob", "verifiedType": "golden"}]},
        {"accounts": [{"username": "bob", "status": "asleep"}]},
        {"posts": [{"username": "nobody", "text": "Hello"}]},
        {"enterprise": 1},
        {"creditsLeft": "many"},
        {"enforceRateLimits": None},
        {"callbacks": "https://a"},
    ],
)
async def test_wrong_world_is_refused_with_a_sentence(app: Caller, body: dict[str, Any]) -> None:
    refused = await app.world(**body)
    assert refused.status == 400
    assert refused.body["error"].endswith(".")
