"""Rules of images, videos and documents."""

from collections.abc import Iterator
from typing import Any

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.media_facts import MediaFacts
from letmepost.content.text import is_blank, utf16_units
from letmepost.platforms.linkedin import limits
from letmepost.platforms.linkedin.options import chosen_options, example_options
from letmepost.preflight.example import draft, file, image, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_GIF = "image/gif"
_PDF = "application/pdf"


def _files(checked: Draft, kind: str) -> Iterator[tuple[str, MediaFacts]]:
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == kind:
            yield f"media[{number}]", item.facts


@rule(
    "linkedin.media.image_count",
    limit=limits.IMAGES_COUNT,
    field="media",
    only_with="media",
    message="The post has {actual} images; LinkedIn accepts {limit}.",
    remediation="Remove some, or make a PDF of them: LinkedIn shows its pages as a carousel.",
    difference="The original publishes text alone and has no rule for media.",
    accepts=lambda limit: draft("Hello", *(image(),) * limit),
    refuses=lambda limit: draft("Hello", *(image(),) * (limit + 1)),
)
def too_many_images(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A post has one image, or 2 to 20.

    Sponsored posts take one only: what has several can be published and not promoted.
    """
    if (actual := len(checked.images)) > limit.value:
        yield Violation(at="media", actual=actual)


@rule(
    "linkedin.media.video_count",
    limit=limits.VIDEOS_COUNT,
    field="media",
    only_with="media",
    message="The post has {actual} videos; LinkedIn accepts {limit}.",
    remediation="Join the videos into one, or make a post of each.",
    difference="The original publishes text alone and has no rule for media.",
    accepts=lambda limit: draft("Hello", *(video(size_bytes=100_000),) * limit),
    refuses=lambda limit: draft("Hello", *(video(size_bytes=100_000),) * (limit + 1)),
)
def too_many_videos(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A post shows one video; there is no carousel of videos, as there is one of images."""
    if (actual := len(checked.videos)) > limit.value:
        yield Violation(at="media", actual=actual)


@rule(
    "linkedin.media.mime_allowed",
    limit=limits.MEDIA_TYPES,
    field="media",
    only_with="media",
    message="The file is {actual}; LinkedIn accepts {limit}.",
    remediation="Convert images to JPEG or PNG, and videos to MP4.",
    sources=((limits.VIDEOS, limits.READ),),
    difference="The original publishes text alone and has no rule for media.",
    accepts=lambda _: draft("Hello", image("image/png")),
    refuses=lambda _: draft("Hello", image("image/webp")),
)
def type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Images are JPEG, PNG or GIF, videos MP4, whatever their names say.

    WebP is missing, in which most images are saved that come from a web page.
    """
    for number, item in enumerate(checked.media):
        if item.facts and item.kind != "document" and item.facts.content_type not in limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.content_type)


@rule(
    "linkedin.media.alt_text_max_chars",
    limit=limits.ALT_TEXT_UNITS,
    field="media.altText",
    only_with="media",
    message="The alt text is {actual} UTF-16 units; LinkedIn accepts {limit}.",
    remediation="Say what matters in the picture, and leave the rest to the text.",
    accepts=lambda limit: draft("Hello", image(alt_text="a" * limit)),
    refuses=lambda limit: draft("Hello", image(alt_text="a" * (limit - 1) + "😀")),
)
def alt_text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Alt text may be longer than the post itself: 4,086 beside 3,000."""
    for number, item in enumerate(checked.media):
        if item.alt_text and (actual := utf16_units(item.alt_text)) > limit.value:
            yield Violation(at=f"media[{number}].altText", actual=actual)


@rule(
    "linkedin.media.alt_text_recommended",
    limit=limits.ALT_TEXT_RECOMMENDED,
    severity="warning",
    field="media.altText",
    only_with="media",
    message="The alt text is {actual} characters; LinkedIn advises less than {limit}.",
    remediation="Say what matters in one sentence.",
    accepts=lambda limit: draft("Hello", image(alt_text="a" * (limit - 1))),
    refuses=lambda limit: draft("Hello", image(alt_text="a" * limit)),
)
def alt_text_is_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A screen reader reads alt text in one go and cannot skip inside it.

    The advice is "less than 120", so 120 itself is over it.
    """
    for number, item in enumerate(checked.media):
        if item.alt_text and (actual := len(item.alt_text)) >= limit.value:
            yield Violation(at=f"media[{number}].altText", actual=actual)


@rule(
    "linkedin.image.pixels_max",
    limit=limits.IMAGE_PIXELS,
    field="media",
    only_with="media",
    message="The image has {actual} pixels; LinkedIn accepts less than {limit}.",
    remediation="Scale the image down.",
    accepts=lambda limit: draft("Hello", image(width_px=limit - 1, height_px=1)),
    refuses=lambda limit: draft("Hello", image(width_px=limit, height_px=1)),
)
def image_has_too_many_pixels(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Images have less than 36,152,320 pixels; a size in bytes is not documented.

    6,000 by 6,000 passes. A phone that photographs with 48 megapixels does not.
    """
    for at, facts in _files(checked, "image"):
        if (pixels := (facts.width_px or 0) * (facts.height_px or 0)) >= limit.value:
            yield Violation(at=at, actual=pixels)


@rule(
    "linkedin.image.gif_frames_max",
    limit=limits.GIF_FRAMES,
    field="media",
    only_with="media",
    message="The GIF has {actual} frames; LinkedIn accepts {limit}.",
    remediation="Leave out every second frame, or convert the GIF to MP4.",
    accepts=lambda limit: draft("Hello", image(_GIF, animated=True, frames=limit)),
    refuses=lambda limit: draft("Hello", image(_GIF, animated=True, frames=limit + 1)),
)
def gif_has_too_many_frames(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Animated GIFs have up to 250 frames.

    That is 10 seconds at 25 frames a second, however small the picture.
    """
    for at, facts in _files(checked, "image"):
        if facts.content_type == _GIF and (facts.frames or 0) > limit.value:
            yield Violation(at=at, actual=facts.frames)


@rule(
    "linkedin.video.duration",
    limit=limits.VIDEO_SECONDS_MAX,
    field="media",
    only_with="media",
    message=f"The video lasts {{actual}} seconds; LinkedIn accepts {limits.VIDEO_SECONDS_MIN.value}"
    " to {limit}.",
    remediation="Cut the video, or let it run longer.",
    accepts=lambda limit: draft("Hello", _video(duration_seconds=float(limit))),
    refuses=lambda limit: draft("Hello", _video(duration_seconds=limit + 0.001)),
)
def video_is_out_of_time(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos last from 3 seconds to 30 minutes.

    Time counts, not size: half an hour fits into 500 MB at 2.2 megabits a second.
    """
    for at, facts in _files(checked, "video"):
        seconds = facts.duration_seconds
        if seconds is not None and not limits.VIDEO_SECONDS_MIN.value <= seconds <= limit.value:
            yield Violation(at=at, actual=seconds)


@rule(
    "linkedin.video.size_min",
    limit=limits.VIDEO_BYTES_MIN,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; LinkedIn accepts {limit} and more.",
    remediation="Encode the video with more pixels or a higher bitrate.",
    accepts=lambda limit: draft("Hello", video(size_bytes=limit)),
    refuses=lambda limit: draft("Hello", video(size_bytes=limit - 1)),
)
def video_too_light(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos have 75 KB at least, read here as 75 times 1,024.

    A still picture of ten seconds, well compressed, is smaller than that.
    """
    for at, facts in _files(checked, "video"):
        if facts.size_bytes < limit.value:
            yield Violation(at=at, actual=facts.size_bytes)


@rule(
    "linkedin.video.size_max",
    limit=limits.VIDEO_BYTES_MAX,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; LinkedIn accepts {limit}.",
    remediation="Encode the video with a lower bitrate or cut it.",
    accepts=lambda limit: draft("Hello", video(size_bytes=limit)),
    refuses=lambda limit: draft("Hello", video(size_bytes=limit + 1)),
)
def video_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos have up to 500 MB by LinkedIn's specification.

    Its upload takes a size of up to 5 GB, ten times as much, so a file that is uploaded may still
    fail when it is processed. LETMEPOST_LINKEDIN_VIDEO_MAX_BYTES changes the number.
    """
    for at, facts in _files(checked, "video"):
        if facts.size_bytes > limit.value:
            yield Violation(at=at, actual=facts.size_bytes)


@rule(
    "linkedin.video.aspect_ratio",
    limit=limits.VIDEO_RATIO,
    severity="warning",
    field="media",
    only_with="media",
    message="The video is {actual} pixels; its longer side should be up to {limit} times the "
    "shorter one.",
    remediation="Cut the picture, or add bars to its longer sides.",
    accepts=lambda _: draft("Hello", _video(width_px=1200, height_px=500)),
    refuses=lambda _: draft("Hello", _video(width_px=1202, height_px=500)),
)
def video_too_narrow(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Guides of other services name 1:2.4 to 2.4:1; LinkedIn's own page names no ratio.

    So it is a warning and stops nothing: a cinema film at 2.39:1 is just within it.
    """
    for at, facts in _files(checked, "video"):
        shorter, longer = sorted((facts.width_px or 0, facts.height_px or 0))
        if shorter and longer * 10 > shorter * round(limit.value * 10):
            yield Violation(at=at, actual=f"{facts.width_px} by {facts.height_px}")


@rule(
    "linkedin.document.mime_allowed",
    limit=limits.DOCUMENT_TYPES,
    field="media",
    only_with="media",
    message="The document is {actual}; LinkedIn accepts {limit}.",
    remediation="Export the document as PDF.",
    accepts=lambda _: draft("Hello", _document(), options=_titled()),
    refuses=lambda _: draft("Hello", file("document", "text/plain"), options=_titled()),
)
def document_type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Documents are PDF, Word or PowerPoint, and LinkedIn shows each page as a picture.

    What looks like a carousel of slides on LinkedIn is mostly a PDF.
    """
    for number, item in enumerate(checked.media):
        if item.facts and item.kind == "document" and item.facts.content_type not in limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.content_type)


@rule(
    "linkedin.document.size_max",
    limit=limits.DOCUMENT_BYTES,
    field="media",
    only_with="media",
    message="The document is {actual} bytes; LinkedIn accepts {limit}.",
    remediation="Export the document with smaller pictures.",
    accepts=lambda limit: draft("Hello", _document(size_bytes=limit), options=_titled()),
    refuses=lambda limit: draft("Hello", _document(size_bytes=limit + 1), options=_titled()),
)
def document_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Documents have up to 100 MB.

    Photographs placed into slides keep their full size until the export makes them smaller.
    """
    for at, facts in _files(checked, "document"):
        if facts.size_bytes > limit.value:
            yield Violation(at=at, actual=facts.size_bytes)


@rule(
    "linkedin.document.pages_max",
    limit=limits.DOCUMENT_PAGES,
    field="media",
    only_with="media",
    message="The document has {actual} pages; LinkedIn accepts {limit}.",
    remediation="Publish the most important pages, and link to the rest.",
    accepts=lambda limit: draft("Hello", _document(pages=limit), options=_titled()),
    refuses=lambda limit: draft("Hello", _document(pages=limit + 1), options=_titled()),
)
def document_has_too_many_pages(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Documents have up to 300 pages, and a slide is a page.

    Steps of an animated slide become a page each when a program exports them so. Pages are counted
    in the file itself; those of a Word file are the number that Word found when it saved it. They
    are unknown in the formats before 2007 and behind a password, and then nothing is refused.
    """
    for at, facts in _files(checked, "document"):
        if (facts.pages or 0) > limit.value:
            yield Violation(at=at, actual=facts.pages)


@rule(
    "linkedin.document.title_required",
    field="options.documentTitle",
    message="The document has no title, which LinkedIn asks for.",
    remediation="Give options.documentTitle.",
    sources=((limits.DOCUMENTS, limits.READ), (limits.POSTS, limits.READ)),
    accepts=lambda _: draft("Hello", _document(), options=_titled()),
    refuses=lambda _: draft("Hello", _document(), options=example_options(document_title=" ")),
    only_with="media",
)
def document_has_no_title(checked: Draft) -> Iterator[Violation]:
    """A document is shown under a title, and LinkedIn does not take the name of the file.

    Images and videos need none: of all that can be attached, only a document does.
    """
    chosen = chosen_options(checked)
    if checked.documents and (chosen is None or is_blank(chosen.document_title or "")):
        yield Violation(at="options.documentTitle")


def _video(**facts: Any) -> DraftMedia:  # noqa: ANN401 - any fact
    return video(**{"size_bytes": 100_000, **facts})


def _document(**facts: Any) -> DraftMedia:  # noqa: ANN401 - any fact
    return file("document", _PDF, **facts)


def _titled() -> object:
    return example_options(document_title="Bridges of the north")


MEDIA_RULES: tuple[Rule, ...] = (
    too_many_images,
    too_many_videos,
    alt_text_too_long,
    alt_text_is_long,
    type_is_not_accepted,
    image_has_too_many_pixels,
    gif_has_too_many_frames,
    video_is_out_of_time,
    video_too_light,
    video_too_big,
    video_too_narrow,
    document_has_no_title,
    document_type_is_not_accepted,
    document_too_big,
    document_has_too_many_pages,
)
