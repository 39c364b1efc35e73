"""The Bluesky simulator over real HTTP: its faults, its limits, its video service, its worlds.

That it answers as a real PDS does is shown in `tests/realpeers/test_simulator_agrees.py`.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from letmepost.platform_kit.simulator import Simulation
from letmepost.platform_kit.simulator_server import running_simulators
from letmepost.platforms.bluesky.simulator import create_simulator

SERVER = "com.atproto.server."
REPO = "com.atproto.repo."
VIDEO = "app.bsky.video."
POST = "app.bsky.feed.post"
KEY = "3mabcdefghi22"
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;"
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


class PastClock:
    """A clock that can be set."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@dataclass
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def ending(self) -> tuple[int, str | None]:
        """The status and the name of the error."""
        return self.status, self.body.get("error") if isinstance(self.body, dict) else None


@dataclass
class Caller:
    """One publisher's view of the simulator, logged in as Alice."""

    http: aiohttp.ClientSession
    simulation: Simulation
    tokens: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, token: str | None = None, **given: Any) -> Answer:
        headers = dict(given.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        url = self.simulation.url + path
        async with self.http.request(method, url, headers=headers, **given) as answer:
            raw = await answer.read()
            is_json = "json" in answer.headers.get("content-type", "")
            return Answer(answer.status, json.loads(raw) if is_json else raw, answer.headers)

    async def query(self, nsid: str, token: str | None = None, **params: str) -> Answer:
        return await self.send("GET", f"/bluesky/xrpc/{nsid}", token, params=params)

    async def procedure(self, nsid: str, token: str | None = None, **body: Any) -> Answer:
        return await self.send("POST", f"/bluesky/xrpc/{nsid}", token, json=body)

    async def log_in(self, identifier: str = "", password: str = "") -> Answer:
        account = self.simulation.accounts["bluesky"]
        answer = await self.procedure(
            SERVER + "createSession",
            identifier=identifier or account["identifier"],
            password=password or account["appPassword"],
        )
        if answer.status == 200:
            self.tokens = {name: answer.body[name] for name in ("accessJwt", "refreshJwt", "did")}
        return answer

    @property
    def access(self) -> str:
        return self.tokens["accessJwt"]

    @property
    def did(self) -> str:
        return self.tokens["did"]

    async def refresh(self) -> Answer:
        path = f"/bluesky/xrpc/{SERVER}refreshSession"
        answer = await self.send("POST", path, self.tokens["refreshJwt"])
        if answer.status == 200:
            self.tokens |= {name: answer.body[name] for name in ("accessJwt", "refreshJwt")}
        return answer

    async def post(self, text: str = "hi", rkey: str | None = None, **fields: Any) -> Answer:
        record = {"$type": POST, "text": text, "createdAt": "2026-11-24T10:00:00Z", **fields}
        key = {} if rkey is None else {"rkey": rkey}
        return await self.procedure(
            REPO + "createRecord", self.access, repo=self.did, collection=POST, record=record, **key
        )

    async def read(self, rkey: str = KEY) -> Answer:
        return await self.query(REPO + "getRecord", repo=self.did, collection=POST, rkey=rkey)

    async def upload(self, data: bytes, content_type: str = "image/gif") -> Answer:
        path = f"/bluesky/xrpc/{REPO}uploadBlob"
        headers = {"Content-Type": content_type}
        return await self.send("POST", path, self.access, data=data, headers=headers)

    async def fault(self, name: str, **fields: Any) -> None:
        body = {"platform": "bluesky", "fault": name, **fields}
        assert (await self.send("POST", "/_simulator/faults", json=body)).status == 201

    async def world(self, **body: Any) -> Answer:
        return await self.send("POST", "/_simulator/world", json={"platform": "bluesky", **body})

    async def timeline(self) -> Any:
        return (await self.send("GET", "/_simulator/timeline")).body

    async def vouched(self, method: str = REPO + "uploadBlob", **given: str) -> str:
        audience = given.get("aud", "did:web:127.0.0.1")
        answer = await self.query(SERVER + "getServiceAuth", self.access, aud=audience, lxm=method)
        token: str = answer.body["token"]
        return token

    async def upload_video(self, data: bytes = MP4, token: str | None = None) -> Answer:
        query = f"did={quote(self.did)}&name=film.mp4"
        return await self.send(
            "POST",
            f"/bluesky/xrpc/{VIDEO}uploadVideo?{query}",
            await self.vouched() if token is None else token,
            data=data,
            headers={"Content-Type": "video/mp4"},
        )

    async def poll(self, job_id: str) -> Any:
        return (await self.query(VIDEO + "getJobStatus", jobId=job_id)).body["jobStatus"]


@pytest.fixture
def clock() -> PastClock:
    return PastClock()


@pytest.fixture
async def alice(clock: PastClock) -> AsyncIterator[Caller]:
    async with (
        running_simulators([create_simulator(clock)]) as simulation,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        caller = Caller(http, simulation)
        assert (await caller.log_in()).status == 200
        yield caller


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


# Tokens


async def test_access_token_expires_after_two_hours(alice: Caller, clock: PastClock) -> None:
    clock.at += timedelta(hours=2, seconds=-1)
    assert (await alice.post()).status == 200
    clock.at += timedelta(seconds=1)
    assert (await alice.post()).ending == (400, "ExpiredToken")
    assert (await alice.refresh()).status == 200
    assert (await alice.post()).status == 200


async def test_old_refresh_token_works_for_two_hours_more(alice: Caller, clock: PastClock) -> None:
    old = dict(alice.tokens)
    assert (await alice.refresh()).status == 200
    clock.at += timedelta(hours=1, minutes=59)
    alice.tokens = dict(old)
    assert (await alice.refresh()).status == 200
    clock.at += timedelta(minutes=1)
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


# No double posts


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


# Errors in the platform's own words


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
    alice: Caller, clock: PastClock
) -> None:
    await alice.fault("status", status=429)
    headers = (await alice.post()).headers
    assert headers["RateLimit-Limit"] == "3000"
    assert headers["RateLimit-Remaining"] == "0"
    assert headers["RateLimit-Reset"] == str(int(clock.at.timestamp()) + 300)
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
    alice: Caller, clock: PastClock
) -> None:
    for _ in range(40):
        assert (await alice.log_in(password="wrong")).status == 401
    clock.at += timedelta(minutes=5)
    await alice.world(enforceRateLimits=True)
    statuses = [(await alice.log_in()).status for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    refused = await alice.log_in()
    assert refused.ending == (429, "RateLimitExceeded")
    assert refused.headers["RateLimit-Policy"] == "30;w=300"
    # Another identifier has a quota of its own.
    assert (await alice.log_in(alice.did)).status == 200
    clock.at += timedelta(minutes=5)
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


# Video


async def test_video_becomes_a_blob_after_some_polls(alice: Caller) -> None:
    accepted = await alice.upload_video()
    assert accepted.body["state"] == "JOB_STATE_CREATED"
    states = []
    while "blob" not in (status := await alice.poll(accepted.body["jobId"])):
        states.append(status["state"])
    assert states == ["JOB_STATE_ENCODING", "JOB_STATE_SCANNING", "JOB_STATE_UPLOADING"]
    assert status["state"] == "JOB_STATE_COMPLETED"
    assert status["blob"]["size"] == len(MP4)
    video = {"$type": "app.bsky.embed.video", "video": status["blob"], "alt": "a film"}
    assert (await alice.post(embed=video)).status == 200
    (entry,) = await alice.timeline()
    assert [(each["mimeType"], each["alt"]) for each in entry["media"]] == [("video/mp4", "a film")]


async def test_same_video_again_is_already_there(alice: Caller) -> None:
    job_id = (await alice.upload_video()).body["jobId"]
    for _ in range(4):
        done = await alice.poll(job_id)
    again = await alice.upload_video()
    assert again.ending == (409, "already_exists")
    assert (again.body["jobId"], again.body["state"]) == (job_id, "JOB_STATE_COMPLETED")
    assert done == await alice.poll(job_id)


async def test_stuck_container_never_finishes(alice: Caller) -> None:
    await alice.fault("container_stuck")
    job_id = (await alice.upload_video()).body["jobId"]
    assert {(await alice.poll(job_id))["state"] for _ in range(6)} == {"JOB_STATE_CREATED"}
    other_id = (await alice.upload_video(MP4 + b"other")).body["jobId"]
    assert (await alice.poll(other_id))["state"] == "JOB_STATE_ENCODING"


async def test_container_error_fails_the_job_with_its_message(alice: Caller) -> None:
    job_id = (await alice.upload_video()).body["jobId"]
    await alice.fault("container_error", message="no frames")
    failed = await alice.poll(job_id)
    assert failed["state"] == "JOB_STATE_FAILED"
    assert (failed["message"], failed["failureCode"]) == ("no frames", "encoding_failure")
    # A file that failed may be tried anew.
    assert (await alice.upload_video()).body["state"] == "JOB_STATE_CREATED"
    assert (await alice.poll(job_id))["state"] == "JOB_STATE_ENCODING"


async def test_what_is_no_video_fails_validation(alice: Caller) -> None:
    job_id = (await alice.upload_video(b"not a film at all")).body["jobId"]
    assert (await alice.poll(job_id))["failureCode"] == "validation_failure"


async def test_video_needs_a_confirmed_email(alice: Caller) -> None:
    await alice.world(accounts=[{"handle": "alice.bsky.test", "emailConfirmed": False}])
    refused = await alice.upload_video()
    assert refused.body["jobStatus"]["error"] == "unconfirmed_email"
    token = await alice.vouched(VIDEO + "getUploadLimits", aud="did:web:video.bsky.app")
    limits = await alice.query(VIDEO + "getUploadLimits", token)
    assert limits.body["canUpload"] is False


async def test_upload_limits_count_what_was_uploaded(alice: Caller) -> None:
    await alice.upload_video()
    token = await alice.vouched(VIDEO + "getUploadLimits", aud="did:web:video.bsky.app")
    limits = await alice.query(VIDEO + "getUploadLimits", token)
    assert limits.body == {
        "canUpload": True,
        "remainingDailyVideos": 24,
        "remainingDailyBytes": 10_000_000_000 - len(MP4),
    }


async def test_video_service_wants_a_token_for_itself(alice: Caller) -> None:
    assert (await alice.upload_video(token=alice.access)).ending == (400, "InvalidToken")
    wrong_method = await alice.vouched(VIDEO + "getUploadLimits")
    assert (await alice.upload_video(token=wrong_method)).ending == (401, "BadJwtLexiconMethod")
    elsewhere = await alice.vouched(aud="did:web:elsewhere.test")
    assert (await alice.upload_video(token=elsewhere)).ending == (401, "BadJwtAudience")


async def test_service_token_may_name_the_pds_with_its_port_and_path(alice: Caller) -> None:
    host = quote(alice.simulation.url.removeprefix("http://"), safe="")
    for audience in (f"did:web:{host}", f"did:web:{host}:bluesky"):
        token = await alice.vouched(aud=audience)
        assert (await alice.upload_video(token=token)).status == 200


async def test_service_token_expires(alice: Caller, clock: PastClock) -> None:
    token = await alice.vouched()
    clock.at += timedelta(seconds=61)
    assert (await alice.upload_video(token=token)).ending == (400, "ExpiredToken")


async def test_job_of_nobody_is_refused(alice: Caller) -> None:
    answer = await alice.query(VIDEO + "getJobStatus", jobId="nothing")
    assert answer.ending == (400, "InvalidRequest")


# Worlds and the timeline


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
