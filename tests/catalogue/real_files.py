"""Real files that have the facts of an example: pictures by Pillow, films by PyAV, padded to size.

A film that lasts four hours has two frames, and a file of four gigabytes is a hole with a film in
front of it: what is read of them is real, and none of them takes a second to make.
"""

import io
import struct
import zlib
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
from av.plane import Plane
from PIL import Image

from letmepost.content.media_facts import MediaFacts
from letmepost.media.inspect_file import read_facts
from tests.media import documents

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/webp": "WEBP"}
LONGEST_LINE = 65_000
TICKS_PER_SECOND = 90_000
LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 6: "5.1"}
# What a GIF says of one frame of one pixel: its delay, its place, and the pixel.
GIF_FRAME = (
    b"\x21\xf9\x04\x00\x0a\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
)


def inspected(path: Path) -> MediaFacts:
    """The facts of a file as the server reads them."""
    with path.open("rb") as file:
        facts = read_facts(file)
    assert "problem" not in facts, facts
    return MediaFacts.from_json({**facts, "size_bytes": path.stat().st_size, "sha256": "0" * 64})


def write(path: Path, wanted: MediaFacts) -> None:
    """Write a file that has these facts."""
    if wanted.kind == "image":
        path.write_bytes(_picture(wanted))
    elif wanted.kind == "document":
        path.write_bytes(documents.pdf(wanted.pages or 1))
    else:
        _film(path, wanted)
    # An example without a size of its own says 1,000 bytes, and hardly a film has so few.
    if wanted.size_bytes > path.stat().st_size:
        _pad(path, wanted)


def _picture(wanted: MediaFacts) -> bytes:
    size = (wanted.width_px or 1, wanted.height_px or 1)
    if size[0] > LONGEST_LINE:
        return _long_line(size[0])
    kind = FORMATS[wanted.content_type]
    buffer = io.BytesIO()
    Image.new("P" if kind == "GIF" else "L", size).save(buffer, kind)
    if not wanted.frames:
        return buffer.getvalue()
    one = buffer.getvalue()
    assert one.endswith(b"\x3b")
    return one[:-1] + GIF_FRAME * (wanted.frames - 1) + b"\x3b"


def _long_line(width_px: int) -> bytes:
    """A PNG of one line, longer than Pillow writes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width_px, 1, 8, 0, 0, 0, 0)
    lines = zlib.compress(bytes(1 + width_px))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


def _film(path: Path, wanted: MediaFacts) -> None:
    size = (wanted.width_px or 64, wanted.height_px or 64)
    rate = Fraction(str(wanted.frames_per_second or 30)).limit_denominator(1001)
    frames = 30 if wanted.frames_per_second else 2
    whole = Fraction(frames) / rate
    if not wanted.frames_per_second and wanted.duration_seconds is not None:
        whole = Fraction(str(wanted.duration_seconds))
    # Odd sides need a picture whose colors are not halved.
    pixels = "yuv444p" if any(side % 2 for side in size) else "yuv420p"
    ends = [round(whole * TICKS_PER_SECOND * number / frames) for number in range(frames + 1)]
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as output:
        track = output.add_stream("libx264", rate=rate)
        track.width, track.height, track.pix_fmt = *size, pixels
        track.options = {"preset": "ultrafast", "bf": "0"}
        tick = Fraction(1, TICKS_PER_SECOND)
        track.time_base = track.codec_context.time_base = tick
        sound = None
        if wanted.audio_channels:
            layout = LAYOUTS[wanted.audio_channels]
            sound = output.add_stream("aac", rate=48_000, layout=layout)
        packets = []
        for start in ends[:-1]:
            frame = av.VideoFrame(*size, format=pixels)
            _blank(frame.planes)
            frame.pts, frame.time_base = start, tick
            packets += track.encode(frame)
        packets += track.encode()
        for packet, start, end in zip(packets, ends, ends[1:], strict=False):
            packet.duration = end - start
            output.mux(packet)
        if sound is not None:
            silence = av.AudioFrame(format="fltp", layout=layout, samples=1024)
            silence.sample_rate, silence.pts = 48_000, 0
            _blank(silence.planes)
            output.mux(sound.encode(silence))
            output.mux(sound.encode())


def _blank(planes: Iterable[Plane]) -> None:
    # What memory held before is noise, which no encoder makes small.
    for plane in planes:
        plane.update(bytes(plane.buffer_size))


def _pad(path: Path, wanted: MediaFacts) -> None:
    missing = wanted.size_bytes - path.stat().st_size
    if wanted.kind == "video":
        with path.open("ab") as file:
            # A box with a size of 64 bits, whose content is a hole.
            file.write(struct.pack(">I4sQ", 1, b"free", missing))
            file.truncate(wanted.size_bytes)
        return
    data = path.read_bytes()
    match wanted.content_type:
        case "image/jpeg":
            path.write_bytes(data[:2] + _comments(missing) + data[2:])
        case "application/pdf":
            # Readers look for where its table begins in the last lines of the file.
            last_lines = data[data.rindex(b"startxref") :]
            with path.open("ab") as file:
                file.truncate(wanted.size_bytes - len(last_lines))
                file.seek(0, io.SEEK_END)
                file.write(last_lines)
        case _:
            with path.open("ab") as file:
                file.truncate(wanted.size_bytes)


def _comments(size_bytes: int) -> bytes:
    """Comments of a JPEG, 65,537 bytes each at most and 4 at least."""
    made = b""
    while size_bytes:
        whole = min(size_bytes, 60_000)
        if 0 < size_bytes - whole < 4:
            whole -= 4
        made += b"\xff\xfe" + struct.pack(">H", whole - 2) + bytes(whole - 4)
        size_bytes -= whole
    return made
