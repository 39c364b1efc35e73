"""The facts of one video, read by PyAV; runs in the child process of `inspect_file` only."""

from itertools import pairwise
from typing import Any, BinaryIO, Final, NoReturn

import av
import av.container
import av.logging

from letmepost.media.mp4_boxes import read_layout

# Content type to (our name of the container, FFmpeg's name of its demuxer). The demuxer is never
# guessed: among those FFmpeg knows are playlists, which open other files and addresses.
CONTAINERS: Final = {
    "video/mp4": ("mp4", "mov"),
    "video/quicktime": ("mov", "mov"),
    "video/3gpp": ("3gp", "mov"),
    "video/webm": ("webm", "matroska"),
    "video/x-matroska": ("matroska", "matroska"),
    "video/x-msvideo": ("avi", "avi"),
    "video/x-flv": ("flv", "flv"),
    "video/mp2t": ("mpegts", "mpegts"),
    "video/mpeg": ("mpeg", "mpeg"),
    "video/x-ms-asf": ("asf", "asf"),
}
# FFmpeg's number for whole frames; those above are orders of half frames, 0 is unknown.
PROGRESSIVE: Final = 1
MAX_SAMPLES: Final = 20_000
# The first frame is decoded for the rotation alone; above 8K it costs more than it tells.
MAX_DECODED_PIXELS: Final = 7680 * 4320

Facts = dict[str, Any]


def read_video(file: BinaryIO, content_type: str, facts: Facts) -> None:
    """Add the facts of a video to `facts` as they are found; raise where the file is damaged."""
    container_name, demuxer = CONTAINERS[content_type]
    facts["container"] = container_name
    cut_short = demuxer == "mov" and read_layout(file).cut_short
    file.seek(0)
    av.logging.set_level(None)
    with av.open(
        file,
        mode="r",
        format=demuxer,
        metadata_errors="replace",
        io_open=_refuse_to_open,
    ) as container:
        _read_duration(container, facts)
        _read_audio(container, facts)
        _read_picture(container, facts)
    if cut_short:
        raise EOFError("the file is shorter than its boxes say")


def _refuse_to_open(url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    raise PermissionError(f"the file refers to another one: {url[:100]}")


def _read_duration(container: av.container.InputContainer, facts: Facts) -> None:
    duration_seconds = None
    if container.duration is not None and container.duration > 0:
        duration_seconds = container.duration / av.time_base
    else:
        known = [
            float(stream.duration * stream.time_base)
            for stream in container.streams
            if stream.duration and stream.duration > 0 and stream.time_base
        ]
        duration_seconds = max(known, default=None)
    if duration_seconds:
        facts["duration_seconds"] = round(duration_seconds, 6)
    if container.bit_rate > 0:
        facts["bitrate_bits_per_second"] = container.bit_rate


def _read_audio(container: av.container.InputContainer, facts: Facts) -> None:
    for audio in container.streams.audio[:1]:
        facts["audio_codec"] = _codec_name(audio.codec_context)
        if audio.codec_context.profile:
            facts["audio_profile"] = audio.codec_context.profile
        if audio.codec_context.bit_rate:
            facts["audio_bitrate_bits_per_second"] = audio.codec_context.bit_rate
        facts["audio_channels"] = audio.codec_context.channels
        facts["audio_sample_rate_hz"] = audio.codec_context.sample_rate


def _read_picture(container: av.container.InputContainer, facts: Facts) -> None:
    # A cover image is a video stream to FFmpeg.
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not moving:
        raise ValueError("the file holds no video track")
    video = moving[0]
    codec: av.VideoCodecContext | None = getattr(video, "codec_context", None)
    if codec is None:
        # A codec that FFmpeg cannot decode is not damage; which one it is stays unknown.
        return
    facts["video_codec"] = _codec_name(codec)
    facts |= _pixels(video, codec)
    if rate := video.average_rate or video.guessed_rate:
        facts["frames_per_second"] = round(float(rate), 3)
    constant = _is_constant_rate(video, facts.get("duration_seconds"))
    if constant is not None:
        facts["constant_frame_rate"] = constant
    if codec.width <= 0 or codec.height <= 0:
        raise ValueError("the video track has no dimensions")
    facts["width_px"], facts["height_px"] = codec.width, codec.height
    if codec.width * codec.height <= MAX_DECODED_PIXELS:
        codec.thread_count = 1
        codec.thread_type = "NONE"
        frame = next(container.decode(video), None)
        if frame is None:
            raise EOFError("the video track holds no frame")
        # FFmpeg counts against the clock, viewers and our callers with it.
        rotation_degrees = -round(frame.rotation) % 360
        facts["rotation_degrees"] = rotation_degrees
        if rotation_degrees % 180 == 90:  # noqa: PLR2004 - a quarter turn
            facts["width_px"], facts["height_px"] = codec.height, codec.width


def _pixels(video: av.VideoStream, codec: av.VideoCodecContext) -> Facts:
    facts: Facts = {}
    if video.sample_aspect_ratio:
        facts["pixel_aspect_ratio"] = round(float(video.sample_aspect_ratio), 4)
    if codec.pix_fmt:
        facts["pixel_format"] = codec.pix_fmt
    if codec.field_order:
        facts["interlaced"] = codec.field_order > PROGRESSIVE
    return facts


def _codec_name(codec: av.CodecContext) -> str:
    # The decoder may be called otherwise: libdav1d decodes av1, and mp3float mp3.
    return codec.codec.canonical_name or codec.name


def _is_constant_rate(video: av.VideoStream, duration_seconds: float | None) -> bool | None:
    # Only mov and avi list every sample; the index of the others holds key frames.
    samples = video.index_entries[:MAX_SAMPLES]
    if len(samples) < min(video.frames, MAX_SAMPLES) or len(samples) <= 2:  # noqa: PLR2004 - two gaps
        return None
    if not video.frames and not duration_seconds:
        return None
    gaps = [after.timestamp - before.timestamp for before, after in pairwise(samples)]
    # The last sample may be cut, and a coarse clock rounds each gap to one tick more or less.
    gaps = gaps[:-1] or gaps
    return max(gaps) - min(gaps) <= 1
