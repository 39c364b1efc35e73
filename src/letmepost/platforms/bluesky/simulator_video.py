"""The simulated video service: takes an mp4, works on it for a few polls, stores it as a blob."""

import hashlib
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator_faults import Faults
from letmepost.platforms.bluesky.simulator_accounts import (
    Account,
    Accounts,
    Blob,
    bearer_token,
    service_did,
    service_dids,
)
from letmepost.platforms.bluesky.simulator_cid import blob_cid
from letmepost.platforms.bluesky.simulator_lexicon import DID
from letmepost.platforms.bluesky.simulator_records import sniffed
from letmepost.platforms.bluesky.simulator_xrpc import (
    JsonObject,
    XrpcError,
    invalid,
    required_param,
    shown,
)

VIDEO_LIMIT_BYTES: Final = 300_000_000

_UPLOAD: Final = "com.atproto.repo.uploadBlob"
_LIMITS: Final = "app.bsky.video.getUploadLimits"
_PROTECTED: Final = frozenset(
    {
        "com.atproto.server.createAppPassword",
        "com.atproto.server.deactivateAccount",
        "com.atproto.server.deleteAccount",
        "com.atproto.server.updateEmail",
    }
)
_STATES: Final = ("CREATED", "ENCODING", "SCANNING", "UPLOADING", "COMPLETED")
_DAILY_VIDEOS: Final = 25
_DAILY_BYTES: Final = 10_000_000_000
_KEPT_BYTES: Final = 16 * 1024 * 1024
_LONGEST_TOKEN_SECONDS: Final = 3600
_LONGEST_METHODLESS_SECONDS: Final = 60


@dataclass
class VideoJob:
    """One uploaded video and how far the service has come with it."""

    id: str
    account: Account
    blob: Blob
    step: int = 0
    stuck: bool = False
    failure: str | None = None
    failure_code: str = "encoding_failure"

    def advance(self) -> None:
        """Come one state further, unless the job is stuck or over."""
        last = len(_STATES) - 1
        if self.stuck or self.failure is not None or self.step == last:
            return
        self.step += 1
        if self.step == last:
            self.account.blobs.setdefault(self.blob.cid, self.blob)

    def described(self) -> JsonObject:
        """Write the job's status."""
        status: JsonObject = {"jobId": self.id, "did": self.account.did}
        if self.failure is not None:
            return {
                **status,
                "state": "JOB_STATE_FAILED",
                "error": self.failure,
                "failureCode": self.failure_code,
                "message": self.failure,
            }
        last = len(_STATES) - 1
        status["state"] = f"JOB_STATE_{_STATES[self.step]}"
        status["progress"] = 100 * self.step // last
        return {**status, "blob": self.blob.described()} if self.step == last else status


class VideoService:
    """The `app.bsky.video.*` methods, and the tokens by which a PDS vouches for its callers."""

    def __init__(self, accounts: Accounts, clock: Clock, faults: Faults) -> None:
        self._accounts = accounts
        self._clock = clock
        self._faults = faults
        self._jobs: dict[str, VideoJob] = {}

    def clear(self) -> None:
        """Forget every job."""
        self._jobs.clear()

    async def get_service_auth(self, request: Request) -> Response:
        """Vouch for the caller to another service, for one method."""
        account = self._accounts.authenticated(request)
        audience = required_param(request, "aud")
        if not DID.fullmatch(audience.partition("#")[0]):
            raise invalid(f"Invalid DID (got {shown(audience)}) at $.aud")
        method = request.query_params.get("lxm")
        if method in _PROTECTED:
            reason = f"for the following protected method: {method}"
            raise invalid(f"cannot request a service auth token {reason}")
        now = int(self._clock.now().timestamp())
        expires_at = now + _LONGEST_METHODLESS_SECONDS
        if (asked := request.query_params.get("exp")) is not None:
            if not asked.isdecimal():
                raise invalid("exp must be an integer")
            expires_at = int(asked)
        _check_expiration(expires_at - now, method)
        claims: JsonObject = {"iat": now, "iss": account.did, "aud": audience, "exp": expires_at}
        if method is not None:
            claims["lxm"] = method
        return JSONResponse({"token": self._accounts.signed("JWT", claims)})

    async def get_upload_limits(self, request: Request) -> Response:
        """Tell how much may still be uploaded today."""
        # did:web:video.bsky.app, or the simulator that stands in for it.
        account = self._vouched(request, _LIMITS, {"did:web:video.bsky.app"})
        if not account.email_confirmed:
            message = "Please verify your email to upload videos"
            body = {"canUpload": False, "error": "unconfirmed_email", "message": message}
            return JSONResponse(body)
        uploaded = [job.blob for job in self._jobs.values() if job.account is account]
        size_bytes = sum(blob.size_bytes for blob in uploaded)
        return JSONResponse(
            {
                "canUpload": True,
                "remainingDailyVideos": max(0, _DAILY_VIDEOS - len(uploaded)),
                "remainingDailyBytes": max(0, _DAILY_BYTES - size_bytes),
            }
        )

    async def upload_video(self, request: Request) -> Response:
        """Take a video in and begin a job; the answer is the bare status, as in practice."""
        account = self._vouched(request, _UPLOAD, set())
        if required_param(request, "did") != account.did:
            raise XrpcError("InvalidToken", "did does not match the token's issuer", 401)
        required_param(request, "name")
        if request.headers.get("content-type") != "video/mp4":
            raise invalid("Content-Type must be video/mp4")
        if not account.email_confirmed:
            message = "Please verify your email to upload videos"
            status = {"jobId": "", "did": account.did, "state": "JOB_STATE_FAILED"}
            status |= {"error": "unconfirmed_email", "message": message}
            return JSONResponse({"jobStatus": status}, status_code=400)
        blob = await _read_video(request)
        # The service knows a video again by its bytes.
        job_id = hashlib.sha256(f"{account.did} {blob.cid}".encode()).hexdigest()[:20]
        known = self._jobs.get(job_id)
        if known is not None and known.step == len(_STATES) - 1:
            done = {"error": "already_exists", "message": "Video already processed"}
            return JSONResponse({**known.described(), **done}, status_code=409)
        job = self._jobs[job_id] = VideoJob(job_id, account, blob)
        if sniffed(blob.content or b"") != "video/mp4":
            job.failure, job.failure_code = "not a video", "validation_failure"
        self._misbehave(job, request)
        return JSONResponse({"jobId": job_id, "did": account.did, "state": "JOB_STATE_CREATED"})

    async def get_job_status(self, request: Request) -> Response:
        """Tell how far a job is; every poll brings it one state further."""
        job = self._jobs.get(required_param(request, "jobId"))
        if job is None:
            raise invalid("Job not found")
        self._misbehave(job, request)
        job.advance()
        return JSONResponse({"jobStatus": job.described()})

    def _misbehave(self, job: VideoJob, request: Request) -> None:
        path = request.url.path
        if self._faults.take(path, "container_stuck"):
            job.stuck = True
        if fault := self._faults.take(path, "container_error"):
            job.failure = fault.message or "The video could not be encoded"

    def _vouched(self, request: Request, method: str, audiences: set[str]) -> Account:
        kind, claims = self._accounts.verified(bearer_token(request))
        if kind != "JWT":
            raise XrpcError("InvalidToken", "Invalid token type")
        if claims.get("lxm") != method:
            raise XrpcError("BadJwtLexiconMethod", f"Token must be for {method}", 401)
        if claims["aud"] not in service_dids(request) | audiences:
            expected = service_did(request)
            raise XrpcError("BadJwtAudience", f"Token must be for {expected}", 401)
        account = self._accounts.find(claims["iss"])
        if account is None:
            raise XrpcError("AccountNotFound", "Account not found", 403)
        return account


async def _read_video(request: Request) -> Blob:
    digest, size_bytes = hashlib.sha256(), 0
    kept = bytearray()
    async for chunk in request.stream():
        size_bytes += len(chunk)
        if size_bytes > VIDEO_LIMIT_BYTES:
            raise XrpcError("VideoTooLarge", "Video exceeds the maximum size")
        digest.update(chunk)
        # A long video is kept by its beginning alone, which is enough to tell its type.
        if len(kept) < _KEPT_BYTES:
            kept += chunk
    return Blob(blob_cid(digest.digest()), "video/mp4", size_bytes, bytes(kept))


def _check_expiration(seconds: int, method: str | None) -> None:
    if seconds < 0:
        raise XrpcError("BadExpiration", "expiration is in past")
    if seconds > _LONGEST_TOKEN_SECONDS:
        message = "cannot request a token with an expiration more than an hour in the future"
        raise XrpcError("BadExpiration", message)
    if method is None and seconds > _LONGEST_METHODLESS_SECONDS:
        message = (
            "cannot request a method-less token with an expiration more than a minute in the future"
        )
        raise XrpcError("BadExpiration", message)
