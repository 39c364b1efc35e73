"""Rules of images and videos, read from their bytes."""

from collections.abc import Iterator

from letmepost.content.draft import Draft
from letmepost.content.text import graphemes
from letmepost.platforms.bluesky import limits
from letmepost.platforms.bluesky.options import chosen_options, example_options
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule


def _is_gallery(checked: Draft) -> bool:
    chosen = chosen_options(checked)
    return chosen is not None and chosen.gallery


@rule(
    "bluesky.media.image_video_exclusive",
    field="media",
    only_with="media",
    message="The post holds {actual}; Bluesky shows either images or one video.",
    remediation="Keep the images or the video, and put the other into a second post.",
    sources=((limits.POST, limits.READ),),
    accepts=lambda _: draft("", image(), image()),
    refuses=lambda _: draft("", image(), video()),
)
def images_beside_video(checked: Draft) -> Iterator[Violation]:
    """A post has one embed, and an embed holds images or a video, never both."""
    images, videos = len(checked.images), len(checked.videos)
    if images and videos:
        yield Violation(at="media", actual=f"{images} images and {videos} videos")


@rule(
    "bluesky.media.count_max",
    limit=limits.IMAGES_COUNT,
    field="media",
    only_with="media",
    message="The post has {actual} {kind}; Bluesky accepts {limit}.",
    remediation="Remove some, spread them over replies, or set options.gallery for "
    f"up to {limits.GALLERY_COUNT.value}.",
    accepts=lambda limit: draft("", *(image(),) * limit),
    refuses=lambda limit: draft("", *(image(),) * (limit + 1)),
)
def too_many_files(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A post takes up to four images, or one video."""
    images, videos = len(checked.images), len(checked.videos)
    if images > limit.value and not _is_gallery(checked):
        yield Violation(at="media", actual=images, more={"kind": "images"})
    if videos > 1:
        yield Violation(at="media", actual=videos, more={"kind": "videos", "limit": 1})


@rule(
    "bluesky.media.gallery_count_max",
    limit=limits.GALLERY_COUNT,
    field="media",
    only_with="media",
    message="The gallery has {actual} images; Bluesky accepts {limit}.",
    remediation="Remove some, or spread them over replies.",
    accepts=lambda limit: draft("", *(image(),) * limit, options=example_options(gallery=True)),
    refuses=lambda limit: draft(
        "", *(image(),) * (limit + 1), options=example_options(gallery=True)
    ),
)
def gallery_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A gallery holds more images than an ordinary post, up to a ceiling."""
    if _is_gallery(checked) and (actual := len(checked.images)) > limit.value:
        yield Violation(at="media", actual=actual)


@rule(
    "bluesky.media.gallery_count_soft",
    limit=limits.GALLERY_COUNT_SOFT,
    severity="warning",
    field="media",
    only_with="media",
    message="The gallery has {actual} images; Bluesky's own client makes galleries of {limit}.",
    remediation="Expect readers to see fewer images at once, or remove some.",
    accepts=lambda limit: draft("", *(image(),) * limit, options=example_options(gallery=True)),
    refuses=lambda limit: draft(
        "", *(image(),) * (limit + 1), options=example_options(gallery=True)
    ),
)
def gallery_is_large(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The lexicon allows twenty images in a gallery and advises writers to stop at ten."""
    if _is_gallery(checked) and (actual := len(checked.images)) > limit.value:
        yield Violation(at="media", actual=actual)


@rule(
    "bluesky.media.aspect_ratio_required",
    limit=limits.GALLERY_SIDE,
    field="media",
    only_with="media",
    message="The size of the image cannot be read, and a gallery needs its aspect ratio.",
    remediation="Save the image again in another program, then upload it anew.",
    accepts=lambda limit: draft(
        "", image(width_px=limit, height_px=limit), options=example_options(gallery=True)
    ),
    refuses=lambda limit: draft(
        "", image(width_px=limit - 1, height_px=limit), options=example_options(gallery=True)
    ),
)
def gallery_image_has_no_size(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Every item of a gallery states its aspect ratio, which is read from the bytes."""
    if not _is_gallery(checked):
        return
    for number, item in enumerate(checked.media):
        if item.facts and item.kind == "image":
            sides = (item.facts.width_px or 0, item.facts.height_px or 0)
            if min(sides) < limit.value:
                yield Violation(at=f"media[{number}]", actual=min(sides))


@rule(
    "bluesky.media.alt_text_max_graphemes",
    limit=limits.ALT_TEXT_GRAPHEMES,
    field="media.altText",
    only_with="media",
    message="The alt text is {actual} graphemes; Bluesky's own client accepts {limit}.",
    remediation="Say what matters in the picture, and leave the rest to the text.",
    difference="The lexicon states no limit today; this is the figure of Bluesky's own client.",
    accepts=lambda limit: draft("", image(alt_text="a" * limit)),
    refuses=lambda limit: draft("", image(alt_text="a" * (limit + 1))),
)
def alt_text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Alt text is counted in what a reader sees, as the text is."""
    for number, item in enumerate(checked.media):
        if item.alt_text and (actual := graphemes(item.alt_text)) > limit.value:
            yield Violation(at=f"media[{number}].altText", actual=actual)


@rule(
    "bluesky.media.mime_allowed",
    limit=limits.MEDIA_TYPES,
    field="media",
    only_with="media",
    message="The file is {actual}; Bluesky accepts {limit}.",
    remediation="Convert images to JPEG, PNG or WebP, and videos to MP4.",
    accepts=lambda _: draft("", image("image/webp")),
    refuses=lambda _: draft("", image("image/heic")),
)
def type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The type is read from the bytes; a name or a declared type does not change what a file is.

    A phone's HEIC photo named photo.jpg is still HEIC, and browsers could not show it.
    """
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.content_type not in limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.content_type)


@rule(
    "bluesky.media.image_size_max",
    limit=limits.IMAGE_BYTES,
    field="media",
    only_with="media",
    message="The image is {actual} bytes; Bluesky accepts {limit}.",
    remediation="Save the image with a lower quality or fewer pixels.",
    difference="The newest lexicon says 2,000,000. Servers with an older one refuse more than "
    "1,000,000, so that is the default; LETMEPOST_BLUESKY_IMAGE_MAX_BYTES raises it.",
    accepts=lambda limit: draft("", image(size_bytes=limit)),
    refuses=lambda limit: draft("", image(size_bytes=limit + 1)),
)
def image_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The size of an image is checked by the server when the post is made, not at the upload."""
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "image" and item.facts.size_bytes > limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.size_bytes)


@rule(
    "bluesky.media.video_size_max",
    limit=limits.VIDEO_BYTES,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; Bluesky accepts {limit}.",
    remediation="Encode the video with a lower bitrate or cut it.",
    difference="The original says 100,000,000; the lexicon says 300,000,000 today.",
    accepts=lambda limit: draft("", video(size_bytes=limit)),
    refuses=lambda limit: draft("", video(size_bytes=limit + 1)),
)
def video_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos are capped in bytes; a daily allowance of the account comes on top."""
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "video" and item.facts.size_bytes > limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.size_bytes)


@rule(
    "bluesky.media.pds_blob_max",
    needs_account=True,
    limit=limits.BLOB_BYTES,
    field="media",
    only_with="media",
    message="The image is {actual} bytes; the account's server takes uploads up to {limit}.",
    remediation="Save the image with fewer pixels, or ask the server's operator for more.",
    accepts=lambda _: draft("", image(size_bytes=500), account={"blobMaxBytes": 500}),
    refuses=lambda _: draft("", image(size_bytes=501), account={"blobMaxBytes": 500}),
)
def upload_too_big_for_server(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Every Bluesky server has its own cap on uploads, and self-hosted ones set it low.

    The cap that the account's own server states is used; the number here is that of Bluesky's
    servers, for an account whose server states none.
    """
    most = checked.account.get("blobMaxBytes") or limit.value
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "image" and item.facts.size_bytes > most:
            yield Violation(
                at=f"media[{number}]", actual=item.facts.size_bytes, more={"limit": most}
            )


@rule(
    "bluesky.video.duration_max",
    limit=limits.VIDEO_SECONDS,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; Bluesky accepts {limit}.",
    remediation="Cut the video, or spread it over replies.",
    difference="Three minutes until September 2026, ten since; a server that still refuses says "
    "so, and LETMEPOST_BLUESKY_VIDEO_MAX_SECONDS lowers the limit.",
    accepts=lambda limit: draft("", video(duration_seconds=float(limit))),
    refuses=lambda limit: draft("", video(duration_seconds=limit + 0.001)),
)
def video_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos are capped in time as well as in bytes."""
    for number, item in enumerate(checked.media):
        seconds = item.facts.duration_seconds if item.facts else None
        if item.kind == "video" and seconds is not None and seconds > limit.value:
            yield Violation(at=f"media[{number}]", actual=seconds)


@rule(
    "bluesky.media.gif_static",
    severity="warning",
    field="media",
    only_with="media",
    message="The GIF is animated; Bluesky will show its first frame only.",
    remediation="Convert the GIF to MP4 and attach it as a video.",
    sources=((limits.IMAGES, limits.READ),),
    accepts=lambda _: draft("", image("image/gif", animated=False)),
    refuses=lambda _: draft("", image("image/gif", animated=True, frames=12)),
)
def gif_will_not_move(checked: Draft) -> Iterator[Violation]:
    """Bluesky keeps an animated GIF as an image and shows it still."""
    for number, item in enumerate(checked.media):
        if item.facts and item.kind == "image" and item.facts.animated:
            yield Violation(at=f"media[{number}]", actual=item.facts.frames)


MEDIA_RULES: tuple[Rule, ...] = (
    images_beside_video,
    too_many_files,
    gallery_too_big,
    gallery_is_large,
    alt_text_too_long,
    gallery_image_has_no_size,
    type_is_not_accepted,
    image_too_big,
    video_too_big,
    upload_too_big_for_server,
    video_too_long,
    gif_will_not_move,
)
