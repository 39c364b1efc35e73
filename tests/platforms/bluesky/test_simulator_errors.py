"""The Bluesky simulator's errors and limits, in the platform's own words."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.clock import FakeClock
from tests.platforms.bluesky.caller import KEY, POST, REPO, SERVER, Caller

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, "AuthenticationRequired"),
        (403, "Forbidden"),
        (413, "PayloadTooLarge"),
        (418, "InvalidRequest"),
        (429, "RateLimitExceeded"),
        (500, "InternalServerError"),
        (502, "UpstreamFailure"),
        (503, "NotEnoughResources"),
        (504, "UpstreamTimeout"),
        (599, "InternalServerError"),
    ],
)
async def test_status_fault_answers_with_the_real_error_body(
    alice: Caller, status: int, error: str
) -> None:
    await alice.fault("status", status=status)
    answer = await alice.post()
    assert answer.ending == (status, error)
    assert answer.body["message"]


async def test_429_carries_the_time_of_its_end_as_epoch_seconds(
    alice: Caller, fake_clock: FakeClock
) -> None:
    await alice.fault("status", status=429)
    headers = (await alice.post()).headers
    assert headers["RateLimit-Limit"] == "3000"
    assert headers["RateLimit-Remaining"] == "0"
    assert headers["RateLimit-Reset"] == str(int(fake_clock.now().timestamp()) + 300)
    assert headers["RateLimit-Policy"] == "3000;w=300"
    assert headers["Retry-After"] == "300"


async def test_writes_cost_points_of_one_hourly_quota(alice: Caller) -> None:
    first = await alice.post(rkey=KEY)
    deleted = await alice.procedure(
        REPO + "deleteRecord", alice.access, repo=alice.did, collection=POST, rkey=KEY
    )
    assert first.headers["RateLimit-Remaining"] == "4997"
    assert deleted.headers["RateLimit-Remaining"] == "4996"
    assert deleted.headers["RateLimit-Policy"] == "5000;w=3600"


async def test_31st_login_is_refused_only_in_a_world_that_enforces_limits(
    alice: Caller, fake_clock: FakeClock
) -> None:
    for _ in range(40):
        assert (await alice.log_in(password="wrong")).status == 401
    fake_clock.advance(timedelta(minutes=5).total_seconds())
    await alice.world(enforceRateLimits=True)
    statuses = [(await alice.log_in()).status for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    refused = await alice.log_in()
    assert refused.ending == (429, "RateLimitExceeded")
    assert refused.headers["RateLimit-Policy"] == "30;w=300"
    # Another identifier has a quota of its own.
    assert (await alice.log_in(alice.did)).status == 200
    fake_clock.advance(timedelta(minutes=5).total_seconds())
    assert (await alice.log_in()).status == 200


@pytest.mark.parametrize("body", [{"password": "x"}, {"identifier": 3, "password": "x"}])
async def test_login_that_says_not_who_it_is_counts_by_address(
    alice: Caller, body: Mapping[str, Any]
) -> None:
    answer = await alice.procedure(SERVER + "createSession", **body)
    assert answer.ending == (400, "InvalidRequest")
    assert answer.headers["RateLimit-Remaining"] == "29"


@pytest.mark.parametrize(
    ("status", "login", "call"),
    [
        ("takendown", (401, "AccountTakedown"), (401, "AccountTakedown")),
        ("deactivated", (200, None), (401, "AccountDeactivated")),
    ],
)
async def test_account_that_is_not_active_is_refused(
    alice: Caller, status: str, login: tuple[int, str | None], call: tuple[int, str | None]
) -> None:
    await alice.world(accounts=[{"handle": "alice.bsky.test", "status": status}])
    session = await alice.log_in()
    assert session.ending == login
    if session.status == 200:
        assert (session.body["active"], session.body["status"]) == (False, status)
    assert (await alice.post()).ending == call


async def test_main_password_with_a_second_factor_wants_it(alice: Caller) -> None:
    await alice.world(accounts=[{"handle": "alice.bsky.test", "emailAuthFactor": True}])
    main = await alice.log_in("alice.bsky.test", "main-password-of-alice")
    assert main.ending == (401, "AuthFactorTokenRequired")
    assert (await alice.log_in()).status == 200


async def test_directory_says_that_an_account_is_gone(alice: Caller) -> None:
    await alice.world(accounts=[{"handle": "alice.bsky.test", "status": "tombstoned"}])
    assert (await alice.send("GET", f"/bluesky/{alice.did}")).status == 410


async def test_json_of_over_a_million_bytes_is_refused(alice: Caller) -> None:
    assert (await alice.post("a" * 1_000_000)).ending == (413, "PayloadTooLargeError")


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"'])
async def test_body_that_is_no_json_object_is_refused(alice: Caller, body: bytes) -> None:
    path = f"/bluesky/xrpc/{REPO}createRecord"
    headers = {"Content-Type": "application/json"}
    answer = await alice.send("POST", path, alice.access, data=body, headers=headers)
    assert answer.status == 400


async def test_blob_over_the_limit_of_this_world_is_refused(alice: Caller) -> None:
    await alice.world(blobUploadLimit=len(GIF) - 1)
    assert (await alice.upload(GIF)).ending == (413, "PayloadTooLarge")
    described = await alice.query(SERVER + "describeServer")
    assert described.body["blobUploadLimit"] == len(GIF) - 1


async def test_blob_is_forgotten_with_the_last_record_that_names_it(alice: Caller) -> None:
    blob = (await alice.upload(GIF)).body["blob"]
    images = {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": ""}]}
    assert (await alice.post(rkey=KEY, embed=images)).status == 200
    await alice.procedure(
        REPO + "deleteRecord", alice.access, repo=alice.did, collection=POST, rkey=KEY
    )
    assert (await alice.post(embed=images)).ending == (400, "BlobNotFound")


async def test_gallery_takes_more_than_four_images_and_wants_their_shape(alice: Caller) -> None:
    blob = (await alice.upload(GIF)).body["blob"]
    item = {"$type": "app.bsky.embed.gallery#image", "image": blob, "alt": ""}
    shaped = {**item, "aspectRatio": {"width": 1, "height": 1}}
    gallery = {"$type": "app.bsky.embed.gallery", "items": [shaped] * 5}
    assert (await alice.post(embed=gallery)).status == 200
    refused = await alice.post(embed={**gallery, "items": [item]})
    assert refused.ending == (400, "InvalidRequest")
    assert "aspectRatio" in refused.body["message"]
    assert (await alice.post(embed={**gallery, "items": [shaped] * 21})).status == 400
