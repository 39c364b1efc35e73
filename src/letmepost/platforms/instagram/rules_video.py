"""Rules of videos, read from their bytes: reels, stories, and videos in a carousel."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from letmepost.content.draft import Draft
from letmepost.platforms.instagram import limits
from letmepost.platforms.instagram.options import example_options, surface
from letmepost.preflight.attached import (
    Attached,
    aspect_ratio,
    attached_sounds,
    attached_videos,
    fact_above,
    fact_below,
    fact_outside,
    fact_unlike,
    ratio_outside,
    unusual_picture,
)
from letmepost.preflight.example import draft, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule

# How far from 9:16 a picture may be and still fill a telephone to the eye.
_NEAR = Fraction(1, 100)


def _reel(**facts: Any) -> Draft:  # noqa: ANN401 - any fact
    return draft("", video(**facts))


def _story(**facts: Any) -> Draft:  # noqa: ANN401 - any fact
    return draft("", video(**facts), options=example_options(media_type="story"))


def _reels(checked: Draft) -> Attached:
    return attached_videos(checked) if surface(checked) != "story" else iter(())


def _stories(checked: Draft) -> Attached:
    return attached_videos(checked) if surface(checked) == "story" else iter(())


@rule(
    "instagram.media.video_size_max",
    limit=limits.REEL_BYTES,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; Instagram accepts {limit}.",
    remediation="Encode the video with a lower bitrate or cut it.",
    difference="The original says 1 GB, as older revisions of the reference did; it says 300 MB "
    "today.",
    accepts=lambda limit: _reel(size_bytes=limit),
    refuses=lambda limit: _reel(size_bytes=limit + 1),
)
def video_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A reel of fifteen minutes has to make do with 2.6 megabits a second to stay below this.

    Stories have a smaller limit of their own.
    """
    return fact_above(_reels(checked), "size_bytes", limit.value)


@rule(
    "instagram.story.video_size_max",
    limit=limits.STORY_VIDEO_BYTES,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; a story on Instagram accepts {limit}.",
    remediation="Encode the video with a lower bitrate, or publish it as a reel.",
    accepts=lambda limit: _story(size_bytes=limit),
    refuses=lambda limit: _story(size_bytes=limit + 1),
)
def story_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A third of a reel's size, for something that is gone after a day."""
    return fact_above(_stories(checked), "size_bytes", limit.value)


@rule(
    "instagram.reel.duration_min",
    limit=limits.REEL_SECONDS_MIN,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; Instagram accepts {limit} and more.",
    remediation="Play the video twice over, or publish an image.",
    accepts=lambda limit: _reel(duration_seconds=float(limit)),
    refuses=lambda limit: _reel(duration_seconds=limit - 0.001),
)
def video_too_short(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Reels and stories alike: most animated GIFs are shorter, and stay too short as a video."""
    return fact_below(attached_videos(checked), "duration_seconds", limit.value)


@rule(
    "instagram.reel.duration_max",
    limit=limits.REEL_SECONDS_MAX,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; Instagram accepts {limit}.",
    remediation="Cut the video, or spread it over several posts.",
    difference="A later version of the original says 90 seconds, which the reference has not said "
    "for long.",
    accepts=lambda limit: _reel(duration_seconds=float(limit)),
    refuses=lambda limit: _reel(duration_seconds=limit + 0.001),
)
def reel_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A reel may last fifteen minutes over the API, more than the app itself lets people film."""
    return fact_above(_reels(checked), "duration_seconds", limit.value)


@rule(
    "instagram.story.duration_max",
    limit=limits.STORY_SECONDS,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; a story on Instagram accepts {limit}.",
    remediation="Cut the video into several stories, or publish it as a reel.",
    accepts=lambda limit: _story(duration_seconds=float(limit)),
    refuses=lambda limit: _story(duration_seconds=limit + 0.001),
)
def story_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The app cuts a long story into pieces by itself; over the API it is refused."""
    return fact_above(_stories(checked), "duration_seconds", limit.value)


@rule(
    "instagram.video.width_max",
    limit=limits.VIDEO_WIDTH,
    field="media",
    only_with="media",
    message="The video is {actual} pixels wide; Instagram accepts {limit}.",
    remediation="Scale the video down to a width of 1080.",
    accepts=lambda limit: _reel(width_px=limit, height_px=1080),
    refuses=lambda limit: _reel(width_px=limit + 1, height_px=1080),
)
def video_too_wide(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """4K is too wide even when it was filmed upright: it is 2160 pixels wide then."""
    return fact_above(attached_videos(checked), "width_px", limit.value)


@rule(
    "instagram.reel.aspect_ratio",
    limit=limits.REEL_RATIO,
    field="media",
    only_with="media",
    message="The video is {size}; Instagram accepts a width over height of {limit}.",
    remediation="Crop or pad the video to 1080 by 1920.",
    accepts=lambda limit: _reel(width_px=192 * limit[1], height_px=192),
    refuses=lambda limit: _reel(width_px=192 * limit[1], height_px=191),
)
def reel_ratio(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Nearly any shape passes, down to a strip a hundred times as high as wide.

    9:16 is only advice, and there is a warning of its own for that.
    """
    return ratio_outside(_reels(checked), limit.value)


@rule(
    "instagram.reel.portrait_advised",
    limit=limits.REEL_RATIO_ADVISED,
    severity="warning",
    field="media",
    only_with="media",
    message="The reel is {size}; Instagram shows 9:16 in full, and crops or frames the rest.",
    remediation="Crop or pad the video to 1080 by 1920, if the edges matter.",
    accepts=lambda _: _reel(width_px=608, height_px=1080),
    refuses=lambda _: _reel(width_px=1080, height_px=1350),
)
def reel_will_be_framed(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A reel fills a telephone's screen when it is 9 wide and 16 high.

    Sizes that codecs round, such as 608 by 1080, are as good. In a carousel this does not matter.
    """
    if surface(checked) != "reel":
        return
    for at, facts in attached_videos(checked):
        ratio = aspect_ratio(facts)
        if ratio is not None and abs(ratio / Fraction(str(limit.value)) - 1) > _NEAR:
            yield Violation(
                at=at,
                actual=round(float(ratio), 4),
                more={"size": f"{facts.width_px} by {facts.height_px}"},
            )


@rule(
    "instagram.story.aspect_ratio",
    limit=limits.STORY_RATIO,
    field="media",
    only_with="media",
    message="The video is {size}; a story on Instagram accepts a width over height of {limit}.",
    remediation="Crop or pad the video to 1080 by 1920.",
    accepts=lambda limit: _story(width_px=192 * limit[1], height_px=192),
    refuses=lambda limit: _story(width_px=192 * limit[1], height_px=191),
)
def story_ratio(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Ten times as high as wide, where a reel may be a hundred times as high."""
    return ratio_outside(_stories(checked), limit.value)


@rule(
    "instagram.video.frame_rate",
    limit=limits.VIDEO_FRAME_RATE,
    field="media",
    only_with="media",
    message="The video runs at {actual} frames a second; Instagram accepts {limit}.",
    remediation="Export the video at 30 frames a second.",
    accepts=lambda limit: _reel(frames_per_second=float(limit[1])),
    refuses=lambda limit: _reel(frames_per_second=limit[1] + 0.01),
)
def video_frame_rate(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Slow motion straight from a telephone has 120 or 240 frames a second, and is refused.

    Film at 23.976 passes, and so does 59.94.
    """
    return fact_outside(attached_videos(checked), "frames_per_second", limit.value)


@rule(
    "instagram.video.codec",
    limit=limits.VIDEO_CODECS,
    field="media",
    only_with="media",
    message="The picture is {actual}; Instagram accepts {limit}.",
    remediation="Export the video as H.264, progressive, with 4:2:0 colors.",
    accepts=lambda _: _reel(video_codec="hevc", pixel_format="yuv420p"),
    refuses=lambda _: _reel(video_codec="vp9"),
)
def video_codec(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """H.264 or HEVC, whole frames, with colors at half the resolution (4:2:0).

    Groups of frames must be closed as well; no file says so in its index, so that is not checked.
    """
    yield from fact_unlike(attached_videos(checked), "video_codec", limit.value)
    yield from unusual_picture(attached_videos(checked))


@rule(
    "instagram.video.audio_codec",
    limit=limits.AUDIO_CODECS,
    field="media",
    only_with="media",
    message="The sound is {actual}; Instagram accepts {limit}.",
    remediation="Export the sound as AAC, or leave it out.",
    accepts=lambda _: _reel(audio_codec="aac"),
    refuses=lambda _: _reel(audio_codec="mp3"),
)
def audio_codec(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A video without sound passes; a camera's uncompressed sound in a MOV file does not."""
    return fact_unlike(attached_sounds(checked), "audio_codec", limit.value)


@rule(
    "instagram.video.audio_sample_rate",
    limit=limits.AUDIO_SAMPLE_RATE,
    field="media",
    only_with="media",
    message="The sound has {actual} samples a second; Instagram accepts {limit}.",
    remediation="Export the sound at 48,000 or 44,100 samples a second.",
    accepts=lambda limit: _reel(audio_codec="aac", audio_sample_rate_hz=limit),
    refuses=lambda limit: _reel(audio_codec="aac", audio_sample_rate_hz=limit + 1),
)
def audio_sample_rate(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """48,000 is what cameras write; only recorders made for music write more."""
    return fact_above(attached_sounds(checked), "audio_sample_rate_hz", limit.value)


@rule(
    "instagram.video.audio_channels",
    limit=limits.AUDIO_CHANNELS,
    field="media",
    only_with="media",
    message="The sound has {actual} channels; Instagram accepts {limit}.",
    remediation="Mix the sound down to stereo.",
    accepts=lambda limit: _reel(audio_codec="aac", audio_channels=limit[1]),
    refuses=lambda limit: _reel(audio_codec="aac", audio_channels=limit[1] + 1),
)
def audio_channels(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Mono or stereo; an editing program may export 5.1 because the project was set to it."""
    return fact_outside(attached_sounds(checked), "audio_channels", limit.value)


@rule(
    "instagram.video.audio_bitrate",
    limit=limits.AUDIO_BITRATE,
    severity="warning",
    field="media",
    only_with="media",
    message="The sound has {actual} bits a second; Instagram names {limit}.",
    remediation="Nothing, if the post is accepted; else export the sound with 128 kbit/s.",
    accepts=lambda limit: _reel(audio_codec="aac", audio_bitrate_bits_per_second=limit),
    refuses=lambda limit: _reel(audio_codec="aac", audio_bitrate_bits_per_second=limit + 1),
)
def audio_bitrate(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The reference names one figure and does not say whether it is a maximum or advice."""
    return fact_above(attached_sounds(checked), "audio_bitrate_bits_per_second", limit.value)


@rule(
    "instagram.video.bitrate_max",
    limit=limits.VIDEO_BITRATE,
    field="media",
    only_with="media",
    message="The video has {actual} bits a second; Instagram accepts {limit}.",
    remediation="Export the video with a lower bitrate; 8 megabits are plenty for 1080 by 1920.",
    accepts=lambda limit: _reel(bitrate_bits_per_second=limit),
    refuses=lambda limit: _reel(bitrate_bits_per_second=limit + 1),
)
def bitrate_too_high(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Few telephones stay below this in 4K at 60 frames, so their films must be exported first."""
    return fact_above(attached_videos(checked), "bitrate_bits_per_second", limit.value)


@rule(
    "instagram.video.moov_first",
    field="media",
    only_with="media",
    message="The index of the video (its moov box) is at the end of the file.",
    remediation="Write the file again with its index in front; ffmpeg does it with "
    "-c copy -movflags +faststart.",
    sources=((limits.MEDIA, limits.READ),),
    accepts=lambda _: _reel(moov_first=True),
    refuses=lambda _: _reel(moov_first=False),
)
def index_at_the_end(checked: Draft) -> Iterator[Violation]:
    """Instagram reads the file while it arrives, so the index must come before the pictures.

    A file that every player plays may fail for this alone; the same bytes in another order pass.
    """
    for found in fact_unlike(attached_videos(checked), "moov_first", {True}):
        yield Violation(at=found.at)


@rule(
    "instagram.video.edit_list",
    severity="warning",
    field="media",
    only_with="media",
    message="The video has an edit list, which Instagram may not follow.",
    remediation="Export the video without edits in its index, if sound and picture drift apart.",
    sources=((limits.MEDIA, limits.READ),),
    accepts=lambda _: _reel(has_edit_list=False),
    refuses=lambda _: _reel(has_edit_list=True),
)
def edits_in_the_index(checked: Draft) -> Iterator[Violation]:
    """Instagram asks for files without edit lists, and most files that ffmpeg writes have one.

    Those only shift the sound by a few milliseconds and go through, so this is a warning.
    """
    for found in fact_unlike(attached_videos(checked), "has_edit_list", {False}):
        yield Violation(at=found.at)


VIDEO_RULES: tuple[Rule, ...] = (
    video_too_big,
    story_too_big,
    video_too_short,
    reel_too_long,
    story_too_long,
    video_too_wide,
    reel_ratio,
    reel_will_be_framed,
    story_ratio,
    video_frame_rate,
    video_codec,
    audio_codec,
    audio_sample_rate,
    audio_channels,
    audio_bitrate,
    bitrate_too_high,
    index_at_the_end,
    edits_in_the_index,
)
