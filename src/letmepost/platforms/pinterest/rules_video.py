"""Rules of video pins and of their covers."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.media_facts import MediaFacts
from letmepost.platforms.pinterest import limits
from letmepost.platforms.pinterest.options import chosen_options, example_options
from letmepost.preflight.example import MEDIA_ID, draft, image, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_COVER_FIELDS = ("cover_image_url", "cover_media_id", "cover_key_frame_seconds")


def _pin(*, cover: float | None = 0.0, content_type: str = "video/mp4", **facts: Any) -> Draft:  # noqa: ANN401 - any fact
    chosen = example_options(cover_key_frame_seconds=cover)
    return draft("Hello", video(content_type, **facts), options=chosen)


def _videos(checked: Draft) -> Iterator[tuple[str, MediaFacts]]:
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "video":
            yield f"media[{number}]", item.facts


@rule(
    "pinterest.video.cover_required",
    limit=limits.COVERS_COUNT,
    field="options.coverImageUrl",
    message="The video has {actual} covers; Pinterest asks for exactly {limit}.",
    remediation="Give one of options.coverImageUrl, options.coverMediaId and "
    "options.coverKeyFrameSeconds.",
    difference="The original takes an address only. An uploaded image or a moment of the video "
    "will do as well.",
    accepts=lambda _: _pin(cover=1.5),
    refuses=lambda _: _pin(cover=None),
    only_with="media",
)
def cover_is_missing(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A video is shown by a still picture until somebody plays it, and Pinterest takes none itself.

    A moment of the video is the easiest: second 0 is the first picture, which in many videos is
    black.
    """
    if not checked.videos:
        return
    chosen = chosen_options(checked)
    given = sum(getattr(chosen, name, None) is not None for name in _COVER_FIELDS)
    if given != limit.value:
        yield Violation(at="options.coverImageUrl", actual=given)


@rule(
    "pinterest.video.cover_key_frame",
    severity="warning",
    field="options.coverKeyFrameSeconds",
    message="Second {actual} is after the end of the video; its last picture is the cover.",
    remediation="Choose a moment inside the video.",
    sources=((limits.OPENAPI, limits.READ),),
    accepts=lambda _: _pin(cover=10.0, duration_seconds=10.0),
    refuses=lambda _: _pin(cover=10.5, duration_seconds=10.0),
    only_with="options",
)
def cover_is_after_the_end(checked: Draft) -> Iterator[Violation]:
    """A moment after the end is no mistake to Pinterest: it takes the last picture.

    Many videos end in black, so such a cover shows nothing.
    """
    chosen = chosen_options(checked)
    moment = chosen.cover_key_frame_seconds if chosen else None
    if moment is None:
        return
    for _, facts in _videos(checked):
        if facts.duration_seconds is not None and moment > facts.duration_seconds:
            yield Violation(at="options.coverKeyFrameSeconds", actual=moment)


@rule(
    "pinterest.video.mime_allowed",
    limit=limits.VIDEO_TYPES,
    field="media",
    only_with="media",
    message="The video is {actual}; Pinterest accepts {limit}.",
    remediation="Convert the video to MP4.",
    accepts=lambda _: _pin(content_type="video/quicktime", container="mov"),
    refuses=lambda _: _pin(content_type="video/webm", container="webm"),
)
def video_type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos are MP4, QuickTime or M4V.

    All three are nearly the same inside, which is why a .mov of a phone passes and a WebM of the
    same scene does not.
    """
    for at, facts in _videos(checked):
        if facts.content_type not in limit.value:
            yield Violation(at=at, actual=facts.content_type)


@rule(
    "pinterest.video.size_max",
    limit=limits.VIDEO_BYTES,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; Pinterest accepts {limit}.",
    remediation="Encode the video with a lower bitrate or cut it.",
    accepts=lambda limit: _pin(size_bytes=limit),
    refuses=lambda limit: _pin(size_bytes=limit + 1),
)
def video_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos have up to 2 GB, a hundred times as much as an image.

    They are not sent to Pinterest itself but to a storage of Amazon's, whose refusals are XML.
    """
    for at, facts in _videos(checked):
        if facts.size_bytes > limit.value:
            yield Violation(at=at, actual=facts.size_bytes)


@rule(
    "pinterest.video.duration_min",
    limit=limits.VIDEO_SECONDS_MIN,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; Pinterest accepts {limit} and more.",
    remediation="Let the video run longer, or publish an image of it.",
    accepts=lambda limit: _pin(duration_seconds=float(limit)),
    refuses=lambda limit: _pin(duration_seconds=limit - 0.001),
)
def video_too_short(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos last 4 seconds at least.

    The loops of three seconds that phones make of a photograph are too short.
    """
    for at, facts in _videos(checked):
        if facts.duration_seconds is not None and facts.duration_seconds < limit.value:
            yield Violation(at=at, actual=facts.duration_seconds)


@rule(
    "pinterest.video.duration_max",
    limit=limits.VIDEO_SECONDS_MAX,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; Pinterest accepts {limit}.",
    remediation="Cut the video.",
    accepts=lambda limit: _pin(duration_seconds=float(limit)),
    refuses=lambda limit: _pin(duration_seconds=limit + 0.001),
)
def video_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos last 15 minutes at most.

    Pinterest advises 6 to 15 seconds, a sixtieth of what it takes.
    """
    for at, facts in _videos(checked):
        if facts.duration_seconds is not None and facts.duration_seconds > limit.value:
            yield Violation(at=at, actual=facts.duration_seconds)


@rule(
    "pinterest.video.aspect_ratio",
    limit=limits.VIDEO_WIDEST,
    field="media",
    only_with="media",
    message="The video is {actual} pixels; Pinterest accepts up to {limit} times as wide as high, "
    f"and up to {limits.VIDEO_TALLEST.value} times as high as wide.",
    remediation="Cut the picture, or add bars.",
    accepts=lambda limit: _pin(width_px=int(1000 * limit), height_px=1000),
    refuses=lambda limit: _pin(width_px=int(1000 * limit) + 1, height_px=1000),
)
def video_too_narrow(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The picture is between 1:2 and 1.91:1.

    The two ends are not alike: a video twice as high as wide passes, and turned on its side it is
    too wide. So is a cinema film at 2.39:1.
    """
    for at, facts in _videos(checked):
        width, height = facts.width_px, facts.height_px
        if not width or not height:
            continue
        too_wide = width > height * Fraction(str(limit.value))
        if too_wide or height > width * limits.VIDEO_TALLEST.value:
            yield Violation(at=at, actual=f"{width} by {height}")


@rule(
    "pinterest.video.codec",
    limit=limits.VIDEO_CODECS,
    field="media",
    only_with="media",
    message="The video is encoded as {actual}; Pinterest accepts {limit}.",
    remediation="Encode the video as H.264.",
    accepts=lambda _: _pin(video_codec="hevc"),
    refuses=lambda _: _pin(video_codec="av1"),
)
def codec_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The picture is H.264 or H.265.

    The second is what phones record by default, and X refuses it: one file rarely fits all.
    """
    for at, facts in _videos(checked):
        if facts.video_codec is not None and facts.video_codec not in limit.value:
            yield Violation(at=at, actual=facts.video_codec)


def _covered(content_type: str) -> Draft:
    chosen = example_options(cover_media_id=MEDIA_ID)
    return draft("Hello", video(), options=chosen, cover=image(content_type))


@rule(
    "pinterest.cover_image.mime_allowed",
    limit=limits.IMAGE_TYPES,
    field="options.coverImageUrl",
    message="The cover is {actual}; Pinterest accepts {limit}.",
    remediation="Convert the cover to JPEG or PNG.",
    difference="The original takes WebP too, which Pinterest's API does not list.",
    sources=((limits.ORIGINAL_COVER_TYPE, limits.READ),),
    accepts=lambda _: _covered("image/png"),
    refuses=lambda _: _covered("image/webp"),
    only_with="cover",
)
def cover_type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The cover of a video is under the rule of every image of Pinterest's API: JPEG or PNG.

    The type is read from its bytes, so a WebP named cover.jpg is found too.
    """
    cover = checked.cover
    if cover is None or cover.facts is None or cover.facts.content_type in limit.value:
        return
    at = "options.coverMediaId" if cover.media_id else "options.coverImageUrl"
    yield Violation(at=at, actual=cover.facts.content_type)


VIDEO_RULES: tuple[Rule, ...] = (
    cover_is_missing,
    cover_is_after_the_end,
    video_type_is_not_accepted,
    video_too_big,
    video_too_short,
    video_too_long,
    video_too_narrow,
    codec_is_not_accepted,
    cover_type_is_not_accepted,
)
