"""Rules of the inside of a video: time, size of the picture, codecs, sound."""

from collections.abc import Iterator
from typing import Any

from letmepost.content.draft import Draft
from letmepost.content.media_facts import MediaFacts
from letmepost.platforms.twitter import limits
from letmepost.preflight.example import draft, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule


def _videos(checked: Draft) -> Iterator[tuple[str, MediaFacts]]:
    for number, item in enumerate(checked.media):
        if item.facts and item.facts.kind == "video" and not item.facts.problem:
            yield f"media[{number}]", item.facts


@rule(
    "twitter.video.duration_min",
    limit=limits.VIDEO_SECONDS_MIN,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; X accepts {limit} and more.",
    remediation="Publish a GIF or an image instead, or let the video run longer.",
    accepts=lambda limit: draft("", video(duration_seconds=limit)),
    refuses=lambda limit: draft("", video(duration_seconds=limit - 0.001)),
)
def video_too_short(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A video lasts half a second at least.

    A single frame at 25 frames a second is 0.04 seconds, so a picture saved as MP4 is too short.
    """
    for at, facts in _videos(checked):
        if facts.duration_seconds is not None and facts.duration_seconds < limit.value:
            yield Violation(at=at, actual=facts.duration_seconds)


@rule(
    "twitter.video.duration_max",
    limit=limits.VIDEO_SECONDS_MAX,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; X accepts {limit}.",
    remediation="Cut the video, or spread it over the posts of options.thread.",
    accepts=lambda limit: draft("", video(duration_seconds=float(limit))),
    refuses=lambda limit: draft("", video(duration_seconds=limit + 0.001)),
)
def video_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Videos last 140 seconds at most, as once the text had 140 characters.

    X Premium raises it for some accounts, and X decides at the post, after the upload; an
    operator whose accounts have it sets LETMEPOST_TWITTER_VIDEO_MAX_SECONDS.
    """
    for at, facts in _videos(checked):
        if facts.duration_seconds is not None and facts.duration_seconds > limit.value:
            yield Violation(at=at, actual=facts.duration_seconds)


@rule(
    "twitter.video.dimensions_min",
    limit=limits.VIDEO_SIDE_MIN,
    field="media",
    only_with="media",
    message="The shorter side of the video has {actual} pixels; X accepts {limit} and more.",
    remediation="Scale the video up.",
    accepts=lambda limit: draft("", video(width_px=limit, height_px=limit)),
    refuses=lambda limit: draft("", video(width_px=limit, height_px=limit - 1)),
)
def video_too_small(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Both sides have 32 pixels at least.

    Anything below is an icon, or a test file: a video of 16 by 16 is what many tools make first.
    """
    for at, facts in _videos(checked):
        known = facts.width_px is not None and facts.height_px is not None
        if known and (side := min(facts.width_px or 0, facts.height_px or 0)) < limit.value:
            yield Violation(at=at, actual=side)


@rule(
    "twitter.video.dimensions_max",
    limit=limits.VIDEO_LONG_SIDE,
    severity="warning",
    field="media",
    only_with="media",
    message="The video is {actual} pixels; X recommends up to {limit} by "
    f"{limits.VIDEO_SHORT_SIDE.value}.",
    remediation="Scale the video down, or expect X to do it.",
    accepts=lambda limit: draft("", video(width_px=limit, height_px=720)),
    refuses=lambda limit: draft("", video(width_px=limit + 2, height_px=720)),
)
def video_too_large(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """One page of X's documents names 1280 by 1024 as the most, and 1080p for subscribers.

    The two do not agree, so a larger video is sent and this is said. Upright videos are measured
    upright: 720 by 1280 is within it.
    """
    for at, facts in _videos(checked):
        sides = sorted((facts.width_px or 0, facts.height_px or 0))
        if sides[1] > limit.value or sides[0] > limits.VIDEO_SHORT_SIDE.value:
            yield Violation(at=at, actual=f"{facts.width_px} by {facts.height_px}")


@rule(
    "twitter.video.aspect_ratio",
    limit=limits.VIDEO_RATIO,
    field="media",
    only_with="media",
    message="The video is {actual} pixels; X accepts a longer side of up to {limit} times the "
    "shorter one.",
    remediation="Cut the picture, or add bars to its longer sides.",
    accepts=lambda limit: draft("", video(width_px=300 * limit, height_px=300)),
    refuses=lambda limit: draft("", video(width_px=300, height_px=300 * limit + 1)),
)
def video_too_narrow(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The picture is between 1:3 and 3:1.

    Widescreen film at 2.39:1 passes, and so does a phone's screen recording at 9:20.
    """
    for at, facts in _videos(checked):
        sides = sorted((facts.width_px or 0, facts.height_px or 0))
        if sides[0] and sides[1] > sides[0] * limit.value:
            yield Violation(at=at, actual=f"{facts.width_px} by {facts.height_px}")


@rule(
    "twitter.video.frame_rate",
    limit=limits.FRAMES_PER_SECOND,
    field="media",
    only_with="media",
    message="The video has {actual} frames a second; X accepts {limit}.",
    remediation="Export the video at 60 or 30 frames a second.",
    accepts=lambda limit: draft("", video(frames_per_second=float(limit))),
    refuses=lambda limit: draft("", video(frames_per_second=limit + 0.01)),
)
def video_too_fast(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Up to 60 frames a second are taken.

    The slow motion of a phone is stored at 120 or 240 until somebody exports it.
    """
    for at, facts in _videos(checked):
        if facts.frames_per_second is not None and facts.frames_per_second > limit.value:
            yield Violation(at=at, actual=facts.frames_per_second)


def _other_than(checked: Draft, fact: str, limit: Limit) -> Iterator[Violation]:
    for at, facts in _videos(checked):
        known: Any = getattr(facts, fact)
        if known is not None and known not in limit.value:
            yield Violation(at=at, actual=known)


@rule(
    "twitter.video.codec",
    limit=limits.VIDEO_CODECS,
    field="media",
    only_with="media",
    message="The video is encoded as {actual}; X accepts {limit}.",
    remediation="Encode the video as H.264.",
    accepts=lambda _: draft("", video(video_codec="h264")),
    refuses=lambda _: draft("", video(video_codec="hevc")),
)
def codec_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The picture is H.264.

    Recent phones record H.265 into files that also end in .mp4, so the name says nothing.
    """
    yield from _other_than(checked, "video_codec", limit)


@rule(
    "twitter.video.pixel_format",
    limit=limits.PIXEL_FORMATS,
    field="media",
    only_with="media",
    message="The pixels of the video are stored as {actual}; X accepts {limit}.",
    remediation="Encode the video with 8 bits and 4:2:0 colour (ffmpeg: -pix_fmt yuv420p).",
    accepts=lambda _: draft("", video(pixel_format="yuv420p")),
    refuses=lambda _: draft("", video(pixel_format="yuv420p10le")),
)
def pixel_format_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Colour is stored as YUV 4:2:0 with 8 bits.

    A screen recording made with ffmpeg and no options is 4:4:4, which plays on the computer that
    made it and fails at X.
    """
    yield from _other_than(checked, "pixel_format", limit)


@rule(
    "twitter.video.pixel_aspect",
    field="media",
    only_with="media",
    message="The pixels of the video are {actual} times as wide as high; X accepts square ones.",
    remediation="Export the video with square pixels (ffmpeg: -vf scale=iw*sar:ih,setsar=1).",
    sources=((limits.BEST_PRACTICES, limits.READ),),
    accepts=lambda _: draft("", video(pixel_aspect_ratio=1.0)),
    refuses=lambda _: draft("", video(pixel_aspect_ratio=1.333)),
)
def pixels_are_not_square(checked: Draft) -> Iterator[Violation]:
    """Pixels are square.

    Old camcorders store 1440 pixels for a line of 1920 and note that each is wider than high.
    """
    for at, facts in _videos(checked):
        # 0 stands for "not said", which players take for square.
        if facts.pixel_aspect_ratio not in (None, 0.0, 1.0):
            yield Violation(at=at, actual=facts.pixel_aspect_ratio)


@rule(
    "twitter.video.audio_codec",
    limit=limits.AUDIO_CODECS,
    field="media",
    only_with="media",
    message="The sound of the video is {actual}; X accepts AAC-LC.",
    remediation="Encode the sound as AAC-LC (ffmpeg: -c:a aac).",
    accepts=lambda _: draft("", video(audio_codec="aac", audio_profile="LC")),
    refuses=lambda _: draft("", video(audio_codec="aac", audio_profile="HE-AAC")),
)
def audio_codec_is_not_accepted(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Sound is AAC in its plain profile, LC; a video may also have none.

    HE-AAC is AAC too by its name, and X refuses it.
    """
    for at, facts in _videos(checked):
        if facts.audio_codec is None:
            continue
        profile = facts.audio_profile or "LC"
        if facts.audio_codec not in limit.value or profile != "LC":
            yield Violation(
                at=at, actual=f"{facts.audio_codec} {facts.audio_profile or ''}".strip()
            )


@rule(
    "twitter.video.audio_channels",
    limit=limits.AUDIO_CHANNELS,
    field="media",
    only_with="media",
    message="The sound of the video has {actual} channels; X accepts {limit}.",
    remediation="Mix the sound down to stereo (ffmpeg: -ac 2).",
    accepts=lambda limit: draft("", video(audio_codec="aac", audio_channels=limit)),
    refuses=lambda limit: draft("", video(audio_codec="aac", audio_channels=limit + 1)),
)
def too_many_audio_channels(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Sound is mono or stereo.

    5.1 surround counts 6: the ".1" is a channel of its own.
    """
    for at, facts in _videos(checked):
        if facts.audio_channels is not None and facts.audio_channels > limit.value:
            yield Violation(at=at, actual=facts.audio_channels)


@rule(
    "twitter.video.gop",
    severity="warning",
    field="media",
    only_with="media",
    message="The video is interlaced; X asks for progressive pictures.",
    remediation="Deinterlace the video (ffmpeg: -vf yadif).",
    sources=((limits.BEST_PRACTICES, limits.READ),),
    accepts=lambda _: draft("", video(interlaced=False)),
    refuses=lambda _: draft("", video(interlaced=True)),
)
def video_is_interlaced(checked: Draft) -> Iterator[Violation]:
    """X asks for progressive scan and closed groups of pictures.

    Only the first can be read without decoding everything. Interlaced video comes from television:
    each of its frames holds two half pictures of different moments.
    """
    for at, facts in _videos(checked):
        if facts.interlaced:
            yield Violation(at=at)


VIDEO_RULES: tuple[Rule, ...] = (
    video_too_short,
    video_too_long,
    video_too_small,
    video_too_large,
    video_too_narrow,
    video_too_fast,
    codec_is_not_accepted,
    pixel_format_is_not_accepted,
    pixels_are_not_square,
    audio_codec_is_not_accepted,
    too_many_audio_channels,
    video_is_interlaced,
)
