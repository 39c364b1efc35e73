"""What Threads publishes, and every failure that its reference knows, for the shared suite."""

from functools import cache, partial

from letmepost.content.errors import ErrorCode
from tests.media import samples
from tests.platforms.cases import Failure, File, Kind
from tests.platforms.graph_cases import (
    AUTH,
    HOUR,
    LATER,
    REJECTED,
    UNKNOWN,
    UNSURE,
    graph_error,
    graph_failure,
)

# With the mark behind the path, since other paths begin alike.
CREATE = "/me/threads?"
PUBLISH = "/me/threads_publish?"


@cache
def _picture() -> File:
    return File(
        name="bridge.jpg",
        content_type="image/jpeg",
        content=samples.image(size=(640, 480)),
        alt_text="A stone bridge",
    )


@cache
def _film() -> File:
    return File(name="film.mp4", content_type="video/mp4", content=samples.video(frames=60))


KINDS = (
    Kind(name="text", text="The bridge at noon"),
    Kind(name="image", text="One bridge", files=(_picture(),)),
    Kind(name="image without text", files=(_picture(),)),
    Kind(name="video", text="The river", files=(_film(),)),
    Kind(name="carousel", text="Two and a film", files=(_picture(), _picture(), _film())),
    Kind(name="topic", text="Built in 1894", options={"topicTag": "Bridges of Lyon"}),
    Kind(name="reply control", text="For some", options={"replyControl": "accounts_you_follow"}),
    Kind(
        name="link",
        text="Worth a look",
        options={"linkAttachment": "https://example.com/bridges"},
    ),
    Kind(name="poll", text="Which one?", options={"poll": ["Stone", "Iron", "Wood"]}),
    Kind(
        name="long text",
        text="The whole story",
        options={"textAttachment": {"text": "It began in 1894. " * 100}},
    ),
    Kind(
        name="thread",
        text="Built in 1894",
        options={"thread": [{"text": "Rebuilt in 1987"}, {"text": "Painted in 2020"}]},
    ),
)


_fails = partial(graph_failure, route=PUBLISH)
_INVALID = "Error validating access token"

FAILURES = (
    _fails("token expired", 190, 463, message=_INVALID, ends=AUTH, route=CREATE),
    _fails("token expired at publishing", 190, 463, message=_INVALID, ends=AUTH),
    _fails("password changed", 190, 460, message=_INVALID, ends=AUTH, route=CREATE, status=401),
    _fails("app removed", 190, 458, message=_INVALID, ends=AUTH, route=CREATE),
    _fails("logged out", 190, 467, message=_INVALID, ends=AUTH, route=CREATE),
    _fails("token unreadable", 190, message="Cannot parse access token", ends=AUTH, route=CREATE),
    _fails(
        "permission missing", 10, message="(#10) no permission", ends=AUTH, status=403, route=CREATE
    ),
    _fails("permission error", 200, message="(#200) Permissions error", ends=AUTH, route=CREATE),
    _fails("profile restricted", 24, 4279013, message="Restricted", ends=AUTH),
    _fails("taken for spam", 4, 2207051, message="We restrict certain activity", ends=UNSURE),
    _fails(
        "too many links",
        100,
        message="THREADS_API__LINK_LIMIT_EXCEEDED",
        ends=REJECTED,
        route=CREATE,
        rule="threads.links.max",
    ),
    _fails(
        "text too long",
        100,
        message="Param text must be at most 500 characters long.",
        ends=REJECTED,
        route=CREATE,
        rule="threads.text.max_graphemes",
    ),
    _fails(
        "feature not available",
        100,
        message="THREADS_API__FEATURE_NOT_AVAILABLE",
        ends=REJECTED,
        route=CREATE,
    ),
    _fails(
        "unknown country",
        100,
        message="THREADS_API__GEO_GATING_INVALID_COUNTRY_CODES",
        ends=REJECTED,
        route=CREATE,
    ),
    _fails("invalid parameter", 100, message="Invalid parameter", ends=REJECTED, route=CREATE),
    _fails(
        "object missing", 100, 33, message="Unsupported post request", ends=REJECTED, route=CREATE
    ),
    _fails(
        "daily limit",
        9,
        2207042,
        message="Limit reached",
        ends=LATER,
        rule="threads.publish.quota_24h",
        retry=HOUR,
    ),
    _fails("app limit", 4, message="Application request limit reached", ends=LATER, retry=HOUR),
    _fails("user limit", 17, message="User request limit reached", ends=LATER, retry=HOUR),
    _fails("rate limit", 613, message="Calls have exceeded the rate limit", ends=LATER, retry=HOUR),
    _fails("account limit", 80002, message="Too many calls", ends=LATER, status=403, retry=HOUR),
    _fails(
        "transient, preparing", 1, message="An unknown error", ends=LATER, status=500, route=CREATE
    ),
    _fails("transient, publishing", 1, message="An unknown error", ends=UNKNOWN, status=500),
    _fails("unavailable, publishing", 2, message="Service unavailable", ends=UNKNOWN, status=503),
    *(
        Failure(
            name=f"file {word}",
            fault={"fault": "container_error", "message": word},
            code=ErrorCode.PLATFORM_REJECTED,
            state="rejected",
            rule="threads.container.error",
            kind="video",
        )
        for word in (
            "INVALID_ASPEC_RATIO",
            "INVALID_BIT_RATE",
            "INVALID_DURATION",
            "INVALID_FRAME_RATE",
            "INVALID_AUDIO_CHANNELS",
            "INVALID_AUDIO_CHANNEL_LAYOUT",
        )
    ),
    *(
        Failure(
            name=f"file {word} twice",
            fault={"fault": "container_error", "message": word, "times": 2},
            code=ErrorCode.PLATFORM_REJECTED,
            state="rejected",
            rule="threads.container.error",
            kind="video",
        )
        for word in (
            "FAILED_DOWNLOADING_VIDEO",
            "FAILED_PROCESSING_VIDEO",
            "FAILED_PROCESSING_AUDIO",
            "UNKNOWN",
        )
    ),
    Failure(
        name="image not fetched, twice",
        fault={
            "fault": "status",
            "route": CREATE,
            "status": 400,
            "body": graph_error(
                1,
                "An unknown error occurred",
                2207052,
                error_user_msg="The media could not be fetched from this URI",
            ),
            "times": 2,
        },
        code=ErrorCode.PLATFORM_REJECTED,
        state="rejected",
        rule="threads.media.reachable",
        kind="image",
    ),
)
