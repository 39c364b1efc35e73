"""The simulated LinkedIn: consent, tokens, posts and comments, and what it refuses."""

from datetime import timedelta
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.platforms.linkedin.caller import (
    BACK,
    DISTRIBUTION,
    PAGE,
    PAGE_SCOPES,
    PAGES,
    PERSON,
    Caller,
    encoded,
)


async def test_consent_gives_a_token_for_sixty_days_and_no_refresh_token(ada: Caller) -> None:
    assert ada.tokens["expires_in"] == 60 * 24 * 3600
    assert ada.tokens["scope"] == "openid,profile,w_member_social"
    assert "refresh_token" not in ada.tokens


async def test_only_a_partner_gets_a_refresh_token_and_its_year_never_starts_anew(
    ada: Caller, fake_clock: FakeClock
) -> None:
    await ada.world(partner=True)
    await ada.connect()
    fake_clock.advance(timedelta(days=30).total_seconds())
    token = ada.tokens["refresh_token"]
    renewed = await ada.exchange(grant_type="refresh_token", refresh_token=token)
    assert renewed.body["refresh_token"] == token
    assert renewed.body["refresh_token_expires_in"] == 335 * 24 * 3600
    assert renewed.body["access_token"] != ada.token
    fake_clock.advance(timedelta(days=336).total_seconds())
    dead = await ada.exchange(grant_type="refresh_token", refresh_token=token)
    assert dead.ending == (400, "invalid_request")


async def test_a_code_works_once_and_for_its_own_address(ada: Caller) -> None:
    code = await ada.code()
    spent = {"grant_type": "authorization_code", "code": code}
    elsewhere = await ada.exchange(**spent, redirect_uri="https://elsewhere.example/")
    assert elsewhere.ending == (400, "invalid_request")
    again = await ada.exchange(**spent, redirect_uri=BACK)
    assert again.ending == (400, "invalid_request")


async def test_a_wrong_secret_is_a_401(ada: Caller) -> None:
    answer = await ada.exchange(grant_type="refresh_token", client_secret="wrong")
    assert answer.ending == (401, "invalid_client")


async def test_consent_is_not_asked_for_a_scope_that_the_app_does_not_hold(ada: Caller) -> None:
    answer = await ada.consent(PAGE_SCOPES)
    assert answer.status == 400
    assert b"not authorized for your application" in answer.body


async def test_a_refusal_is_told_in_linkedins_word(ada: Caller) -> None:
    answer = await ada.consent(decision="deny")
    assert answer.status == 302
    assert answer.headers["location"] == f"{BACK}?error=user_cancelled_authorize&state=s-1"


async def test_userinfo_names_the_member_and_may_lie_at_first(ada: Caller) -> None:
    await ada.world(falseRevocations=2)
    await ada.connect()
    bearer = {"Authorization": f"Bearer {ada.token}"}
    for _ in range(2):
        lie = await ada.send("GET", "/linkedin/v2/userinfo", headers=bearer)
        assert lie.ending == (401, "REVOKED_ACCESS_TOKEN")
    answer = await ada.send("GET", "/linkedin/v2/userinfo", headers=bearer)
    assert (answer.body["sub"], answer.body["name"]) == ("Ab3_x-9", "Ada Example")
    assert "email" not in answer.body


async def test_other_scopes_end_earlier_tokens(ada: Caller) -> None:
    before = ada.token
    await ada.connect("openid profile")
    ada.token = before
    assert (await ada.post()).ending == (401, "REVOKED_ACCESS_TOKEN")


async def test_a_post_is_created_with_an_empty_body_and_its_urn_in_a_header(ada: Caller) -> None:
    answer = await ada.post()
    assert (answer.status, answer.body) == (201, b"")
    assert answer.urn.startswith("urn:li:share:7")
    assert answer.headers["x-li-fabric"]
    (entry,) = await ada.timeline()
    assert (entry["account"], entry["id"], entry["text"]) == ("Ada Example", answer.urn, "Hello")


@pytest.mark.parametrize(
    ("headers", "ending"),
    [
        ({"LinkedIn_Version": None}, (400, "VERSION_MISSING")),
        ({"LinkedIn_Version": "202510"}, (426, "NONEXISTENT_VERSION")),
        ({"LinkedIn_Version": "202512"}, (426, "NONEXISTENT_VERSION")),
        ({"X_Restli_Protocol_Version": None}, (400, "ILLEGAL_ARGUMENT")),
        ({"Authorization": None}, (401, None)),
        ({"Authorization": "Bearer nobody's"}, (401, "INVALID_ACCESS_TOKEN")),
        ({"Content_Type": "text/plain"}, (415, "UNSUPPORTED_MEDIA_TYPE")),
    ],
)
async def test_headers_are_needed(
    ada: Caller, headers: dict[str, str | None], ending: tuple[int, str | None]
) -> None:
    assert (await ada.rest("POST", "posts", {}, **headers)).ending == ending


async def test_a_version_dies_on_its_day(ada: Caller, fake_clock: FakeClock) -> None:
    fake_clock.advance(timedelta(days=50).total_seconds())
    assert (await ada.post()).status == 201
    await ada.world(retiredVersions=["202607"])
    answer = await ada.post()
    assert answer.body == {
        "status": 426,
        "code": "NONEXISTENT_VERSION",
        "message": "Requested version 20260701 is not active",
    }


@pytest.mark.parametrize(
    ("fields", "ending"),
    [
        ({"lifecycleState": "DRAFT"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"visibility": "public"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"distribution": {"feedDistribution": "x"}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"author": "urn:li:share:1"}, (400, "INVALID_URN_TYPE")),
        ({"author": "urn:li:person:other"}, (403, "ACCESS_DENIED")),
        ({"author": PAGE}, (403, "ACCESS_DENIED")),
        ({"commentary": "a" * 3001}, (400, "FIELD_ARRAY_SIZE_TOO_HIGH")),
        ({"commentary": "@[Ada](nobody)"}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"scheduledAt": 1}, (422, None)),
        ({"content": {}}, (400, "INVALID_VALUE_FOR_FIELD")),
        ({"content": {"media": {"id": "urn:li:image:none"}}}, (400, "INVALID_URN_ID")),
        ({"content": {"media": {"id": "urn:li:share:1"}}}, (400, "INVALID_URN_TYPE")),
        ({"content": {"article": {"source": "https://a.example/"}}}, (400, "MISSING_FIELD")),
        ({"content": {"multiImage": {"images": []}}}, (400, "INVALID_VALUE_FOR_FIELD")),
    ],
)
async def test_what_the_schema_does_not_have_is_refused(
    ada: Caller, fields: dict[str, Any], ending: tuple[int, str | None]
) -> None:
    assert (await ada.post(**fields)).ending == ending
    assert await ada.timeline() == []


async def test_a_required_field_is_named(ada: Caller) -> None:
    answer = await ada.rest("POST", "posts", {"author": PERSON, "distribution": DISTRIBUTION})
    (error,) = answer.body["errorDetails"]["inputErrors"]
    assert error["code"] == "MISSING_FIELD"
    assert error["input"]["inputPath"]["fieldPath"] == "commentary"


@pytest.mark.parametrize(
    ("commentary", "shown"),
    [
        (r"Hello \(world\)", "Hello (world)"),
        ("Hello (world)", "Hello "),
        ("a_b", "a"),
        (r"50\% off", "50"),
        ("#bridges and @[Ada Lovelace](urn:li:person:Ab3_x-9)", "#bridges and Ada Lovelace"),
        (r"{hashtag|\#|bridges}", "#bridges"),
        ("https://a.example/x_y#z then", "https://a.example/x_y#z then"),
    ],
)
async def test_text_is_cut_where_a_backslash_is_missing(
    ada: Caller, commentary: str, shown: str
) -> None:
    assert (await ada.post(commentary)).status == 201
    assert await ada.texts() == [shown]


async def test_the_same_content_again_is_refused_and_its_original_named(
    ada: Caller, fake_clock: FakeClock
) -> None:
    original = (await ada.post()).urn
    again = await ada.post()
    assert again.ending == (422, "DUPLICATE_POST")
    assert again.body["message"].endswith(f"Content is a duplicate of {original}")
    assert (await ada.post("Other")).status == 201
    fake_clock.advance(601)
    assert (await ada.post()).status == 201


async def test_a_post_is_deleted_as_often_as_one_likes_and_leaves_a_ghost(ada: Caller) -> None:
    path = f"posts/{encoded((await ada.post()).urn)}"
    assert (await ada.rest("DELETE", path)).status == 400
    for _ in range(2):
        assert (await ada.rest("DELETE", path, X_RestLi_Method="DELETE")).status == 204
    assert await ada.timeline() == []
    assert (await ada.post()).ending == (422, "DUPLICATE_POST")


async def test_a_urn_in_a_path_is_encoded(ada: Caller) -> None:
    answer = await ada.rest("DELETE", "posts/urn:li:share:1", X_RestLi_Method="DELETE")
    assert answer.ending == (400, "ILLEGAL_ARGUMENT")


async def test_a_member_cannot_read_posts_and_a_page_can(ada: Caller) -> None:
    urn = (await ada.post()).urn
    assert (await ada.rest("GET", f"posts/{encoded(urn)}")).ending == (403, "ACCESS_DENIED")
    await ada.world(organizations=PAGES)
    await ada.connect(PAGE_SCOPES)
    urn = (await ada.post("Of #bridges", author=PAGE)).urn
    read = await ada.rest("GET", f"posts/{encoded(urn)}")
    assert (read.body["id"], read.body["author"]) == (urn, PAGE)
    found = await ada.rest(
        "GET", f"posts?author={encoded(PAGE)}&q=author&count=10", X_RestLi_Method="FINDER"
    )
    (element,) = found.body["elements"]
    assert element["commentary"] == r"Of {hashtag|\#|bridges}"
    await ada.fault("hide_history", route="rest/posts")
    assert (await ada.rest("GET", f"posts/{encoded(urn)}")).status == 404


async def test_roles_are_listed_to_those_who_may_see_them(ada: Caller) -> None:
    query = "organizationAcls?q=roleAssignee&state=APPROVED"
    assert (await ada.rest("GET", query)).ending == (403, "ACCESS_DENIED")
    await ada.world(organizations=PAGES)
    await ada.connect(PAGE_SCOPES)
    (element,) = (await ada.rest("GET", query)).body["elements"]
    assert (element["organization"], element["role"]) == (PAGE, "CONTENT_ADMIN")


async def test_a_comment_is_under_its_post(ada: Caller) -> None:
    urn = (await ada.post()).urn
    body = {"actor": PERSON, "object": urn, "message": {"text": "First (really)"}}
    answer = await ada.rest("POST", f"socialActions/{encoded(urn)}/comments", body)
    assert answer.status == 201
    assert answer.body["commentUrn"] == f"urn:li:comment:({urn},{answer.urn})"
    assert sorted(await ada.texts()) == ["First (really)", "Hello"]
    await ada.world(commentsRefused=True)
    refused = await ada.rest("POST", f"socialActions/{encoded(urn)}/comments", body)
    assert refused.ending == (403, "ACCESS_DENIED")


async def test_a_full_day_is_told_in_words_alone(ada: Caller, fake_clock: FakeClock) -> None:
    await ada.world(enforceRateLimits=True, memberRequestsPerDay=1)
    assert (await ada.post()).status == 201
    full = await ada.post("Other")
    assert (full.status, full.body["serviceErrorCode"]) == (429, 101)
    assert "MEMBER DAY" in full.body["message"]
    assert "Retry-After" not in full.headers
    fake_clock.advance(timedelta(hours=12).total_seconds())
    assert (await ada.post("Other")).status == 201


async def test_expired_and_revoked_tokens_say_which(ada: Caller) -> None:
    await ada.fault("expired_token")
    assert (await ada.post()).ending == (401, "EXPIRED_ACCESS_TOKEN")
    await ada.connect()
    await ada.fault("revoked_token")
    assert (await ada.post()).ending == (401, "REVOKED_ACCESS_TOKEN")


@pytest.mark.parametrize(
    "body",
    [
        {"what": 1},
        {"partner": "yes"},
        {"scopes": ["r_everything"]},
        {"organizations": [{"name": "no id"}]},
        {"organizations": [{"id": "1", "member": "nobody"}]},
        {"falseRevocations": -1},
        {"members": {"id": "1"}},
    ],
)
async def test_a_world_that_cannot_be_is_refused(ada: Caller, body: dict[str, Any]) -> None:
    assert (await ada.world(**body)).status == 400


async def test_a_reset_forgets_posts_and_tokens(ada: Caller) -> None:
    await ada.post()
    await ada.send("POST", "/_simulator/reset")
    assert await ada.timeline() == []
    assert (await ada.post()).ending == (401, "INVALID_ACCESS_TOKEN")
