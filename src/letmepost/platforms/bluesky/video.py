"""Video: uploaded to the video service, turned into a stream there, then named in the post.

Source: https://docs.bsky.app/docs/tutorials/video.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from letmepost.platform_kit.http import Answer
from letmepost.platform_kit.outcome import Rejected, TryLater, Waiting
from letmepost.platform_kit.platform import AccountTask, PublishTask
from letmepost.platforms.bluesky.errors import (
    error_name,
    error_words,
    refusal,
    rejected,
    unavailable,
)
from letmepost.platforms.bluesky.rules import (
    EMAIL_VERIFIED,
    VIDEO_JOB_FAILED,
    VIDEO_QUOTA,
    VIDEO_SERVICE_MISSING,
    VIDEO_TRANSCODE_TIMEOUT,
)
from letmepost.platforms.bluesky.xrpc import AccountClient, RefusedError, bearer, method_url
from letmepost.preflight.rule import Rule

TOKEN_LIFE = timedelta(minutes=30)
UPLOAD_DEADLINE_SECONDS = 600.0
LOOK_AFTER_SECONDS = 5.0
TRANSCODE_DEADLINE_SECONDS = 1800.0
TOMORROW_SECONDS = 24 * 3600.0
UPLOADS = 2


@dataclass(frozen=True)
class NotReadyError(Exception):
    """The stream is not finished; the attempt ends in `waiting`."""

    waiting: Waiting


def _refused(rule: Rule, actual: object, response: Any = None) -> RefusedError:  # noqa: ANN401 - JSON
    error = rejected(rule.message.format(actual=actual), response, rule=rule.id)
    error.message = rule.message.format(actual=actual)
    error.remediation = rule.remediation
    return RefusedError(Rejected(error=error))


def _later(
    rule: Rule,
    actual: object,
    seconds: float | None,
    response: Any = None,  # noqa: ANN401 - JSON
) -> RefusedError:
    error = unavailable(rule.message.format(actual=actual), response)
    error.rule, error.message = rule.id, rule.message.format(actual=actual)
    error.remediation = rule.remediation
    return RefusedError(TryLater(error=error, retry_after_seconds=seconds))


async def _service_token(task: AccountTask, client: AccountClient, audience: str, lxm: str) -> str:
    document = await client.needed(
        "com.atproto.server.getServiceAuth",
        {"aud": audience, "lxm": lxm, "exp": str(int((task.now + TOKEN_LIFE).timestamp()))},
    )
    token = str(document.get("token", ""))
    task.upstream.secrets.add(token)
    return token


def _did_web(url: str) -> str:
    parts = urlsplit(url)
    port = f"%3A{parts.port}" if parts.port else ""
    return f"did:web:{parts.hostname}{port}"


def _job(answer: Answer) -> Mapping[str, Any]:
    """The job's status; the service answers it bare, the lexicon wraps it."""
    document = answer.document if isinstance(answer.document, dict) else {}
    inner = document.get("jobStatus")
    return inner if isinstance(inner, dict) else document


def has_video_service(task: AccountTask) -> bool:
    """Whether the server is set up with one."""
    return task.settings.video_url not in ("", "off")


async def upload_limits(task: AccountTask, client: AccountClient) -> Answer:
    """Ask what is left of the day; raise `RefusedError` where the server gives no token for it."""
    service: str = task.settings.video_url
    method = "app.bsky.video.getUploadLimits"
    token = await _service_token(task, client, _did_web(service), method)
    return await task.upstream.request("GET", method_url(service, method), headers=bearer(token))


async def _check_quota(task: PublishTask, client: AccountClient) -> None:
    answer = await upload_limits(task, client)
    if not answer.ok and isinstance(later := refusal(answer, task.now), TryLater):
        raise RefusedError(later)
    if not answer.ok:
        raise _refused(VIDEO_SERVICE_MISSING, error_words(answer), answer.shown())
    limits = answer.document if isinstance(answer.document, dict) else {}
    if limits.get("canUpload") is False:
        if limits.get("error") in ("unconfirmed_email", "UnconfirmedEmail"):
            raise _refused(EMAIL_VERIFIED, "", answer.shown())
        reason = limits.get("message") or "the day's quota"
        raise _later(VIDEO_QUOTA, reason, TOMORROW_SECONDS, answer.shown())


async def _upload(task: PublishTask, client: AccountClient) -> Mapping[str, Any]:
    service: str = task.settings.video_url
    audience = _did_web(client.server)
    token = await _service_token(task, client, audience, "com.atproto.repo.uploadBlob")
    source = task.media[0]
    did = task.account_details["did"]
    answer = await task.upstream.request(
        "POST",
        f"{method_url(service, 'app.bsky.video.uploadVideo')}"
        f"?did={quote(did, safe='')}&name={task.publication_id}.mp4",
        headers={
            **bearer(token),
            "Content-Type": source.facts.content_type,
            "Content-Length": str(source.facts.size_bytes),
        },
        body=source.stream(),
        deadline_seconds=UPLOAD_DEADLINE_SECONDS,
    )
    job = _job(answer)
    # The same bytes sent before are no failure: the job of then is named.
    if job.get("jobId") and (answer.ok or job.get("error") == "already_exists"):
        return job
    name = str(job.get("error") or error_name(answer))
    if name in ("unconfirmed_email", "UploadForbidden", "uploads_disabled"):
        raise _refused(EMAIL_VERIFIED, "", answer.shown())
    if name == "DailyLimitExceeded":
        raise _later(VIDEO_QUOTA, error_words(answer), TOMORROW_SECONDS, answer.shown())
    if 400 <= answer.status < 500 and answer.status != 429:  # noqa: PLR2004 - HTTP's classes
        raise _refused(VIDEO_JOB_FAILED, error_words(answer), answer.shown())
    raise RefusedError(TryLater(error=unavailable(error_words(answer), answer.shown())))


async def ready_blob(task: PublishTask, client: AccountClient) -> Mapping[str, Any]:
    """The blob of the finished stream.

    Raises `NotReadyError` while the service works, `RefusedError` when it gives up.
    """
    if not has_video_service(task):
        raise _refused(VIDEO_SERVICE_MISSING, "this server is set up without a video service")
    known = dict(task.checkpoint.get("video", {}))
    if "jobId" not in known:
        if not known:
            await _check_quota(task, client)
        job = await _upload(task, client)
        known = {
            "jobId": job["jobId"],
            "since": known.get("since", task.now.timestamp()),
            "uploads": known.get("uploads", 0) + 1,
        }
    else:
        answer = await task.upstream.request(
            "GET",
            method_url(task.settings.video_url, "app.bsky.video.getJobStatus"),
            params={"jobId": known["jobId"]},
        )
        job = _job(answer)
    if isinstance(job.get("blob"), dict):
        return dict(job["blob"])
    if job.get("state") == "JOB_STATE_FAILED":
        reason = job.get("failureCode") or job.get("error") or job.get("message") or "no reason"
        if reason == "validation_failure" or known["uploads"] >= UPLOADS:
            raise _refused(VIDEO_JOB_FAILED, reason, dict(job))
        known.pop("jobId")
    waited = task.now.timestamp() - known["since"]
    if waited > TRANSCODE_DEADLINE_SECONDS:
        raise _later(VIDEO_TRANSCODE_TIMEOUT, round(waited), None)
    raise NotReadyError(
        Waiting(
            checkpoint={**task.checkpoint, "video": known}, look_after_seconds=LOOK_AFTER_SECONDS
        )
    )
