"""The Bluesky simulator's sessions, worlds and timeline, over real HTTP.

That it answers as a real PDS does is shown in `tests/realpeers/test_simulator_agrees.py`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.bluesky.simulator import create_simulator
from tests.clock import FakeClock
from tests.platforms.bluesky.caller import KEY, POST, REPO, Caller

GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"


def test_settings_point_every_host_at_the_simulator() -> None:
    assert create_simulator().settings("http://127.0.0.1:9100/bluesky") == {
        "LETMEPOST_BLUESKY_API_URL": "http://127.0.0.1:9100/bluesky",
        "LETMEPOST_BLUESKY_PLC_URL": "http://127.0.0.1:9100/bluesky",
        "LETMEPOST_BLUESKY_VIDEO_URL": "http://127.0.0.1:9100/bluesky",
    }


async def test_session_names_the_simulator_as_the_accounts_pds(alice: Caller) -> None:
    session = await alice.log_in()
    (service,) = session.body["didDoc"]["service"]
    assert service["serviceEndpoint"] == f"{alice.simulation.url}/bluesky"
    directory = await alice.send("GET", f"/bluesky/{alice.did}")
    assert directory.body == session.body["didDoc"]


async def test_app_password_has_the_real_form(alice: Caller) -> None:
    account = alice.simulation.accounts["bluesky"]
    groups = str(account["appPassword"]).split("-")
    assert [len(group) for group in groups] == [4, 4, 4, 4]


async def test_access_token_expires_after_two_hours(alice: Caller, fake_clock: FakeClock) -> None:
    fake_clock.advance(timedelta(hours=2, seconds=-1).total_seconds())
    assert (await alice.post()).status == 200
    fake_clock.advance(timedelta(seconds=1).total_seconds())
    assert (await alice.post()).ending == (400, "ExpiredToken")
    assert (await alice.refresh()).status == 200
    assert (await alice.post()).status == 200


async def test_old_refresh_token_works_for_two_hours_more(
    alice: Caller, fake_clock: FakeClock
) -> None:
    old = dict(alice.tokens)
    assert (await alice.refresh()).status == 200
    fake_clock.advance(timedelta(hours=1, minutes=59).total_seconds())
    alice.tokens = dict(old)
    assert (await alice.refresh()).status == 200
    fake_clock.advance(timedelta(minutes=1).total_seconds())
    alice.tokens = dict(old)
    refused = await alice.refresh()
    assert refused.ending == (400, "ExpiredToken")
    assert refused.body["message"] == "Token has been revoked"


async def test_token_of_another_simulator_is_refused(alice: Caller) -> None:
    async with running_simulators([create_simulator()]) as other:
        stranger = Caller(alice.http, other, dict(alice.tokens))
        assert (await stranger.post()).ending == (400, "InvalidToken")


async def test_expired_token_is_refused_with_400_until_it_is_refreshed(alice: Caller) -> None:
    await alice.fault("expired_token")
    assert (await alice.post()).ending == (400, "ExpiredToken")
    assert (await alice.post()).ending == (400, "ExpiredToken")
    assert (await alice.refresh()).status == 200
    assert (await alice.post()).status == 200
    assert len(await alice.timeline()) == 1


async def test_expired_token_does_not_touch_the_refresh_token_unless_routed(alice: Caller) -> None:
    await alice.fault("expired_token")
    assert (await alice.refresh()).status == 200
    await alice.fault("expired_token", route="refreshSession")
    assert (await alice.refresh()).ending == (400, "ExpiredToken")
    assert (await alice.log_in()).status == 200


async def test_revoked_token_ends_session_and_app_password(alice: Caller) -> None:
    await alice.fault("revoked_token")
    assert (await alice.post()).ending == (400, "ExpiredToken")
    assert (await alice.refresh()).ending == (400, "ExpiredToken")
    assert (await alice.log_in()).ending == (401, "AuthenticationRequired")
    main = await alice.log_in("alice.bsky.test", "main-password-of-alice")
    assert main.status == 200


@pytest.mark.parametrize("step", ["log_in", "refresh"])
async def test_revoked_token_is_noticed_wherever_it_is_used_first(alice: Caller, step: str) -> None:
    await alice.fault("revoked_token")
    assert (await getattr(alice, step)()).status in (400, 401)
    assert (await alice.log_in()).ending == (401, "AuthenticationRequired")


async def test_new_app_password_mends_what_was_revoked(alice: Caller) -> None:
    await alice.fault("revoked_token")
    await alice.post()
    made = await alice.world(
        accounts=[{"handle": "alice.bsky.test", "appPassword": "abcd-efgh-2345-6722"}]
    )
    assert made.body["accounts"][0]["did"] == alice.did
    assert (await alice.log_in(password="abcd-efgh-2345-6722")).status == 200


async def test_reset_keeps_tokens_of_the_default_account(alice: Caller) -> None:
    await alice.post()
    await alice.send("POST", "/_simulator/reset")
    assert await alice.timeline() == []
    assert (await alice.post()).status == 200
    assert (await alice.refresh()).ending == (400, "ExpiredToken")


async def test_post_whose_answer_was_lost_can_be_found_by_its_key(alice: Caller) -> None:
    await alice.fault("cut_after_commit", route="createRecord")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await alice.post(rkey=KEY)
    assert (await alice.read()).status == 200
    assert (await alice.post(rkey=KEY)).ending == (500, "InternalServerError")
    assert len(await alice.timeline()) == 1


async def test_post_that_never_arrived_is_surely_absent(alice: Caller) -> None:
    await alice.fault("cut_before_commit", route="createRecord")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await alice.post(rkey=KEY)
    assert (await alice.read()).ending == (400, "RecordNotFound")
    assert (await alice.post(rkey=KEY)).status == 200


async def test_hidden_history_reads_back_as_if_nothing_were_there(alice: Caller) -> None:
    await alice.post(rkey=KEY)
    await alice.fault("hide_history", times=2)
    assert (await alice.read()).ending == (400, "RecordNotFound")
    listed = await alice.query(REPO + "listRecords", repo=alice.did, collection=POST)
    assert listed.body == {"records": []}
    assert (await alice.read()).status == 200


async def test_keys_made_by_the_server_sort_by_time(alice: Caller) -> None:
    uris = [(await alice.post()).body["uri"] for _ in range(3)]
    assert uris == sorted(set(uris))


async def test_world_adds_an_account_that_can_be_used_at_once(alice: Caller) -> None:
    made = (await alice.world(accounts=[{"handle": "Bob.bsky.test"}])).body["accounts"][0]
    assert made["handle"] == "bob.bsky.test"
    assert (await alice.log_in(made["handle"], made["appPassword"])).status == 200
    assert (await alice.log_in(made["email"], made["password"])).status == 200
    assert alice.did == made["did"]
    found = await alice.send("GET", "/bluesky/.well-known/atproto-did?handle=bob.bsky.test")
    assert found.body.decode() == made["did"]


@pytest.mark.parametrize(
    "body",
    [
        {"people": []},
        {"accounts": {}},
        {"accounts": ["bob"]},
        {"accounts": [{"handle": "no domain"}]},
        {"accounts": [{"handle": "bob.bsky.test", "did": "bob"}]},
        {"accounts": [{"handle": "bob.bsky.test", "colour": "red"}]},
        {"accounts": [{"handle": "bob.bsky.test", "email": 3}]},
        {"accounts": [{"handle": "bob.bsky.test", "emailConfirmed": "yes"}]},
        {"accounts": [{"handle": "bob.bsky.test", "status": "asleep"}]},
        {"enforceRateLimits": 1},
        {"blobUploadLimit": "much"},
        {"blobUploadLimit": -1},
    ],
)
async def test_wrong_world_is_refused_with_a_sentence(
    alice: Caller, body: Mapping[str, Any]
) -> None:
    refused = await alice.world(**body)
    assert refused.status == 400
    assert refused.body["error"].endswith(".")


async def test_timeline_shows_a_post_with_its_image(alice: Caller) -> None:
    blob = (await alice.upload(GIF)).body["blob"]
    images = {"$type": "app.bsky.embed.images", "images": [{"image": blob, "alt": "a dot"}]}
    uri = (await alice.post("with a dot", embed=images)).body["uri"]
    (entry,) = await alice.timeline()
    (medium,) = entry.pop("media")
    assert entry == {
        "platform": "bluesky",
        "account": "alice.bsky.test",
        "id": uri,
        "text": "with a dot",
        "createdAt": "2026-11-24T10:00:00Z",
    }
    assert (medium["mimeType"], medium["sizeBytes"], medium["alt"]) == ("image/gif", 14, "a dot")
    assert (await alice.send("GET", medium["url"])).body == GIF


async def test_timeline_puts_the_later_of_two_posts_of_one_moment_first(alice: Caller) -> None:
    await alice.post("one")
    await alice.post("two")
    assert [entry["text"] for entry in await alice.timeline()] == ["two", "one"]


async def test_gate_is_no_post_on_the_timeline(alice: Caller) -> None:
    gate = {
        "$type": "app.bsky.feed.threadgate",
        "post": f"at://{alice.did}/{POST}/{KEY}",
        "createdAt": "2026-11-24T10:00:00Z",
    }
    made = await alice.procedure(
        REPO + "createRecord",
        alice.access,
        repo=alice.did,
        collection="app.bsky.feed.threadgate",
        rkey=KEY,
        record=gate,
    )
    assert made.status == 200
    assert await alice.timeline() == []
