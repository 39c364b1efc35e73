"""Rules of images, of alt text, and of the cover of a reel."""

from collections.abc import Iterator
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.text import utf16_units
from letmepost.platforms.instagram import limits
from letmepost.platforms.instagram.options import chosen_options, example_options, surface
from letmepost.preflight.attached import (
    Attached,
    aspect_ratio,
    attached_files,
    attached_images,
    fact_above,
    fact_below,
    fact_unlike,
    ratio_outside,
)
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_COVER_URL = "https://example.com/cover.jpg"
_EXTENDED = ("mpo", "jps")


def _picture(width_px: int = 1080, height_px: int = 1080, **facts: Any) -> DraftMedia:  # noqa: ANN401
    return image(width_px=width_px, height_px=height_px, **facts)


def _feed_images(checked: Draft) -> Attached:
    return attached_images(checked) if surface(checked) != "story" else iter(())


def _covered(cover: DraftMedia) -> Draft:
    options = example_options(media_type="reel", cover_url=_COVER_URL)
    return draft("", video(), options=options, cover=cover)


def _cover(checked: Draft) -> Attached:
    cover = checked.cover
    if cover is not None and cover.facts is not None and cover.facts.problem is None:
        yield "options.coverUrl", cover.facts


@rule(
    "instagram.media.alt_text_max_graphemes",
    limit=limits.ALT_TEXT_UTF16,
    field="media.altText",
    only_with="media",
    message="The alt text is {actual} UTF-16 units; Instagram accepts {limit}.",
    remediation="Say what matters in the picture, and leave the rest to the caption.",
    difference="The original says 2,200 graphemes, the length of a caption; the reference says "
    "1,000 characters.",
    accepts=lambda limit: draft("", _picture(alt_text="a" * limit)),
    refuses=lambda limit: draft("", _picture(alt_text="a" * (limit + 1))),
)
def alt_text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Alt text came to Instagram's API in March 2025, years after it came to the app.

    Only images have it: what is too long on a video is left out anyway.
    """
    for number, item in enumerate(checked.media):
        actual = utf16_units(item.alt_text or "")
        if item.kind == "image" and surface(checked) != "story" and actual > limit.value:
            yield Violation(at=f"media[{number}].altText", actual=actual)


@rule(
    "instagram.media.alt_text_images_only",
    severity="warning",
    field="media.altText",
    only_with="media",
    message="Instagram takes no alt text for {actual}, so it is left out.",
    remediation="Describe the video in the caption.",
    sources=((limits.MEDIA, limits.READ),),
    accepts=lambda _: draft("", _picture(alt_text="A bridge")),
    refuses=lambda _: draft("", video(alt_text="A bridge")),
)
def alt_text_is_left_out(checked: Draft) -> Iterator[Violation]:
    """Sending it would fail the whole post, so it is left out and said so.

    An image in a story has no alt text either, while the same image in a post has.
    """
    story = surface(checked) == "story"
    for number, item in enumerate(checked.media):
        if item.alt_text and (story or item.kind == "video"):
            yield Violation(at=f"media[{number}].altText", actual="a story" if story else "a video")


@rule(
    "instagram.media.mime_allowed",
    limit=limits.MEDIA_TYPES,
    field="media",
    only_with="media",
    message="The file is {actual}; Instagram accepts {limit}.",
    remediation="Convert images to JPEG, and videos to MP4.",
    accepts=lambda _: draft("", _picture()),
    refuses=lambda _: draft("", image("image/png", width_px=1080, height_px=1080)),
)
def type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """JPEG is the only image that Instagram's API takes: not even PNG, which its app takes.

    Instagram says of a wrong type that the media could not be fetched, which sends people
    looking at their web server.
    """
    return fact_unlike(attached_files(checked), "content_type", limit.value)


@rule(
    "instagram.image.jpeg_extended",
    field="media",
    only_with="media",
    message="The image is an extended JPEG ({actual}), which holds several pictures.",
    remediation="Save the image again as a plain JPEG.",
    sources=((limits.PUBLISHING, limits.READ),),
    accepts=lambda _: draft("", _picture()),
    refuses=lambda _: draft("", _picture(container="mpo")),
)
def image_is_several(checked: Draft) -> Iterator[Violation]:
    """MPO and JPS files begin as any JPEG does and carry more pictures behind the first.

    They come from stereo cameras, and from telephones which put a map of brightness behind the
    photo for bright screens. The name ends in .jpg all the same.
    """
    for at, facts in attached_images(checked):
        if facts.container in _EXTENDED:
            yield Violation(at=at, actual=facts.container)


@rule(
    "instagram.media.image_size_max",
    limit=limits.IMAGE_BYTES,
    field="media",
    only_with="media",
    message="The image is {actual} bytes; Instagram accepts {limit}.",
    remediation="Save the image with a lower quality, or 1440 pixels wide.",
    accepts=lambda limit: draft("", _picture(size_bytes=limit)),
    refuses=lambda limit: draft("", _picture(size_bytes=limit + 1)),
)
def image_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The reference says 8 MB and an error text 8 MiB; the smaller reading is safe with both."""
    return fact_above(attached_images(checked), "size_bytes", limit.value)


@rule(
    "instagram.media.aspect_ratio",
    limit=limits.IMAGE_RATIO,
    field="media",
    only_with="media",
    message="The image is {size}, {actual} wide for each 1 of height; Instagram accepts {limit}.",
    remediation="Crop the image to 4:5, square or 1.91:1, or publish it as a story.",
    difference="The original learns of it when Instagram has refused the post; it is read from "
    "the file here. Its 9:16 for reels is only advice today.",
    accepts=lambda _: draft("", _picture(1080, 1350)),
    refuses=lambda _: draft("", _picture(1080, 1351)),
)
def image_ratio(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """From 4:5 upright to 1.91:1 lying down: a photo straight from a telephone, 3:4, is too high.

    One pixel decides: 1080 by 1350 passes and 1080 by 1351 does not.
    """
    return ratio_outside(_feed_images(checked), limit.value)


@rule(
    "instagram.carousel.aspect_consistent",
    severity="warning",
    field="media",
    only_with="media",
    message="The item is {size}; Instagram crops it to the ratio of the first item.",
    remediation="Crop all items to one ratio, or put the item that sets it first.",
    sources=((limits.PUBLISHING, limits.READ),),
    accepts=lambda _: draft("", _picture(1080, 1350), _picture(864, 1080)),
    refuses=lambda _: draft("", _picture(1080, 1350), _picture(1080, 1080)),
)
def carousel_will_be_cropped(checked: Draft) -> Iterator[Violation]:
    """The first item sets the frame, and the others lose what stands out of it."""
    if surface(checked) != "carousel":
        return
    first = None
    for at, facts in attached_files(checked):
        ratio = aspect_ratio(facts)
        if ratio is None:
            continue
        if first is None:
            first = ratio
        elif ratio != first:
            yield Violation(at=at, more={"size": f"{facts.width_px} by {facts.height_px}"})


@rule(
    "instagram.image.width_min",
    limit=limits.IMAGE_WIDTH_MIN,
    severity="warning",
    field="media",
    only_with="media",
    message="The image is {actual} pixels wide; Instagram scales it up to {limit}.",
    remediation="Attach a larger image, if there is one.",
    accepts=lambda limit: draft("", _picture(limit, 320)),
    refuses=lambda limit: draft("", _picture(limit - 1, 320)),
)
def image_will_grow(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A small image is not refused: it is blown up, and looks soft on every screen."""
    return fact_below(_feed_images(checked), "width_px", limit.value)


@rule(
    "instagram.image.width_max",
    limit=limits.IMAGE_WIDTH_MAX,
    severity="warning",
    field="media",
    only_with="media",
    message="The image is {actual} pixels wide; Instagram scales it down to {limit}.",
    remediation="Nothing, unless you want to choose how it is scaled: then send 1440 pixels.",
    accepts=lambda limit: draft("", _picture(limit, 1440)),
    refuses=lambda limit: draft("", _picture(limit + 1, 1440)),
)
def image_will_shrink(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Photos of any camera are wider, so this says what happens and not that something is wrong."""
    return fact_above(_feed_images(checked), "width_px", limit.value)


@rule(
    "instagram.cover.mime",
    limit=limits.COVER_TYPES,
    field="options.coverUrl",
    message="The cover is {actual}; Instagram accepts {limit}.",
    remediation="Convert the cover to JPEG.",
    accepts=lambda _: _covered(_picture(1080, 1920)),
    refuses=lambda _: _covered(image("image/png", width_px=1080, height_px=1920)),
    only_with="cover",
)
def cover_is_not_jpeg(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A cover is an image like any other on Instagram, so a PNG frame of the video is refused."""
    return fact_unlike(_cover(checked), "content_type", limit.value)


@rule(
    "instagram.cover.size_max",
    limit=limits.COVER_BYTES,
    field="options.coverUrl",
    message="The cover is {actual} bytes; Instagram accepts {limit}.",
    remediation="Save the cover with a lower quality.",
    accepts=lambda limit: _covered(_picture(1080, 1920, size_bytes=limit)),
    refuses=lambda limit: _covered(_picture(1080, 1920, size_bytes=limit + 1)),
    only_with="cover",
)
def cover_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The cover may be 8 MB however short the reel is; a frame by thumbOffsetMs needs no file."""
    return fact_above(_cover(checked), "size_bytes", limit.value)


@rule(
    "instagram.thumb_offset.within_video",
    field="options.thumbOffsetMs",
    message="The cover is to be the frame at {actual} milliseconds; the video ends before it.",
    remediation="Choose an earlier frame; 0 is the first.",
    sources=((limits.MEDIA, limits.READ),),
    accepts=lambda _: draft(
        "", video(duration_seconds=10.0), options=example_options(thumb_offset_ms=9999)
    ),
    refuses=lambda _: draft(
        "", video(duration_seconds=10.0), options=example_options(thumb_offset_ms=10_000)
    ),
    only_with="options",
)
def frame_is_behind_the_end(checked: Draft) -> Iterator[Violation]:
    """Milliseconds, where other platforms count seconds; a cover file wins over it."""
    chosen = chosen_options(checked)
    if chosen is None or chosen.thumb_offset_ms is None or chosen.cover_url:
        return
    for _, facts in attached_files(checked):
        seconds = facts.duration_seconds
        if seconds is not None and chosen.thumb_offset_ms >= seconds * 1000:
            yield Violation(at="options.thumbOffsetMs", actual=chosen.thumb_offset_ms)


IMAGE_RULES: tuple[Rule, ...] = (
    alt_text_too_long,
    alt_text_is_left_out,
    type_is_not_accepted,
    image_is_several,
    image_too_big,
    image_ratio,
    carousel_will_be_cropped,
    image_will_grow,
    image_will_shrink,
    cover_is_not_jpeg,
    cover_too_big,
    frame_is_behind_the_end,
)
