"""Rules of how many files make a pin, and of its images."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.text import utf16_units
from letmepost.platforms.pinterest import limits
from letmepost.platforms.pinterest.options import example_options
from letmepost.preflight.example import draft, image
from letmepost.preflight.rule import Limit, Rule, Violation, rule


def _pin(*media: Any) -> Draft:  # noqa: ANN401 - attached files
    return draft("Hello", *media, options=example_options(cover_key_frame_seconds=0.0))


@rule(
    "pinterest.media.required",
    limit=limits.FILES_COUNT,
    field="media",
    message="The pin has no image and no video.",
    remediation="Attach an image or a video.",
    accepts=lambda limit: _pin(*(image(),) * limit),
    refuses=lambda limit: _pin(*(image(),) * (limit - 1)),
)
def media_are_missing(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A pin is a picture first: there are no pins of text alone.

    The picture of a linked page is not taken either, as Pinterest's own save button would do.
    """
    if len(checked.media) < limit.value:
        yield Violation(at="media", actual=len(checked.media))


@rule(
    "pinterest.media.carousel_count",
    limit=limits.CAROUSEL_COUNT,
    field="media",
    only_with="media",
    message="The pin holds {actual}; Pinterest accepts one image, a carousel of 2 to {limit}, "
    "or one video.",
    remediation="Remove some, or make a pin of each.",
    difference="The first rule list of the original took one file a pin.",
    accepts=lambda limit: _pin(*(image(),) * limit),
    refuses=lambda limit: _pin(*(image(),) * (limit + 1)),
)
def files_do_not_go_together(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Several images are a carousel, and a video is alone.

    Pinterest can show carousels of videos, which no app may create.
    """
    images, videos = len(checked.images), len(checked.videos)
    if images > limit.value or videos > 1 or (images and videos):
        held = [
            f"{count} {name if count > 1 else name[:-1]}"
            for name, count in (("images", images), ("videos", videos))
            if count
        ]
        yield Violation(at="media", actual=" and ".join(held))


@rule(
    "pinterest.carousel.same_dimensions",
    severity="warning",
    field="media",
    only_with="media",
    message="The images of the carousel have several sizes: {actual}.",
    remediation="Cut all images to the size of the first.",
    sources=((limits.SIZES_GUIDE, limits.READ),),
    accepts=lambda _: _pin(image(), image()),
    refuses=lambda _: _pin(image(), image(width_px=41)),
)
def carousel_sizes_differ(checked: Draft) -> Iterator[Violation]:
    """The images of a carousel are shown in one frame, that of the first.

    Pinterest's documents say nothing of it and posts that were refused do, so it is a warning. One
    pixel is enough to differ.
    """
    sizes = {
        f"{item.facts.width_px} by {item.facts.height_px}": None
        for item in checked.images
        if item.facts and item.facts.width_px and item.facts.height_px
    }
    if len(sizes) > 1:
        yield Violation(at="media", actual=", ".join(sizes))


@rule(
    "pinterest.alt_text.max_chars",
    limit=limits.ALT_TEXT_UNITS,
    field="media.altText",
    only_with="media",
    message="The alt text is {actual} UTF-16 units; Pinterest accepts {limit}.",
    remediation="Say what matters in the picture, and leave the rest to the text.",
    accepts=lambda limit: _pin(image(alt_text="a" * limit)),
    refuses=lambda limit: _pin(image(alt_text="a" * (limit - 1) + "😀")),
)
def alt_text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Alt text has up to 500 characters.

    A pin has one alt text, also as a carousel of five images: that of the first.
    """
    for number, item in enumerate(checked.media):
        if item.alt_text and (actual := utf16_units(item.alt_text)) > limit.value:
            yield Violation(at=f"media[{number}].altText", actual=actual)


@rule(
    "pinterest.image.mime_allowed",
    limit=limits.IMAGE_TYPES,
    field="media",
    only_with="media",
    message="The image is {actual}; Pinterest accepts {limit}.",
    remediation="Convert the image to JPEG or PNG.",
    sources=((limits.SPECS, limits.READ),),
    accepts=lambda _: _pin(image("image/png")),
    refuses=lambda _: _pin(image("image/webp")),
)
def image_type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Pinterest's API names JPEG and PNG.

    WebP often passes when Pinterest fetches it from an address, and is refused when its bytes are
    sent; neither of Pinterest's documents lists it.
    """
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind != "video" and item.facts.content_type not in limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.content_type)


@rule(
    "pinterest.image.size_max",
    limit=limits.IMAGE_BYTES,
    field="media",
    only_with="media",
    message="The image is {actual} bytes; Pinterest accepts {limit}.",
    remediation="Save the image with a lower quality or fewer pixels.",
    accepts=lambda limit: _pin(image(size_bytes=limit)),
    refuses=lambda limit: _pin(image(size_bytes=limit + 1)),
)
def image_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Pinterest's help says 20 MB on the web, 32 MB in its app, and an older page of it 10 MB.

    The API names no size at all. LETMEPOST_PINTEREST_IMAGE_MAX_BYTES changes the number.
    """
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "image" and item.facts.size_bytes > limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.size_bytes)


@rule(
    "pinterest.image.aspect_recommended",
    limit=limits.IMAGE_RATIO,
    severity="warning",
    field="media",
    only_with="media",
    message="The image is {actual} pixels; Pinterest may cut what is higher than {limit} times "
    "its width.",
    remediation="Cut the image to 2:3, such as 1000 by 1500 pixels.",
    accepts=lambda limit: _pin(image(width_px=1000, height_px=int(1000 * limit))),
    refuses=lambda limit: _pin(image(width_px=1000, height_px=int(1000 * limit) + 1)),
)
def image_is_too_tall(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Pins are upright, 2:3, and taller ones are cut in feeds.

    A wide image is not cut, and gets less room than an upright one of the same width.
    """
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "image":
            width, height = item.facts.width_px or 0, item.facts.height_px or 0
            if height > width * Fraction(str(limit.value)):
                yield Violation(at=f"media[{number}]", actual=f"{width} by {height}")


MEDIA_RULES: tuple[Rule, ...] = (
    media_are_missing,
    files_do_not_go_together,
    carousel_sizes_differ,
    alt_text_too_long,
    image_type_is_not_accepted,
    image_too_big,
    image_is_too_tall,
)
