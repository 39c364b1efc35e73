"""Small media files, made on the spot: no file of unknown origin lies in the repository."""

import io
import os
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from PIL import Image


def image(
    format: str = "JPEG",  # noqa: A002 - Pillow's own word
    size: tuple[int, int] = (64, 48),
    mode: str = "RGB",
    **options: Any,
) -> bytes:
    buffer = io.BytesIO()
    # Noise, since a flat picture is a few bytes long and hardly any of them matter.
    picture = Image.effect_noise(size, 60).convert(mode)
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def exif(orientation: int = 1, *, gps: bool = False) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    if gps:
        tags.get_ifd(0x8825)[1] = "N"
        tags.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    return tags


def animation(format: str = "GIF", frames: int = 3) -> bytes:  # noqa: A002 - as above
    buffer = io.BytesIO()
    pictures = [Image.effect_noise((32, 24), 60 + n).convert("RGB") for n in range(frames)]
    pictures[0].save(buffer, format, save_all=True, append_images=pictures[1:], duration=100)
    return buffer.getvalue()


@contextmanager
def _plain_scheduling() -> Iterator[None]:
    """Leave the process as it was: as root, libsvtav1 makes it a real-time one.

    Everything that it starts from then on would be one too, and starve whatever else runs.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def video(  # noqa: PLR0913 - each is a fact to read back
    format: str = "mp4",  # noqa: A002 - PyAV's own word
    codec: str = "libx264",
    size: tuple[int, int] = (64, 48),
    frames: int = 30,
    rate: int = 30,
    *,
    audio: str | None = "aac",
    moov_first: bool = True,
    uneven: bool = False,
    bit_rate: int = 200_000,
    pixel_format: str = "yuv420p",
    codec_options: dict[str, str] | None = None,
    layout: str = "stereo",
) -> bytes:
    options = {"movflags": "faststart"} if moov_first and format in ("mp4", "mov") else {}
    # A real file, since the box order is turned round by reading it again.
    with (
        _plain_scheduling(),
        tempfile.NamedTemporaryFile() as file,
        av.open(file.name, "w", format=format, options=options) as output,
    ):
        picture_track = cast(
            "av.VideoStream", output.add_stream(codec, rate=rate, bit_rate=bit_rate)
        )
        picture_track.width, picture_track.height = size
        picture_track.pix_fmt = pixel_format
        picture_track.options = dict(codec_options or {})
        picture_track.time_base = picture_track.codec_context.time_base = Fraction(1, rate * 10)
        # Every track must be known before the first frame of any.
        sound_track = (
            cast("av.AudioStream", output.add_stream(audio, rate=48_000, layout=layout))
            if audio
            else None
        )
        for number in range(frames):
            frame = av.VideoFrame.from_image(  # type: ignore[no-untyped-call]
                Image.effect_noise(size, 60).convert("RGB")
            )
            frame.pts = number * 10 + (7 if uneven and number % 3 == 0 else 0)
            frame.time_base = Fraction(1, rate * 10)
            output.mux(picture_track.encode(frame))
        output.mux(picture_track.encode())
        if sound_track is not None:
            for number in range(48 * frames // rate):
                silence = av.AudioFrame(format="fltp", layout=layout, samples=1024)
                for plane in silence.planes:
                    plane.update(bytes(plane.buffer_size))
                silence.sample_rate = 48_000
                silence.pts = number * 1024
                output.mux(sound_track.encode(silence))
            output.mux(sound_track.encode())
        output.close()
        return Path(file.name).read_bytes()


def turned(movie: bytes, rotation_degrees: int) -> bytes:
    """The same mp4 with a quarter turn written into the first track's matrix."""
    cosine, sine = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotation_degrees]
    matrix = struct.pack(
        ">9i", cosine << 16, sine << 16, 0, -sine << 16, cosine << 16, 0, 0, 0, 1 << 30
    )
    at = movie.index(b"tkhd") + 4 + 40
    return movie[:at] + matrix + movie[at + 36 :]
