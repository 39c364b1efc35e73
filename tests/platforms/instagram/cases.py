"""What Instagram publishes, and every failure that its reference knows, for the shared suite."""

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
    graph_error,
    graph_failure,
)

# With the mark behind the path, since other paths begin alike.
CREATE = "/media?"
PUBLISH = "/media_publish?"
# The suite connects an account by its own login, which Instagram lets delete nothing.
DELETES = False


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


KINDS = (
    Kind(name="image", text="The bridge at noon", files=(_picture(),)),
    Kind(name="image without text", files=(_picture(),)),
    Kind(name="reel", text="The river", files=(_film(),)),
    Kind(name="carousel", text="Two and a film", files=(_picture(), _picture(), _film())),
    Kind(name="story", files=(_picture(),), options={"mediaType": "story"}),
    Kind(name="video story", files=(_film(),), options={"mediaType": "story"}),
    Kind(
        name="tags and a place",
        text="With Bob",
        files=(_picture(),),
        options={
            "userTags": [{"username": "bob", "x": 0.5, "y": 0.5}],
            "collaborators": ["bob"],
            "locationId": "104100000000001",
        },
    ),
    Kind(
        name="reel with a moment",
        text="Shared",
        files=(_film(),),
        options={"thumbOffsetMs": 500, "shareToFeed": True},
    ),
)


_fails = partial(graph_failure, route=CREATE, kind="image")

FAILURES = (
    _fails("token expired", 190, 463, ends=AUTH),
    _fails("password changed", 190, 460, ends=AUTH, status=401),
    _fails("app removed", 190, 458, ends=AUTH),
    _fails("checkpoint", 190, 459, ends=AUTH),
    _fails("permission missing", 10, ends=AUTH, status=403),
    _fails("role missing", 200, ends=AUTH, status=403),
    _fails("account restricted", 25, 2207050, ends=AUTH, route=PUBLISH),
    _fails("account unknown", 9009, ends=AUTH),
    _fails("no business", 100, ends=AUTH, message="The user is not an Instagram Business"),
    _fails("download too slow", -2, 2207003, ends=LATER, retry=MINUTE),
    _fails("media expired", -2, 2207020, ends=LATER, retry=MINUTE),
    _fails("create failed", -1, 2207032, ends=LATER, retry=MINUTE),
    _fails("upload failed", -1, 2207053, ends=LATER, retry=MINUTE),
    _fails("upload failed, unofficial", -1, 2207076, ends=LATER, retry=MINUTE),
    _fails("upload failed, other", -1, 2207082, ends=LATER, retry=MINUTE),
    _fails("server failed, preparing", -1, 2207001, ends=LATER, retry=MINUTE),
    _fails("server failed, publishing", -1, 2207001, ends=UNKNOWN, route=PUBLISH),
    _fails(
        "cover not in video", 1, 2207057, ends=REJECTED, rule="instagram.thumb_offset.within_video"
    ),
    _fails("taken for spam", 4, 2207051, ends=UNSURE, route=PUBLISH),
    _fails("app limit", 4, ends=LATER, retry=HOUR),
    _fails("user limit", 17, ends=LATER, retry=HOUR),
    _fails("page limit", 32, ends=LATER, retry=HOUR),
    _fails("rate limit", 613, ends=LATER, retry=HOUR),
    _fails("account limit", 80002, ends=LATER, retry=HOUR),
    _fails(
        "daily limit",
        9,
        2207042,
        ends=LATER,
        route=PUBLISH,
        rule="instagram.publish.quota_24h",
        retry=HOUR,
    ),
    _fails("unknown kind", 100, 2207023, ends=REJECTED),
    _fails("carousel count", 100, 2207028, ends=REJECTED, rule="instagram.media.count_max"),
    _fails("product place", 100, 2207035, ends=REJECTED),
    _fails("product placeless", 100, 2207036, ends=REJECTED),
    _fails("product unknown", 100, 2207037, ends=REJECTED),
    _fails("mentions", 100, 2207040, ends=REJECTED, rule="instagram.text.mentions_max"),
    _fails("video kind", 100, 2207067, ends=REJECTED),
    _fails("collaborators", 100, ends=REJECTED, message="param collaborators is not allowed"),
    _fails("object missing", 100, 33, ends=REJECTED),
    _fails("video format", 352, 2207026, ends=REJECTED, rule="instagram.video.codec"),
    _fails("image too large", 36000, 2207004, ends=REJECTED, rule="instagram.media.image_size_max"),
    _fails("image format", 36001, 2207005, ends=REJECTED, rule="instagram.media.mime_allowed"),
    _fails("image ratio", 36003, 2207009, ends=REJECTED, rule="instagram.media.aspect_ratio"),
    _fails("caption too long", 36004, 2207010, ends=REJECTED, rule="instagram.text.max_graphemes"),
    _fails("video not fetched", -1, 2207077, ends=REJECTED, rule="instagram.media.reachable"),
    _fails("no trial reels", -1, 2207081, ends=REJECTED),
    _fails("blocked", 368, ends=REJECTED),
    _fails("transient, preparing", 1, ends=LATER, status=500),
    _fails("transient, publishing", 1, ends=UNKNOWN, status=500, route=PUBLISH),
    _fails("unavailable, publishing", 2, ends=UNKNOWN, status=503, route=PUBLISH),
    Failure(
        name="not fetched, twice",
        fault={
            "fault": "status",
            "route": CREATE,
            "status": 400,
            "body": graph_error(
                9004, "Only photo or video can be accepted as media type.", 2207052
            ),
            "times": 2,
        },
        code=ErrorCode.PLATFORM_REJECTED,
        state="rejected",
        rule="instagram.media.reachable",
        kind="image",
    ),
    *(
        Failure(
            name=f"file failed with {number}",
            fault={
                "fault": "container_error",
                "message": f"Media upload has failed with error code {number}",
                "times": times,
            },
            code=ErrorCode.PLATFORM_REJECTED,
            state="rejected",
            rule="instagram.container.error",
            kind="reel",
        )
        for number, times in (
            ("2207026", 1),
            ("2207057", 1),
            ("2207004", 1),
            ("2207005", 1),
            ("2207009", 1),
            ("2207001", 2),
            ("2207003", 2),
            ("2207020", 2),
            ("2207032", 2),
            ("2207052", 2),
            ("2207053", 2),
            ("2207076", 2),
            ("2207077", 2),
            ("2207082", 2),
        )
    ),
)
