"""The simulated video service: jobs that advance, stick and fail, and who may ask."""

from datetime import timedelta
from urllib.parse import quote

from tests.clock import FakeClock
from tests.platforms.bluesky.caller import MP4, VIDEO, Caller


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


async def test_service_token_expires(alice: Caller, fake_clock: FakeClock) -> None:
    token = await alice.vouched()
    fake_clock.advance(timedelta(seconds=61).total_seconds())
    assert (await alice.upload_video(token=token)).ending == (400, "ExpiredToken")


async def test_job_of_nobody_is_refused(alice: Caller) -> None:
    answer = await alice.query(VIDEO + "getJobStatus", jobId="nothing")
    assert answer.ending == (400, "InvalidRequest")
