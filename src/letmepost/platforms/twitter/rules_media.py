"""Rules of how many files go together, of their types and sizes, and of animated GIFs."""

from collections.abc import Iterator

from letmepost.content.draft import Draft, DraftMedia
from letmepost.content.text import utf16_units
from letmepost.platforms.twitter import limits
from letmepost.platforms.twitter.options import chosen_options
from letmepost.preflight.example import draft, image, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

_GIF = "image/gif"


def _is_animated_gif(item: DraftMedia) -> bool:
    return bool(item.facts and item.facts.content_type == _GIF and item.facts.animated)


@rule(
    "twitter.media.count_max",
    limit=limits.IMAGES_COUNT,
    field="media",
    message="The post has {actual} {kind}; X accepts {limit}.",
    remediation="Remove some, or publish them in a post of their own.",
    difference="The first rule list of the original took one file a post.",
    accepts=lambda limit: draft("", *(image(),) * limit),
    refuses=lambda limit: draft("", *(image(),) * (limit + 1)),
)
def too_many_files(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A post shows up to four images, or one video, or one animated GIF.

    Each post of a thread counts for itself.
    """
    images, videos = len(checked.images), len(checked.videos)
    if images > limit.value:
        yield Violation(at="media", actual=images, more={"kind": "images"})
    if videos > 1:
        yield Violation(at="media", actual=videos, more={"kind": "videos", "limit": 1})
    chosen = chosen_options(checked)
    for number, each in enumerate(chosen.thread if chosen else ()):
        if (actual := len(each.media_ids)) > limit.value:
            yield Violation(
                at=f"options.thread[{number}].mediaIds", actual=actual, more={"kind": "files"}
            )


@rule(
    "twitter.media.image_video_exclusive",
    field="media",
    only_with="media",
    message="The post holds {actual}; X shows either images or one video.",
    remediation="Keep the images or the video, and publish the other in a post of its own.",
    sources=((limits.BEST_PRACTICES, limits.READ),),
    accepts=lambda _: draft("", image(), image()),
    refuses=lambda _: draft("", image(), video()),
)
def images_beside_video(checked: Draft) -> Iterator[Violation]:
    """X's documents let images and a video not share a post.

    X's own app mixes them since 2022, and the API still refuses what the app allows.
    """
    images, videos = len(checked.images), len(checked.videos)
    if images and videos:
        yield Violation(at="media", actual=f"{images} images and {videos} videos")


@rule(
    "twitter.media.gif_exclusive",
    limit=limits.GIFS_COUNT,
    field="media",
    only_with="media",
    message="An animated GIF stands beside other files, {actual} in all; X accepts {limit}.",
    remediation="Publish the GIF alone, or convert it to a still image.",
    accepts=lambda limit: draft("", *(image(_GIF, animated=True, frames=2),) * limit),
    refuses=lambda _: draft("", image(_GIF, animated=True, frames=2), image()),
)
def gif_is_not_alone(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """X turns an animated GIF into a looping video, so it takes the place of one.

    A GIF with a single frame is a plain image to X, and four of them go together.
    """
    if len(checked.media) > limit.value and any(map(_is_animated_gif, checked.media)):
        yield Violation(at="media", actual=len(checked.media))


@rule(
    "twitter.media.mime_allowed",
    limit=limits.MEDIA_TYPES,
    field="media",
    only_with="media",
    message="The file is {actual}; X accepts {limit}.",
    remediation="Convert images to JPEG, PNG or WebP, and videos to MP4.",
    sources=((limits.MEDIA_UPLOAD, limits.READ),),
    accepts=lambda _: draft("", video("video/mp4")),
    refuses=lambda _: draft("", video("video/quicktime", container="mov")),
)
def type_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The type is read from the bytes; MP4 alone is safe for videos.

    X's upload also takes QuickTime and WebM, and then fails some of them while it converts: a
    phone's .mov is mostly an MP4 with another label, and converting it costs no quality.
    """
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.content_type not in limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.content_type)


@rule(
    "twitter.media.image_size_max",
    limit=limits.IMAGE_BYTES,
    field="media",
    only_with="media",
    message="The image is {actual} bytes; X accepts {limit}.",
    remediation="Save the image with a lower quality or fewer pixels.",
    accepts=lambda limit: draft("", image(size_bytes=limit)),
    refuses=lambda limit: draft("", image(size_bytes=limit + 1)),
)
def image_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Images that do not move are capped at 5 MB.

    A GIF with one frame is under this limit and not under the larger one of animated GIFs.
    """
    for number, item in enumerate(checked.media):
        facts = item.facts
        if not facts or facts.kind != "image" or _is_animated_gif(item):
            continue
        if facts.size_bytes > limit.value:
            yield Violation(at=f"media[{number}]", actual=facts.size_bytes)


@rule(
    "twitter.media.gif_size_max",
    limit=limits.GIF_BYTES,
    field="media",
    only_with="media",
    message="The animated GIF is {actual} bytes; X accepts {limit}.",
    remediation="Remove frames, scale it down, or convert it to MP4.",
    accepts=lambda limit: draft("", _gif(size_bytes=limit)),
    refuses=lambda limit: draft("", _gif(size_bytes=limit + 1)),
)
def gif_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Animated GIFs are capped at 15 MB, three times as much as a still image.

    X shows them as video. The same animation as MP4 is often a tenth of the size.
    """
    for number, item in enumerate(checked.media):
        if item.facts and _is_animated_gif(item) and item.facts.size_bytes > limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.size_bytes)


@rule(
    "twitter.media.video_size_max",
    limit=limits.VIDEO_BYTES,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; X accepts {limit}.",
    remediation="Encode the video with a lower bitrate or cut it.",
    accepts=lambda limit: draft("", video(size_bytes=limit)),
    refuses=lambda limit: draft("", video(size_bytes=limit + 1)),
)
def video_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos are capped at 512 MB.

    The schema of the upload takes 16 GB, so it is no proof that a post will take the file.
    """
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "video" and item.facts.size_bytes > limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.size_bytes)


@rule(
    "twitter.gif.frames_max",
    limit=limits.GIF_FRAMES,
    field="media",
    only_with="media",
    message="The GIF has {actual} frames; X accepts {limit}.",
    remediation="Leave out every second frame, or convert the GIF to MP4.",
    accepts=lambda limit: draft("", _gif(frames=limit)),
    refuses=lambda limit: draft("", _gif(frames=limit + 1)),
)
def gif_has_too_many_frames(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """X converts every frame, and fails on more than 350.

    That is 14 seconds at 25 frames a second: a longer scene is a video.
    """
    for number, item in enumerate(checked.media):
        if item.facts and _is_animated_gif(item) and (item.facts.frames or 0) > limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.frames)


@rule(
    "twitter.gif.pixels_max",
    limit=limits.GIF_PIXELS,
    field="media",
    only_with="media",
    message="The GIF has {actual} pixels in all of its frames; X accepts {limit}.",
    remediation="Scale the GIF down or remove frames.",
    accepts=lambda limit: draft("", _gif(width_px=1000, height_px=1000, frames=limit // 1_000_000)),
    refuses=lambda limit: draft(
        "", _gif(width_px=1000, height_px=1000, frames=limit // 1_000_000 + 1)
    ),
)
def gif_has_too_many_pixels(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The pixels of all frames together are capped: width times height times frames.

    At the full 1280 by 1080 that leaves 217 frames of the 350 that a small GIF may have.
    """
    for number, item in enumerate(checked.media):
        if item.facts and _is_animated_gif(item):
            facts = item.facts
            pixels = (facts.width_px or 0) * (facts.height_px or 0) * (facts.frames or 0)
            if pixels > limit.value:
                yield Violation(at=f"media[{number}]", actual=pixels)


@rule(
    "twitter.gif.width_max",
    limit=limits.GIF_WIDTH,
    field="media",
    only_with="media",
    message="The GIF is {actual} pixels wide; X accepts {limit}.",
    remediation="Scale the GIF down.",
    accepts=lambda limit: draft("", _gif(width_px=limit)),
    refuses=lambda limit: draft("", _gif(width_px=limit + 1)),
)
def gif_too_wide(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Animated GIFs have a largest width; still images have none.

    A still picture of 8,000 pixels is scaled down by X, a GIF of 1,281 is refused.
    """
    for number, item in enumerate(checked.media):
        if item.facts and _is_animated_gif(item) and (item.facts.width_px or 0) > limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.width_px)


@rule(
    "twitter.gif.height_max",
    limit=limits.GIF_HEIGHT,
    field="media",
    only_with="media",
    message="The GIF is {actual} pixels high; X accepts {limit}.",
    remediation="Scale the GIF down.",
    accepts=lambda limit: draft("", _gif(height_px=limit)),
    refuses=lambda limit: draft("", _gif(height_px=limit + 1)),
)
def gif_too_high(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Animated GIFs have a largest height.

    It is lower than the largest width, so a GIF of 1280 by 1080 turned upright is refused.
    """
    for number, item in enumerate(checked.media):
        if item.facts and _is_animated_gif(item) and (item.facts.height_px or 0) > limit.value:
            yield Violation(at=f"media[{number}]", actual=item.facts.height_px)


@rule(
    "twitter.media.alt_text_max_graphemes",
    limit=limits.ALT_TEXT_UNITS,
    field="media.altText",
    only_with="media",
    message="The alt text is {actual} UTF-16 units; X accepts {limit}.",
    remediation="Say what matters in the picture, and leave the rest to the text.",
    difference="The original counts graphemes; X's schema counts characters, so a family emoji "
    "that is one grapheme is 11 units.",
    accepts=lambda limit: draft("", image(alt_text="a" * limit)),
    refuses=lambda limit: draft("", image(alt_text="a" * (limit - 1) + "😀")),
)
def alt_text_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Alt text is not weighed as the text is: an address counts all of its characters.

    X does not say which characters it means, so the largest count is used: UTF-16 units.
    """
    for number, item in enumerate(checked.media):
        if item.alt_text and (actual := utf16_units(item.alt_text)) > limit.value:
            yield Violation(at=f"media[{number}].altText", actual=actual)


def _gif(**facts: int) -> DraftMedia:
    return image(_GIF, **{"animated": True, "frames": 2, **facts})


MEDIA_RULES: tuple[Rule, ...] = (
    images_beside_video,
    too_many_files,
    gif_is_not_alone,
    alt_text_too_long,
    type_is_not_accepted,
    image_too_big,
    gif_too_big,
    video_too_big,
    gif_has_too_many_frames,
    gif_has_too_many_pixels,
    gif_too_wide,
    gif_too_high,
)
