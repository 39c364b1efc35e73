"""Rules of how many files a post has, and of its images."""

from collections.abc import Iterator

from letmepost.content.draft import Draft
from letmepost.content.text import utf16_units
from letmepost.platforms.threads import limits
from letmepost.preflight.attached import (
    aspect_ratio,
    attached_files,
    attached_images,
    fact_above,
    fact_below,
    fact_unlike,
)
from letmepost.preflight.example import draft, image
from letmepost.preflight.rule import Limit, Rule, Violation, rule


@rule(
    "threads.media.count_max",
    limit=limits.MEDIA_COUNT,
    field="media",
    only_with="media",
    message="The post has {actual} files; Threads accepts {limit}.",
    remediation="Remove some, or spread them over several posts.",
    accepts=lambda limit: draft("", *(image(),) * limit),
    refuses=lambda limit: draft("", *(image(),) * (limit + 1)),
)
def too_many_files(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Several files make a carousel, in which images and videos may be mixed.

    It holds twice as many as Instagram's, and counts as one post of the day's quota.
    """
    if (actual := len(checked.media)) > limit.value:
        yield Violation(at="media", actual=actual)


@rule(
    "threads.media.alt_text_max_graphemes",
    limit=limits.ALT_TEXT_UTF16,
    field="media.altText",
    only_with="media",
    message="The alt text is {actual} UTF-16 units; Threads accepts {limit}.",
    remediation="Say what matters in the picture, and leave the rest to the text.",
    difference="The original counts graphemes; Threads says characters and not which, so the "
    "larger count is taken.",
    accepts=lambda limit: draft("", image(alt_text="a" * limit)),
    refuses=lambda limit: draft("", image(alt_text="a" * (limit + 1))),
)
def alt_text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """An image's description may be twice as long as the post itself."""
    for number, item in enumerate(checked.media):
        if item.alt_text and (actual := utf16_units(item.alt_text)) > limit.value:
            yield Violation(at=f"media[{number}].altText", actual=actual)


@rule(
    "threads.media.mime_allowed",
    limit=limits.MEDIA_TYPES,
    field="media",
    only_with="media",
    message="The file is {actual}; Threads accepts {limit}.",
    remediation="Convert images to JPEG or PNG, and videos to MP4.",
    difference="The original accepts WebP as well; Meta's page names JPEG and PNG only.",
    accepts=lambda _: draft("", image("image/png")),
    refuses=lambda _: draft("", image("image/webp")),
)
def type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Threads reads the file from an address and looks at its bytes, not at its name.

    A GIF is not accepted as a file: animations come from the libraries in the app.
    """
    return fact_unlike(attached_files(checked), "content_type", limit.value)


@rule(
    "threads.media.image_size_max",
    limit=limits.IMAGE_BYTES,
    field="media",
    only_with="media",
    message="The image is {actual} bytes; Threads accepts {limit}.",
    remediation="Save the image with a lower quality or fewer pixels.",
    accepts=lambda limit: draft("", image(size_bytes=limit)),
    refuses=lambda limit: draft("", image(size_bytes=limit + 1)),
)
def image_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """8 MB may mean 8,388,608 bytes to Meta; the smaller reading is safe with both."""
    return fact_above(attached_images(checked), "size_bytes", limit.value)


@rule(
    "threads.image.aspect_ratio_max",
    limit=limits.IMAGE_RATIO,
    field="media",
    only_with="media",
    message="The image is {size}; Threads accepts sides up to {limit} times as long as the other.",
    remediation="Crop the image, or cut it into several.",
    accepts=lambda limit: draft("", image(width_px=400 * limit, height_px=400)),
    refuses=lambda limit: draft("", image(width_px=400 * limit + 1, height_px=400)),
)
def image_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Panoramas and long screenshots may be ten times as long as they are high, or the reverse.

    Instagram, of the same company, stops at 1.91.
    """
    for at, facts in attached_images(checked):
        ratio = aspect_ratio(facts)
        if ratio is not None and max(ratio, 1 / ratio) > limit.value:
            yield Violation(
                at=at,
                actual=round(float(max(ratio, 1 / ratio)), 4),
                more={"size": f"{facts.width_px} by {facts.height_px}"},
            )


@rule(
    "threads.image.width_min",
    limit=limits.IMAGE_WIDTH_MIN,
    severity="warning",
    field="media",
    only_with="media",
    message="The image is {actual} pixels wide; Threads scales it up to {limit}.",
    remediation="Attach a larger image, if there is one.",
    accepts=lambda limit: draft("", image(width_px=limit, height_px=240)),
    refuses=lambda limit: draft("", image(width_px=limit - 1, height_px=240)),
)
def image_will_grow(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A small image is not refused, it is blown up and looks soft."""
    return fact_below(attached_images(checked), "width_px", limit.value)


@rule(
    "threads.image.width_max",
    limit=limits.IMAGE_WIDTH_MAX,
    severity="warning",
    field="media",
    only_with="media",
    message="The image is {actual} pixels wide; Threads scales it down to {limit}.",
    remediation="Nothing, unless fine print must stay readable: then crop the image.",
    accepts=lambda limit: draft("", image(width_px=limit, height_px=1000)),
    refuses=lambda limit: draft("", image(width_px=limit + 1, height_px=1000)),
)
def image_will_shrink(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Only the width is scaled to, so a tall screenshot keeps its height while it fits."""
    return fact_above(attached_images(checked), "width_px", limit.value)


MEDIA_RULES: tuple[Rule, ...] = (
    too_many_files,
    alt_text_too_long,
    type_is_not_accepted,
    image_too_big,
    image_too_long,
    image_will_grow,
    image_will_shrink,
)
