"""Rules of videos, read from their bytes."""

from collections.abc import Iterator

from letmepost.content.draft import Draft
from letmepost.platforms.threads import limits
from letmepost.preflight.attached import (
    attached_sounds,
    attached_videos,
    fact_above,
    fact_outside,
    fact_unlike,
    ratio_outside,
    unusual_picture,
)
from letmepost.preflight.example import draft, video
from letmepost.preflight.rule import Limit, Rule, Violation, rule


@rule(
    "threads.media.video_size_max",
    limit=limits.VIDEO_BYTES,
    field="media",
    only_with="media",
    message="The video is {actual} bytes; Threads accepts {limit}.",
    remediation="Encode the video with a lower bitrate or cut it.",
    accepts=lambda limit: draft("", video(size_bytes=limit)),
    refuses=lambda limit: draft("", video(size_bytes=limit + 1)),
)
def video_too_big(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Threads fetches the file by itself, so a file that is too big fails minutes after sending."""
    return fact_above(attached_videos(checked), "size_bytes", limit.value)


@rule(
    "threads.video.duration_max",
    limit=limits.VIDEO_SECONDS_MAX,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; Threads accepts {limit}.",
    remediation="Cut the video, or spread it over several posts.",
    accepts=lambda limit: draft("", video(duration_seconds=float(limit))),
    refuses=lambda limit: draft("", video(duration_seconds=limit + 0.001)),
)
def video_too_long(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Five minutes, a third of what a reel on Instagram may last."""
    return fact_above(attached_videos(checked), "duration_seconds", limit.value)


@rule(
    "threads.video.duration_min",
    limit=limits.VIDEO_SECONDS_MIN,
    field="media",
    only_with="media",
    message="The video lasts {actual} seconds; Threads wants more than {limit}.",
    remediation="Export the video again; its index says that it has no duration.",
    accepts=lambda limit: draft("", video(duration_seconds=limit + 0.001)),
    refuses=lambda limit: draft("", video(duration_seconds=float(limit))),
)
def video_lasts_no_time(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A thousandth of a second is enough; a recording that was broken off may say zero."""
    for at, facts in attached_videos(checked):
        if facts.duration_seconds is not None and facts.duration_seconds <= limit.value:
            yield Violation(at=at, actual=facts.duration_seconds)


@rule(
    "threads.video.width_max",
    limit=limits.VIDEO_WIDTH,
    field="media",
    only_with="media",
    message="The video is {actual} pixels wide; Threads accepts {limit}.",
    remediation="Scale the video down to a width of 1920 or 1080.",
    accepts=lambda limit: draft("", video(width_px=limit, height_px=3840)),
    refuses=lambda limit: draft("", video(width_px=limit + 1, height_px=3840)),
)
def video_too_wide(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The width alone is capped, as a viewer sees it: an upright 4K video of 2160 is too wide.

    The same film lying on its side, 3840 wide, is too wide as well.
    """
    return fact_above(attached_videos(checked), "width_px", limit.value)


@rule(
    "threads.video.aspect_ratio",
    limit=limits.VIDEO_RATIO,
    field="media",
    only_with="media",
    message="The video is {size}; Threads accepts a width over height of {limit}.",
    remediation="Crop or pad the video; 1080 by 1920 fills a telephone.",
    accepts=lambda limit: draft("", video(width_px=192 * limit[1], height_px=192)),
    refuses=lambda limit: draft("", video(width_px=192 * limit[1], height_px=191)),
)
def video_ratio(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A hundred times as high as wide is allowed, and only ten times as wide as high."""
    return ratio_outside(attached_videos(checked), limit.value)


@rule(
    "threads.video.frame_rate",
    limit=limits.VIDEO_FRAME_RATE,
    field="media",
    only_with="media",
    message="The video runs at {actual} frames a second; Threads accepts {limit}.",
    remediation="Export the video at 30 frames a second.",
    accepts=lambda limit: draft("", video(frames_per_second=float(limit[1]))),
    refuses=lambda limit: draft("", video(frames_per_second=limit[1] + 0.01)),
)
def video_frame_rate(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """The odd minimum of 23 lets film through, which television plays at 23.976.

    Recordings of a screen with a changing rate may fall below it on average.
    """
    return fact_outside(attached_videos(checked), "frames_per_second", limit.value)


@rule(
    "threads.video.codec",
    limit=limits.VIDEO_CODECS,
    field="media",
    only_with="media",
    message="The picture is {actual}; Threads accepts {limit}.",
    remediation="Export the video as H.264, progressive, with 4:2:0 colors.",
    accepts=lambda _: draft("", video(video_codec="hevc", pixel_format="yuv420p")),
    refuses=lambda _: draft("", video(video_codec="vp9")),
)
def video_codec(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """H.264 or HEVC, whole frames, with colors at half the resolution (4:2:0).

    HEVC in an MP4 file is fine, although other guides blame it. A screen recording with full
    colors (4:4:4) is refused in spite of its good codec.
    """
    yield from fact_unlike(attached_videos(checked), "video_codec", limit.value)
    yield from unusual_picture(attached_videos(checked))


@rule(
    "threads.video.audio_codec",
    limit=limits.AUDIO_CODECS,
    field="media",
    only_with="media",
    message="The sound is {actual}; Threads accepts {limit}.",
    remediation="Export the sound as AAC, or leave it out.",
    accepts=lambda _: draft("", video(audio_codec="aac")),
    refuses=lambda _: draft("", video(audio_codec="mp3")),
)
def audio_codec(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """A video without sound passes; one with MP3, which MP4 files may hold, does not."""
    return fact_unlike(attached_sounds(checked), "audio_codec", limit.value)


@rule(
    "threads.video.audio_sample_rate",
    limit=limits.AUDIO_SAMPLE_RATE,
    field="media",
    only_with="media",
    message="The sound has {actual} samples a second; Threads accepts {limit}.",
    remediation="Export the sound at 48,000 or 44,100 samples a second.",
    accepts=lambda limit: draft("", video(audio_codec="aac", audio_sample_rate_hz=limit)),
    refuses=lambda limit: draft("", video(audio_codec="aac", audio_sample_rate_hz=limit + 1)),
)
def audio_sample_rate(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Recorders for musicians write 96,000 samples, which nobody hears and Threads refuses."""
    return fact_above(attached_sounds(checked), "audio_sample_rate_hz", limit.value)


@rule(
    "threads.video.audio_channels",
    limit=limits.AUDIO_CHANNELS,
    field="media",
    only_with="media",
    message="The sound has {actual} channels; Threads accepts {limit}.",
    remediation="Mix the sound down to stereo.",
    accepts=lambda limit: draft("", video(audio_codec="aac", audio_channels=limit[1])),
    refuses=lambda limit: draft("", video(audio_codec="aac", audio_channels=limit[1] + 1)),
)
def audio_channels(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Mono or stereo: some telephones record spatial sound with four channels."""
    return fact_outside(attached_sounds(checked), "audio_channels", limit.value)


@rule(
    "threads.video.bitrate_max",
    limit=limits.VIDEO_BITRATE,
    field="media",
    only_with="media",
    message="The video has {actual} bits a second; Threads accepts {limit}.",
    remediation="Export the video with a lower bitrate.",
    accepts=lambda limit: draft("", video(bitrate_bits_per_second=limit)),
    refuses=lambda limit: draft("", video(bitrate_bits_per_second=limit + 1)),
)
def bitrate_too_high(checked: Draft, limit: Limit) -> Iterator[Violation]:
    """Four times what Instagram takes, and what a camera writes rather than what anyone watches."""
    return fact_above(attached_videos(checked), "bitrate_bits_per_second", limit.value)


@rule(
    "threads.video.moov_first",
    field="media",
    only_with="media",
    message="The index of the video (its moov box) is at the end of the file.",
    remediation="Write the file again with its index in front; ffmpeg does it with "
    "-c copy -movflags +faststart.",
    sources=((limits.OVERVIEW, limits.READ),),
    accepts=lambda _: draft("", video(moov_first=True)),
    refuses=lambda _: draft("", video(moov_first=False)),
)
def index_at_the_end(checked: Draft) -> Iterator[Violation]:
    """Threads reads the file while it arrives, so the index must come before the pictures.

    Cameras and many editors write the index last, when they know it: the same bytes in another
    order are accepted, and nothing needs to be encoded again.
    """
    for found in fact_unlike(attached_videos(checked), "moov_first", {True}):
        yield Violation(at=found.at)


@rule(
    "threads.video.edit_list",
    severity="warning",
    field="media",
    only_with="media",
    message="The video has an edit list, which Threads may not follow.",
    remediation="Export the video without edits in its index, if sound and picture drift apart.",
    sources=((limits.OVERVIEW, limits.READ),),
    accepts=lambda _: draft("", video(has_edit_list=False)),
    refuses=lambda _: draft("", video(has_edit_list=True)),
)
def edits_in_the_index(checked: Draft) -> Iterator[Violation]:
    """Meta asks for files without edit lists, and most files that ffmpeg writes have one.

    Those only shift the sound by a few milliseconds and go through, so this is a warning.
    """
    for found in fact_unlike(attached_videos(checked), "has_edit_list", {False}):
        yield Violation(at=found.at)


VIDEO_RULES: tuple[Rule, ...] = (
    video_too_big,
    video_too_long,
    video_lasts_no_time,
    video_too_wide,
    video_ratio,
    video_frame_rate,
    video_codec,
    audio_codec,
    audio_sample_rate,
    audio_channels,
    bitrate_too_high,
    index_at_the_end,
    edits_in_the_index,
)
