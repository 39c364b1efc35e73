"""What LinkedIn publishes, and every failure that its reference knows, for the shared suite."""

from collections.abc import Mapping
from typing import Any

from letmepost.content.errors import ErrorCode
from tests.media import samples
from tests.platforms.cases import Failure, File, Kind

CREATE = "/rest/posts"
BAD_REQUEST = "com.linkedin.common.error.BadRequest"

IMAGE = File(
    name="noise.png",
    content_type="image/png",
    content=samples.image("PNG", (64, 48)),
    alt_text="Noise",
)
FILM = File(
    name="film.mp4",
    content_type="video/mp4",
    content=samples.video(size=(160, 120), frames=50, rate=15, bit_rate=1_000_000),
    alt_text="More noise",
)
DOCUMENT = File(name="bridges.pdf", content_type="application/pdf", content=samples.image("PDF"))

# Only partners of LinkedIn get refresh tokens.
RENEWING_WORLD = {"partner": True}

KINDS = (
    Kind(name="text", text="Hello (world) #bridges"),
    Kind(name="connections", text="Between us", options={"visibility": "CONNECTIONS"}),
    Kind(
        name="article",
        text="Worth a look",
        options={
            "article": {
                "url": "https://example.com/bridges",
                "title": "Bridges of the north",
                "description": "Wood, iron, stone.",
            }
        },
    ),
    Kind(name="image", text="One picture", files=(IMAGE,)),
    Kind(name="images", text="Two pictures", files=(IMAGE, IMAGE)),
    Kind(name="video", text="A film", files=(FILM,)),
    Kind(
        name="document",
        text="A document",
        files=(DOCUMENT,),
        options={"documentTitle": "Bridges of the north"},
    ),
)


def answer(status: int, body: Mapping[str, Any], route: str = CREATE) -> dict[str, Any]:
    """A fault that answers with a real body."""
    return {"fault": "status", "route": route, "status": status, "body": body}


def coded(
    status: int, code: str, message: str, number: int | None = None, route: str = CREATE
) -> dict[str, Any]:
    body = {"status": status, "code": code, "message": message}
    return answer(status, body if number is None else {"serviceErrorCode": number, **body}, route)


def wrong_input(
    code: str, description: str, status: int = 400, route: str = CREATE
) -> dict[str, Any]:
    return answer(
        status,
        {
            "errorDetailType": BAD_REQUEST,
            "message": f"com.linkedin.content.common.exception.BadRequestResponseException: "
            f"{description}",
            "errorDetails": {
                "inputErrors": [{"code": code, "description": description, "input": {}}]
            },
            "status": status,
        },
        route,
    )


def _rejected(name: str, fault: Mapping[str, Any], **more: Any) -> Failure:
    values = {"code": ErrorCode.PLATFORM_REJECTED, "state": "rejected", **more}
    return Failure(name=name, fault=fault, **values)


def _auth_failed(name: str, fault: Mapping[str, Any]) -> Failure:
    return _rejected(name, fault, code=ErrorCode.PLATFORM_AUTH_FAILED)


def _queued(name: str, fault: Mapping[str, Any], **more: Any) -> Failure:
    code = ErrorCode.PLATFORM_UNAVAILABLE
    return Failure(name=name, fault=fault, code=code, state="queued", **more)


def _unknown(name: str, fault: Mapping[str, Any]) -> Failure:
    code = ErrorCode.PLATFORM_UNAVAILABLE
    return Failure(name=name, fault={"route": CREATE, **fault}, code=code, state="unknown")


def _throttle(scope: str) -> dict[str, Any]:
    message = f"Resource level throttle {scope} limit for calls to this resource is reached."
    return answer(429, {"serviceErrorCode": 101, "message": message, "status": 429})


_REVOKED = "The token used in the request has been revoked by the user"
_PERMISSION = "Not enough permissions to access: partnerApiPostsExternal.CREATE.20260701"
_AUTHOR = (
    "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing "
    "fields [/author]"
)
_TOO_LONG = (
    "ShareCommentary text length (8694 characters) exceeded the maximum allowed (3000 characters)"
)
_DUPLICATE = "Content is a duplicate of urn:li:share:7141138937766391808"
_NOT_OWNED = "One or more of the assets is not owned by the author"
_INITIALIZE = "/rest/images?action=initializeUpload"
_UPLOAD = "/dms-uploads/image"

FAILURES = (
    _auth_failed("revoked", coded(401, "REVOKED_ACCESS_TOKEN", _REVOKED, 65601)),
    _auth_failed("revoked token", {"fault": "revoked_token", "route": CREATE}),
    _auth_failed("expired", coded(401, "EXPIRED_ACCESS_TOKEN", "Expired access token", 65602)),
    _auth_failed("expired token", {"fault": "expired_token", "route": CREATE}),
    _auth_failed("invalid", coded(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)),
    _auth_failed(
        "empty token",
        answer(
            401, {"message": "Empty oauth2_access_token", "serviceErrorCode": 401, "status": 401}
        ),
    ),
    _rejected("product missing", coded(403, "ACCESS_DENIED", _PERMISSION, 100)),
    _rejected("author refused", coded(403, "ACCESS_DENIED", _AUTHOR, 100)),
    _rejected(
        "owner mismatch",
        coded(403, "ACCESS_DENIED", "Accessing this image resource is forbidden", 100, _INITIALIZE),
        kind="image",
    ),
    _queued(
        "version sunset",
        coded(426, "NONEXISTENT_VERSION", "Requested version 20260701 is not active"),
        rule="linkedin.version.supported",
        retry_after_seconds=3600.0,
    ),
    _rejected(
        "duplicate", wrong_input("DUPLICATE_POST", _DUPLICATE, 422), rule="linkedin.post.duplicate"
    ),
    _rejected(
        "text too long",
        wrong_input("FIELD_ARRAY_SIZE_TOO_HIGH", _TOO_LONG),
        rule="linkedin.text.max_graphemes",
    ),
    _rejected("field too long", wrong_input("FIELD_LENGTH_TOO_LONG", "The alt text is too long")),
    _rejected("unknown URN", wrong_input("INVALID_URN_ID", "Invalid URN id")),
    _rejected("wrong URN", wrong_input("INVALID_URN_TYPE", "Invalid URN type")),
    _rejected("missing field", wrong_input("MISSING_FIELD", "Field author is required")),
    _rejected("wrong value", wrong_input("INVALID_VALUE_FOR_FIELD", "Invalid value")),
    _rejected("asset not owned", answer(400, {"message": _NOT_OWNED, "status": 400})),
    _queued(
        "file not ready",
        wrong_input("MEDIA_ASSET_WAITING_UPLOAD", "The media asset is waiting for its upload"),
        retry_after_seconds=120.0,
        kind="image",
    ),
    _queued(
        "upload expired",
        wrong_input("EXPIRED_UPLOAD_URL", "The upload URL has expired", route=_UPLOAD),
        retry_after_seconds=120.0,
        kind="image",
    ),
    _rejected(
        "file failed",
        wrong_input("MEDIA_ASSET_PROCESSING_FAILED", "The media asset failed processing"),
        kind="image",
    ),
    _rejected("file too large", {"fault": "status", "route": _UPLOAD, "status": 413}, kind="image"),
    _rejected("file type", {"fault": "status", "route": _UPLOAD, "status": 415}, kind="image"),
    _rejected("gone", coded(404, "NOT_FOUND", "Could not find entity")),
    _queued("member's day is full", _throttle("MEMBER DAY"), rule="linkedin.rate.member_day"),
    _queued("app's day is full", _throttle("APPLICATION DAY")),
    _queued("busy", _throttle("")),
    _unknown("server error", {"fault": "status", "status": 500}),
    _unknown("bad gateway", {"fault": "html"}),
    _unknown("service unavailable", {"fault": "status", "status": 503}),
    _unknown("gateway timeout", {"fault": "status", "status": 504}),
    _unknown("cut before commit", {"fault": "cut_before_commit"}),
    _queued(
        "upload unavailable",
        {"fault": "status", "route": _UPLOAD, "status": 503},
        kind="image",
    ),
    _queued("upload cut", {"fault": "cut_before_commit", "route": _UPLOAD}, kind="image"),
)
