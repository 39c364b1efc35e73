"""Rules of images, videos, reels and stories, read from their bytes."""

from collections.abc import Iterator
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.media_facts import MediaFacts
from letmepost.platforms.facebook import limits
from letmepost.platforms.facebook.options import chosen_options, example_options
from letmepost.preflight.attached import (
    attached_files,
    attached_images,
    attached_sounds,
    attached_videos,
    fact_above,
    fact_below,
    fact_outside,
    fact_unlike,
)
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

# 24 frames of film run at 24000 / 1001 a second on television, and are called 24 all the same.
_TELEVISION = 1000 / 1001
_PORTRAIT_WIDTH, _PORTRAIT_HEIGHT = 9, 16


def _post_type(checked: Draft) -> str | None:
    chosen = chosen_options(checked)
    return chosen.post_type if chosen else None


def _reel(**facts: Any) -> Draft:  # noqa: ANN401 - any fact
    usual: dict[str, Any] = {"width_px": 1080, "height_px": 1920}
    return draft("", video(**{**usual, **facts}), options=example_options(post_type="reel"))


@rule(
    "facebook.media.mime_allowed",
    limit=limits.MEDIA_TYPES,
    field="media",
    only_with="media",
    message="The file is {actual}; Facebook accepts {limit}.",
    remediation="Convert images to JPEG or PNG, and videos to MP4.",
    difference="The original accepts JPEG and PNG images only, and a later version of it WebP; "
    "Meta's list has BMP, GIF and TIFF too, and no WebP.",
    accepts=lambda _: draft("", image("image/tiff")),
    refuses=lambda _: draft("", image("image/webp")),
)
def type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The type is read from the bytes, so a WebP image named photo.jpg is still WebP.

    WebP is what many sites deliver when a picture is saved from them, and the list has none.
    """
    return fact_unlike(attached_files(checked), "content_type", limit.value)


@rule(
    "facebook.media.image_size_max",
    limit=limits.IMAGE_BYTES,
    field="media",
    only_with="media",
    message="The image is {actual} bytes; Facebook accepts {limit}.",
    remediation="Save the image with a lower quality or fewer pixels.",
    difference="The original says 4,000,000, and so does an error text of Facebook to this day; "
    "the reference says 10 MB. LETMEPOST_FACEBOOK_IMAGE_MAX_BYTES lowers it.",
    accepts=lambda limit: draft("", image(size_bytes=limit)),
    refuses=lambda limit: draft("", image(size_bytes=limit + 1)),
)
def image_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Photos are capped in bytes, whatever their pixels; Facebook makes its own sizes of them."""
    if _post_type(checked) != "story":
        yield from fact_above(attached_images(checked), "size_bytes", limit.value)


@rule(
    "facebook.image.png_size_recommended",
    limit=limits.PNG_BYTES,
    severity="warning",
    field="media",
    only_with="media",
    message="The PNG is {actual} bytes; above {limit} Facebook may show it with coarse pixels.",
    remediation="Save photographs as JPEG; keep PNG for drawings and text.",
    accepts=lambda limit: draft("", image("image/png", size_bytes=limit)),
    refuses=lambda limit: draft("", image("image/png", size_bytes=limit + 1)),
)
def png_will_lose_quality(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Facebook turns large PNG files into JPEG, and a small sharp one looks better than a big one.

    The advice is Meta's own: a PNG over 1 MB may look pixelated after the upload.
    """
    pngs = ((at, facts) for at, facts in attached_images(checked) if _is_png(facts))
    return fact_above(pngs, "size_bytes", limit.value)


def _is_png(facts: MediaFacts) -> bool:
    return facts.content_type == "image/png"


@rule(
    "facebook.media.video_size_max",
    limit=limits.VIDEO_BYTES,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; Facebook accepts {limit}.",
    remediation="Encode the video with a lower bitrate or cut it.",
    difference="Meta's guide states no figure today, and others quote 10 GB. The original's is "
    "kept; LETMEPOST_FACEBOOK_VIDEO_MAX_BYTES changes it.",
    accepts=lambda limit: draft("", video(size_bytes=limit)),
    refuses=lambda limit: draft("", video(size_bytes=limit + 1)),
)
def video_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos are uploaded in pieces, so a large one fails late: it is refused here instead."""
    return fact_above(attached_videos(checked), "size_bytes", limit.value)


@rule(
    "facebook.video.duration_max",
    limit=limits.VIDEO_SECONDS,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; Facebook accepts {limit}.",
    remediation="Cut the video.",
    accepts=lambda limit: draft("", video(duration_seconds=float(limit))),
    refuses=lambda limit: draft("", video(duration_seconds=limit + 0.001)),
)
def video_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Four hours is what other publishing services quote; Meta's guide names no figure.

    Reels have a shorter limit of their own. LETMEPOST_FACEBOOK_VIDEO_MAX_SECONDS changes this one.
    """
    if _post_type(checked) != "reel":
        yield from fact_above(attached_videos(checked), "duration_seconds", limit.value)


@rule(
    "facebook.story.photo_size_max",
    limit=limits.STORY_PHOTO_BYTES,
    field="media",
    only_with="media",
    message="The photo is {actual} bytes; a Facebook story accepts {limit}.",
    remediation="Save the image with a lower quality or fewer pixels.",
    accepts=lambda limit: draft(
        "", image(size_bytes=limit), options=example_options(post_type="story")
    ),
    refuses=lambda limit: draft(
        "", image(size_bytes=limit + 1), options=example_options(post_type="story")
    ),
)
def story_photo_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A story is made of a photo that was uploaded unseen, and has the limit of its own page."""
    if _post_type(checked) == "story":
        yield from fact_above(attached_images(checked), "size_bytes", limit.value)


@rule(
    "facebook.reel.duration",
    limit=limits.REEL_SECONDS,
    field="media",
    only_with="media",
    message="The reel lasts {actual} seconds; Facebook accepts {limit}.",
    remediation="Cut the video, or publish it with postType video.",
    accepts=lambda limit: _reel(duration_seconds=float(limit[1])),
    refuses=lambda limit: _reel(duration_seconds=limit[1] + 0.001),
)
def reel_duration(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A reel of 2.999 seconds is too short: the file's own clock decides, not a player's 0:03."""
    if _post_type(checked) == "reel":
        yield from fact_outside(attached_videos(checked), "duration_seconds", limit.value)


@rule(
    "facebook.reel.aspect_ratio",
    limit=limits.REEL_RATIO,
    field="media",
    only_with="media",
    message="The reel is {size}; Facebook accepts 9:16, which is {limit}.",
    remediation="Crop or pad the video to 1080 by 1920, or publish it with postType video.",
    accepts=lambda _: _reel(width_px=608, height_px=1080),
    refuses=lambda _: _reel(width_px=610, height_px=1080),
)
def reel_is_not_upright(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Reels fill a telephone's screen, so the picture must be 9 wide and 16 high.

    At a height of 1080 that would be 607.5 pixels, and codecs want even numbers: one pixel more
    or less is let through, so 608 passes.
    """
    del limit
    if _post_type(checked) != "reel":
        return
    for at, facts in attached_videos(checked):
        width, height = facts.width_px, facts.height_px
        if width and height:
            off = abs(width * _PORTRAIT_HEIGHT - height * _PORTRAIT_WIDTH)
            if off > _PORTRAIT_HEIGHT:
                yield Violation(
                    at=at, actual=round(width / height, 4), more={"size": f"{width} by {height}"}
                )


@rule(
    "facebook.reel.min_width",
    limit=limits.REEL_WIDTH,
    field="media",
    only_with="media",
    message="The reel is {actual} pixels wide; Facebook accepts {limit} and more.",
    remediation="Export the video at 1080 by 1920.",
    accepts=lambda limit: _reel(width_px=limit, height_px=960),
    refuses=lambda limit: _reel(width_px=limit - 1, height_px=960),
)
def reel_too_narrow(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The width is the one a viewer sees: a telephone films sideways and notes a quarter turn."""
    if _post_type(checked) == "reel":
        yield from fact_below(attached_videos(checked), "width_px", limit.value)


@rule(
    "facebook.reel.min_height",
    limit=limits.REEL_HEIGHT,
    field="media",
    only_with="media",
    message="The reel is {actual} pixels high; Facebook accepts {limit} and more.",
    remediation="Export the video at 1080 by 1920.",
    accepts=lambda limit: _reel(width_px=540, height_px=limit),
    refuses=lambda limit: _reel(width_px=540, height_px=limit - 1),
)
def reel_too_low(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A video of 720 by 576, the size of old television, fails by its height and not its width."""
    if _post_type(checked) == "reel":
        yield from fact_below(attached_videos(checked), "height_px", limit.value)


@rule(
    "facebook.reel.frame_rate",
    limit=limits.REEL_FRAME_RATE,
    field="media",
    only_with="media",
    message="The reel runs at {actual} frames a second; Facebook accepts {limit}.",
    remediation="Export the video at 30 frames a second.",
    accepts=lambda limit: _reel(frames_per_second=float(limit[1])),
    refuses=lambda limit: _reel(frames_per_second=limit[1] + 0.01),
)
def reel_frame_rate(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """24 and 60 are names as much as numbers: 23.976 is what television calls 24, and passes."""
    least, most = limit.value
    if _post_type(checked) == "reel":
        bounds = (round(least * _TELEVISION, 3), most)
        yield from fact_outside(attached_videos(checked), "frames_per_second", bounds)


@rule(
    "facebook.reel.codec",
    limit=limits.REEL_CODECS,
    field="media",
    only_with="media",
    message="The {track} of the reel is {actual}; Facebook accepts {limit}.",
    remediation="Export the video as H.264 with AAC sound.",
    accepts=lambda _: _reel(video_codec="av1", audio_codec="aac"),
    refuses=lambda _: _reel(video_codec="mpeg4"),
)
def reel_codec(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Reels may be H.264, H.265, VP9 or AV1 with AAC sound; a reel without sound is fine.

    Apple's ProRes, which telephones can film in, is not among them.
    """
    if _post_type(checked) != "reel":
        return
    for found in fact_unlike(attached_videos(checked), "video_codec", limit.value):
        yield Violation(at=found.at, actual=found.actual, more={"track": "picture"})
    for found in fact_unlike(attached_sounds(checked), "audio_codec", {"aac"}):
        yield Violation(at=found.at, actual=found.actual, more={"track": "sound", "limit": ["aac"]})


MEDIA_RULES: tuple[Rule, ...] = (
    type_is_not_accepted,
    image_too_big,
    png_will_lose_quality,
    video_too_big,
    video_too_long,
    story_photo_too_big,
    reel_duration,
    reel_is_not_upright,
    reel_too_narrow,
    reel_too_low,
    reel_frame_rate,
    reel_codec,
)
