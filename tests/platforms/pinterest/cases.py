"""What Pinterest publishes, and every failure of it, for the suite that all platforms pass."""

from typing import Any

from letmepost.content.errors import ErrorCode
from letmepost.platforms.pinterest.simulator_world import FIRST_ID
from tests.media import samples
from tests.platforms.cases import Failure, File, Kind

# The default world makes its ids in the same order each time.
BOARD_ID = str(FIRST_ID + 14)
SECTION_ID = str(FIRST_ID + 21)
CREATE = "/v5/pins"
REGISTER = "/v5/media"
STORAGE = "/s3/"

_JPEG = File(
    name="bridge.jpg",
    content_type="image/jpeg",
    content=samples.image(),
    alt_text="A stone bridge",
)
_PNG = File(name="arch.png", content_type="image/png", content=samples.image("PNG"))
_FILM = File(
    name="river.mp4", content_type="video/mp4", content=samples.video(frames=130, audio=None)
)
_BOARD = {"boardId": BOARD_ID}

KINDS = (
    Kind(name="image", text="The bridge at noon", files=[_JPEG], options=_BOARD),
    Kind(
        name="image with everything",
        text="The bridge at noon",
        files=[_JPEG],
        options={
            **_BOARD,
            "boardSectionId": SECTION_ID,
            "title": "Bridges of the north",
            # Nobody listens there: the server opens the page, and tests call loopback alone.
            "destinationUrl": "http://127.0.0.1:1/bridges",
        },
    ),
    Kind(name="image without words", files=[_PNG], options=_BOARD),
    Kind(name="carousel", text="Two bridges", files=[_JPEG, _PNG], options=_BOARD),
    Kind(
        name="video",
        text="The river",
        files=[_FILM],
        options={**_BOARD, "coverKeyFrameSeconds": 1},
    ),
)


def _answers(
    status: int, code: int, message: str, *, route: str = CREATE, **more: Any
) -> dict[str, Any]:
    body = {"code": code, "message": message}
    return {"fault": "status", "route": route, "status": status, "body": body, **more}


def _failure(
    name: str, fault: dict[str, Any], code: ErrorCode, state: str = "rejected", **more: Any
) -> Failure:
    return Failure(name=name, fault=fault, code=code, state=state, **{"kind": "image", **more})


_REJECTED = ErrorCode.PLATFORM_REJECTED
_AUTH = ErrorCode.PLATFORM_AUTH_FAILED
_UNAVAILABLE = ErrorCode.PLATFORM_UNAVAILABLE
_TRIAL = (
    "Apps with Trial access may not create Pins in production https://api.pinterest.com - use API "
    "Sandbox https://api-sandbox.pinterest.com instead."
)
_RATE = "This request exceeded a rate limit."

FAILURES = (
    _failure(
        "token that a renewal does not help",
        _answers(401, 2, "Authentication failed.", times=2),
        _AUTH,
    ),
    _failure(
        "app that was never activated",
        _answers(401, 3, "Your application consumer type is not supported."),
        _AUTH,
    ),
    _failure(
        "board of somebody else, 401",
        _answers(401, 7, "Not authorized to access board or Pin."),
        _REJECTED,
    ),
    _failure(
        "board of somebody else, 403",
        _answers(403, 7, "Not authorized to access board or Pin."),
        _REJECTED,
    ),
    _failure(
        "resource that is not permitted",
        _answers(403, 29, "You are not permitted to access that resource."),
        _REJECTED,
    ),
    _failure(
        "scope that is missing",
        _answers(
            403,
            29,
            "Your token does not have sufficient permissions to perform this operation. "
            "Required: ['pins:write']",
        ),
        _AUTH,
    ),
    _failure(
        "trial access", _answers(403, 29, _TRIAL), _REJECTED, rule="pinterest.access.trial_host"
    ),
    _failure(
        "trial access as a 400",
        _answers(400, 3, _TRIAL),
        _REJECTED,
        rule="pinterest.access.trial_host",
    ),
    _failure(
        "data of a user without a business account",
        _answers(403, 29, "PINNER_DATA_ACCESS_DENIED"),
        _REJECTED,
    ),
    _failure(
        "field that does not fit",
        _answers(400, 1, "Invalid request: 'x' does not match '^\\d+$'"),
        _REJECTED,
    ),
    _failure(
        "address that cannot be opened",
        _answers(400, 1, "Sorry we could not fetch the image."),
        _REJECTED,
        rule="pinterest.url.reachable",
    ),
    _failure(
        "link that is blocked, for good although it is a 429",
        _answers(429, 9, "Sorry! We blocked this link because it may lead to spam."),
        _REJECTED,
    ),
    _failure(
        "rate limit that says when it ends",
        _answers(429, 8, _RATE, headers={"x-ratelimit-reset": '90, 90;w=60;name="org_write"'}),
        _UNAVAILABLE,
        "queued",
        retry_after_seconds=90.0,
    ),
    _failure(
        "rate limit that says nothing",
        _answers(429, 8, _RATE),
        _UNAVAILABLE,
        "queued",
        retry_after_seconds=60.0,
    ),
    _failure(
        "board that is gone",
        _answers(404, 40, "Board not found."),
        _REJECTED,
        rule="pinterest.board.exists",
    ),
    _failure("pin that is gone", _answers(404, 50, "Pin not found."), _REJECTED),
    _failure(
        "section that is gone",
        _answers(404, 2031, "Sorry! We couldn't find this board section."),
        _REJECTED,
    ),
    _failure("user that is gone", _answers(404, 30, "User not found."), _REJECTED),
    _failure(
        "change at the same moment",
        _answers(409, 409, "Board section conflict."),
        _UNAVAILABLE,
        "queued",
        retry_after_seconds=2.0,
    ),
    _failure(
        "server that failed while it made the pin",
        _answers(500, 500, "Something went wrong on our end. Sorry."),
        _UNAVAILABLE,
        "unknown",
    ),
    _failure("page of a proxy", {"fault": "html", "route": CREATE}, _UNAVAILABLE, "unknown"),
    _failure(
        "answer that is cut in half",
        {"fault": "malformed", "route": CREATE},
        _UNAVAILABLE,
        "unknown",
    ),
    _failure(
        "connection cut before the pin was made",
        {"fault": "cut_before_commit", "route": CREATE},
        _UNAVAILABLE,
        "unknown",
    ),
    _failure(
        "connection cut after the pin was made",
        {"fault": "cut_after_commit", "route": CREATE},
        _UNAVAILABLE,
        "unknown",
    ),
    _failure(
        "server that failed while it registered a video",
        _answers(500, 500, "Something went wrong on our end. Sorry.", route=REGISTER),
        _UNAVAILABLE,
        "queued",
        kind="video",
    ),
    _failure(
        "video that may not be registered",
        _answers(400, 1, "Invalid request: 'video' is not allowed", route=REGISTER),
        _REJECTED,
        rule="pinterest.media.register_failed",
        kind="video",
    ),
    _failure(
        "place for a video that is too old",
        {
            "fault": "status",
            "route": STORAGE,
            "status": 403,
            "body": "<Error><Code>AccessDenied</Code><Message>Policy expired.</Message></Error>",
        },
        _UNAVAILABLE,
        "queued",
        rule="pinterest.video.upload_failed",
        kind="video",
        retry_after_seconds=1.0,
    ),
    _failure(
        "video that cannot be converted",
        {"fault": "container_error", "route": "/v5/media/"},
        _REJECTED,
        rule="pinterest.video.transcode_failed",
        kind="video",
    ),
    _failure(
        "video that is too large for its place",
        {
            "fault": "status",
            "route": STORAGE,
            "status": 400,
            "body": "<Error><Code>EntityTooLarge</Code><Message>Too large.</Message></Error>",
        },
        _REJECTED,
        rule="pinterest.video.upload_failed",
        kind="video",
    ),
)
