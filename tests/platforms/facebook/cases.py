"""What Facebook Pages publish, and every failure that its reference knows, for the shared suite."""

from functools import cache, partial

from letmepost.content.errors import ErrorCode
from tests.media import samples
from tests.platforms.cases import Failure, File, Kind
from tests.platforms.graph_cases import (
    AUTH,
    HOUR,
    LATER,
    MINUTE,
    REJECTED,
    UNKNOWN,
    UNSURE,
    graph_failure,
)

# With the mark behind the path, since other paths begin alike.
FEED = "/feed?"
PHOTOS = "/photos?"
VIDEOS = "/videos?"


@cache
def _picture() -> File:
    return File(
        name="bridge.jpg",
        content_type="image/jpeg",
        content=samples.image(size=(640, 640)),
        alt_text="A stone bridge",
    )


@cache
def _film() -> File:
    return File(name="film.mp4", content_type="video/mp4", content=samples.video(frames=100))


@cache
def _upright() -> File:
    film = samples.video(frames=100, size=(540, 960))
    return File(name="upright.mp4", content_type="video/mp4", content=film)


KINDS = (
    Kind(name="text", text="The bridge at noon"),
    Kind(name="link", text="Read this", options={"link": "https://example.com/bridge"}),
    Kind(name="link without text", options={"link": "https://example.com/bridge"}),
    Kind(name="photo", text="A bridge", files=(_picture(),)),
    Kind(name="photo without text", files=(_picture(),)),
    Kind(name="ten photos", text="Bridges", files=(_picture(),) * 10),
    Kind(name="video", text="The river", files=(_film(),)),
    Kind(name="reel", text="The river", files=(_upright(),), options={"postType": "reel"}),
    Kind(name="photo story", files=(_picture(),), options={"postType": "story"}),
    Kind(name="video story", files=(_upright(),), options={"postType": "story"}),
)


_fails = partial(graph_failure, route=FEED)
_IMPERSONATING = (
    "Any of the pages_read_engagement, pages_manage_metadata permission(s) must be granted before "
    "impersonating a user's page."
)
_PAGE_MISSING = (
    "Unsupported post request. Object with ID '104100000000001' does not exist, cannot be loaded "
    "due to missing permissions, or does not support this operation"
)

FAILURES = (
    _fails("token expired", 190, 463, ends=AUTH),
    _fails("password changed", 190, 460, ends=AUTH, status=401),
    _fails("app removed", 190, 458, ends=AUTH),
    _fails("checkpoint", 190, 459, ends=AUTH),
    _fails("session invalid", 190, 461, ends=AUTH),
    _fails("session ended", 190, 467, ends=AUTH),
    _fails("user unconfirmed", 190, 464, ends=AUTH),
    _fails("Page role missing", 190, 492, ends=AUTH),
    _fails("token unreadable", 190, ends=AUTH, message="Invalid OAuth access token."),
    _fails("token unparsable", 102, ends=AUTH, message="Cannot parse access token"),
    _fails("role lost", 190, ends=AUTH, message=_IMPERSONATING),
    _fails("scope missing", 10, ends=AUTH, status=403),
    _fails("role or scope missing", 200, ends=AUTH, status=403),
    _fails("engagement scope missing", 283, ends=AUTH, status=403),
    _fails("parameter", 100, ends=REJECTED),
    _fails(
        "video permission",
        100,
        ends=AUTH,
        message="(#100) No permission to publish the video",
        route=VIDEOS,
        kind="video",
    ),
    _fails("object missing", 100, 33, ends=REJECTED, message="Object with ID '1' does not exist"),
    _fails("Page missing", 100, 33, ends=AUTH, message=_PAGE_MISSING),
    _fails(
        "photo too large",
        100,
        1366046,
        ends=REJECTED,
        route=PHOTOS,
        kind="photo",
        rule="facebook.media.image_size_max",
    ),
    _fails(
        "photo unreadable",
        324,
        2069019,
        ends=REJECTED,
        route=PHOTOS,
        kind="photo",
        rule="facebook.media.mime_allowed",
    ),
    _fails("photos posted before", 100, 1366051, ends=UNSURE, kind="photo"),
    _fails("link to itself", 100, 1609008, ends=REJECTED, kind="link"),
    _fails("link bad", 100, 1609005, ends=REJECTED, kind="link"),
    _fails("link malformed", 1500, ends=REJECTED, kind="link"),
    _fails("link invalid", 100, 2061006, ends=REJECTED, kind="link"),
    _fails("duplicate", 506, 1455006, ends=REJECTED),
    _fails("app limit", 4, ends=LATER, retry=HOUR),
    _fails("user limit", 17, ends=LATER, retry=HOUR),
    _fails("Page limit", 32, ends=LATER, retry=HOUR),
    _fails("rate limit", 613, ends=LATER, retry=HOUR),
    _fails("business limit", 80001, ends=LATER, retry=HOUR),
    _fails("feed limit", 341, ends=LATER, retry=3 * HOUR),
    _fails("too fast", 368, 1390008, ends=LATER, retry=3 * HOUR),
    _fails("limited for days", 368, 1404112, ends=LATER, retry=24 * HOUR),
    _fails("abusive", 368, 1346003, ends=REJECTED),
    _fails("security check", 368, 1404102, ends=REJECTED),
    _fails("standards", 368, 1404006, ends=REJECTED),
    _fails("blocked", 368, ends=REJECTED),
    _fails("publishing authorization", 368, 1404078, ends=AUTH),
    _fails("identity", 368, 4854002, ends=AUTH),
    *(
        _fails(f"video format {code}", code, ends=REJECTED, route=VIDEOS, kind="video")
        for code in (352, 6000)
    ),
    _fails("video too small", 6001, 1363022, ends=REJECTED, route=VIDEOS, kind="video"),
    _fails(
        "video too large",
        6001,
        1363023,
        ends=REJECTED,
        route=VIDEOS,
        kind="video",
        rule="facebook.media.video_size_max",
    ),
    _fails("video forbidden", 6001, 1363042, ends=AUTH, route=VIDEOS, kind="video"),
    *(
        _fails(
            f"upload problem {number}",
            6001,
            number,
            ends=LATER,
            route=VIDEOS,
            kind="video",
            retry=MINUTE,
        )
        for number in (1363019, 1363030, 1363037, 1363047, 1609010)
    ),
    _fails(
        "reels of the day",
        613,
        ends=LATER,
        message="Calls to this api have exceeded the rate limit for reels",
        route="/video_reels?",
        kind="reel",
        rule="facebook.reel.quota_24h",
        retry=HOUR,
    ),
    _fails("Page moved", 21, ends=AUTH, message="Page ID 1 was migrated to page ID 2"),
    _fails("alias unknown", 803, ends=REJECTED, status=404),
    _fails("capability missing", 3, ends=REJECTED),
    _fails("transient, uploading", 1, ends=LATER, status=500, route=PHOTOS, kind="photo"),
    _fails("transient, publishing", 1, ends=UNKNOWN, status=500),
    _fails("unavailable, publishing", 2, ends=UNKNOWN, status=503),
    Failure(
        name="video fails afterwards",
        fault={"fault": "container_error", "message": "The codec is not supported"},
        code=ErrorCode.PLATFORM_REJECTED,
        state="rejected",
        rule="facebook.video.processing",
        kind="video",
    ),
)
