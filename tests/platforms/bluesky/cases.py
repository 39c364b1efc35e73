"""The posts that Bluesky takes, and the failures that it documents.

Source of the answers: https://github.com/bluesky-social/atproto, packages/pds and xrpc-server.
"""

from collections.abc import Mapping
from typing import Any

from letmepost.content.errors import ErrorCode
from tests.clock import MIDDAY
from tests.media import samples
from tests.platforms.cases import Failure, File, Kind

CREATE = "com.atproto.repo.createRecord"
UPLOAD = "com.atproto.repo.uploadBlob"
# With what stands before it, since a call for a token names the method that it is for.
VIDEO = "/xrpc/app.bsky.video."


def picture(number: int = 1) -> File:
    content = samples.image("PNG", (8 + number, 8))
    return File(
        name=f"{number}.png", content_type="image/png", content=content, alt_text=f"Noise {number}"
    )


FILM = File(
    name="film.mp4",
    content_type="video/mp4",
    content=samples.video(frames=10),
    alt_text="Noise that moves",
)

KINDS = (
    Kind(name="text", text="Hello"),
    Kind(
        name="rich text",
        text="See https://example.com with @alice.bsky.test #letmepost",
        # Written here, since the page itself would be read from where no test may go.
        options={
            "card": {"uri": "https://example.com", "title": "Example", "description": "A page"}
        },
    ),
    Kind(name="languages", text="Bonjour", options={"langs": ["fr"]}),
    Kind(name="image", text="One", files=(picture(),)),
    Kind(name="image without text", files=(picture(),)),
    Kind(name="four images", text="Four", files=tuple(picture(n) for n in range(1, 5))),
    Kind(
        name="gallery",
        text="Six",
        files=tuple(picture(n) for n in range(1, 7)),
        options={"gallery": True},
    ),
    Kind(name="video", text="Film", files=(FILM,)),
)


def refusing(status: int, error: str, message: str, *, route: str = CREATE) -> Mapping[str, Any]:
    """A fault that answers as the server does: a name and a message."""
    body = {"error": error, "message": message}
    return {"fault": "status", "route": route, "status": status, "body": body}


def _lost(status: int, error: str, message: str) -> Failure:
    """A failure of the server on a call that creates: it may have been carried out."""
    return Failure(
        name=f"{status} {error}",
        fault=refusing(status, error, message),
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        state="unknown",
    )


def _no_account(status: int, error: str, message: str) -> Failure:
    return Failure(
        name=f"{status} {error}",
        fault=refusing(status, error, message),
        code=ErrorCode.PLATFORM_AUTH_FAILED,
        state="rejected",
    )


def _rejected(name: str, message: str, status: int = 400, error: str = "InvalidRequest") -> Failure:
    return Failure(
        name=name,
        fault=refusing(status, error, message),
        code=ErrorCode.PLATFORM_REJECTED,
        state="rejected",
    )


FAILURES = (
    Failure(
        name="a token that stays expired",
        fault={**refusing(400, "ExpiredToken", "Token has expired"), "times": 2},
        code=ErrorCode.PLATFORM_AUTH_FAILED,
        state="rejected",
    ),
    Failure(
        name="a token that stays invalid",
        fault={**refusing(400, "InvalidToken", "Bad token scope"), "times": 2},
        code=ErrorCode.PLATFORM_AUTH_FAILED,
        state="rejected",
    ),
    _no_account(401, "AuthenticationRequired", "Invalid identifier or password"),
    _no_account(401, "AuthFactorTokenRequired", "A sign in code has been sent"),
    _no_account(401, "AccountTakedown", "Account has been taken down"),
    _no_account(401, "AccountDeactivated", "Account is deactivated"),
    _no_account(401, "AuthMissing", "Authentication Required"),
    _no_account(403, "AccountNotFound", "Account not found"),
    _rejected(
        "a text that is too long",
        "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 312) "
        "at $.record.text",
    ),
    _rejected(
        "too many images",
        "Invalid app.bsky.feed.post record: array too big (maximum 4, got 5) "
        "at $.record.embed.images",
    ),
    Failure(
        name="a blob that was forgotten",
        fault=refusing(400, "BlobNotFound", "Could not find blob: bafkrei"),
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        state="queued",
        kind="image",
        retry_after_seconds=1,
    ),
    Failure(
        name="a file over the server's cap",
        fault=refusing(413, "PayloadTooLarge", "request entity too large", route=UPLOAD),
        code=ErrorCode.PLATFORM_REJECTED,
        state="rejected",
        kind="image",
    ),
    Failure(
        name="429 with Retry-After",
        fault={
            **refusing(429, "RateLimitExceeded", "Rate Limit Exceeded"),
            "headers": {"Retry-After": 120},
        },
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        state="queued",
        retry_after_seconds=120,
    ),
    Failure(
        name="429 with the moment of its reset",
        fault={
            **refusing(429, "RateLimitExceeded", "Rate Limit Exceeded"),
            "headers": {
                "RateLimit-Remaining": 0,
                "RateLimit-Reset": int(MIDDAY.timestamp()) + 300,
            },
        },
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        state="queued",
        retry_after_seconds=300,
    ),
    _lost(500, "InternalServerError", "Internal Server Error"),
    _lost(502, "UpstreamFailure", "Upstream Failure"),
    _lost(503, "NotEnoughResources", "Not Enough Resources"),
    _lost(504, "UpstreamTimeout", "Operation timed out, please try again."),
    Failure(
        name="a connection that is cut",
        fault={"fault": "cut_before_commit", "route": CREATE},
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        state="unknown",
    ),
    Failure(
        name="an upload that the server fails on",
        fault=refusing(500, "InternalServerError", "Internal Server Error", route=UPLOAD),
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        state="queued",
        kind="image",
    ),
    Failure(
        name="a film that cannot be encoded",
        fault={
            "fault": "container_error",
            "route": VIDEO,
            "message": "encoder crashed",
            "times": 9,
        },
        code=ErrorCode.PLATFORM_REJECTED,
        rule="bluesky.video.job_failed",
        state="rejected",
        kind="video",
    ),
    Failure(
        name="an e-mail address that is not confirmed",
        fault={
            "fault": "status",
            "route": f"{VIDEO}uploadVideo",
            "status": 400,
            "body": {"jobStatus": {"error": "unconfirmed_email", "jobId": ""}},
        },
        code=ErrorCode.PLATFORM_REJECTED,
        rule="bluesky.account.email_verified",
        state="rejected",
        kind="video",
    ),
    Failure(
        name="uploads that are forbidden",
        fault=refusing(403, "UploadForbidden", "Uploads are disabled", route=f"{VIDEO}uploadVideo"),
        code=ErrorCode.PLATFORM_REJECTED,
        rule="bluesky.account.email_verified",
        state="rejected",
        kind="video",
    ),
    Failure(
        name="a day's films that are used up",
        fault={
            "fault": "status",
            "route": f"{VIDEO}getUploadLimits",
            "status": 200,
            "body": {"canUpload": False, "message": "25 videos today"},
        },
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        rule="bluesky.video.quota_exhausted",
        state="queued",
        kind="video",
        retry_after_seconds=24 * 3600,
    ),
    Failure(
        name="a day's limit that the upload finds",
        fault=refusing(
            400, "DailyLimitExceeded", "Daily limit exceeded", route=f"{VIDEO}uploadVideo"
        ),
        code=ErrorCode.PLATFORM_UNAVAILABLE,
        rule="bluesky.video.quota_exhausted",
        state="queued",
        kind="video",
        retry_after_seconds=24 * 3600,
    ),
)
