"""Files made to do harm: each is answered clearly, in bounded time and bounded memory."""

import io
import json
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from letmepost.media.inspect import inspect
from letmepost.media.refit import refit
from letmepost.media.refit_image import refit as refit_here
from letmepost.preflight.image_fit import ImageTarget
from tests.media import documents, samples

SECONDS = 10
MEMORY_BYTES = 512 * 1024 * 1024
# A child counts what its parent held at the fork, and a whole test run holds a lot: a small process
# in between starts the one that is measured.
MEASURE = """
import json, os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-c", sys.argv[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
)
_, _, used = os.wait4(child.pid, 0)
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps([used.ru_maxrss * unit, used.ru_utime + used.ru_stime]))
"""
TARGET = ImageTarget("image/jpeg", 2000, 2000, 500_000)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _flat_png(side_px: int) -> bytes:
    """A square of one colour: as many pixels as are wanted in a thousandth of the bytes."""
    header = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(1)
    row = bytes(side_px * 3 + 1)
    body = b"".join(packer.compress(row) for _ in range(side_px)) + packer.flush()
    chunks = _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", body) + _png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _png_of_50_000_pixels() -> bytes:
    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 6, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", body)


def _png_with_a_long_comment() -> bytes:
    """A text chunk of 256 MB that is a quarter of a megabyte long."""
    packed = zlib.compress(bytes(256 * 1024 * 1024), 9)
    plain = samples.image("PNG")
    return plain[:33] + _png_chunk(b"zTXt", b"comment\0\0" + packed) + plain[33:]


def _zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(64 * 1024 * 1024))
    return buffer.getvalue()


def _ten_hours_in_one_frame() -> bytes:
    movie = bytearray(samples.video(frames=1, audio=None))
    for box in (b"mvhd", b"mdhd", b"tkhd"):
        at = movie.index(box) + 4
        where = at + (20 if box == b"tkhd" else 16)
        timescale = int.from_bytes(movie[movie.index(b"mvhd") + 16 :][:4], "big")
        if box == b"mdhd":
            timescale = int.from_bytes(movie[at + 12 : at + 16], "big")
        movie[where : where + 4] = struct.pack(">I", 36_000 * timescale)
    at = movie.index(b"stts") + 4 + 8
    movie[at + 4 : at + 8] = struct.pack(">I", 36_000 * timescale)
    return bytes(movie)


def _tiff_of_endless_directories() -> bytes:
    """A directory that names itself as the next one."""
    entry = struct.pack("<HHII", 256, 3, 1, 9)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8)


def _gif_of_many_frames() -> bytes:
    plain = samples.image("GIF", (1, 1))
    at = plain.index(b",")
    return plain[:at] + plain[at:-1] * 40_000 + b";"


def _pdf_of_real_pages(pages: int) -> bytes:
    return documents.pdf_of([*documents.tree(range(3, 3 + pages)), *[documents.PAGE] * pages])


def _pdf_of_endless_objects() -> bytes:
    whole = documents.packed_pdf(1)
    objects = documents.stream(4, b"/Type/ObjStm/N 3/First 20", bytes(300 * 1024 * 1024))
    return whole[: whole.index(b"4 0 obj")] + objects + whole[whole.index(b"5 0 obj") :]


def _presentation_of(slides: bytes) -> bytes:
    part = "ppt/presentation.xml"
    return documents.office({f"{documents.PRESENTATION}.main+xml": part}, {part: slides})


FILES = {
    "a PNG of 50,000 pixels a side": _png_of_50_000_pixels,
    "a flat PNG of 81 million pixels": lambda: _flat_png(9_000),
    "a PNG with a comment of 256 MB": _png_with_a_long_comment,
    "a zip bomb": _zip_bomb,
    "a picture that is an archive": lambda: samples.image() + _zip_bomb(),
    "an archive behind a PNG": lambda: samples.image("PNG") + _zip_bomb(),
    "a page that is a picture": lambda: b"GIF89a/*" + b"<script>alert(1)</script>" * 200,
    "ten hours in one frame": _ten_hours_in_one_frame,
    "a TIFF of endless directories": _tiff_of_endless_directories,
    "a GIF of 40,000 frames": _gif_of_many_frames,
    "a PDF of 20,000 pages": lambda: _pdf_of_real_pages(20_000),
    "a PDF that is one page again and again": lambda: documents.pdf_of(
        [*documents.tree([3] * 500_000), documents.PAGE]
    ),
    "a PDF whose objects are 300 MB of zeros": _pdf_of_endless_objects,
    "a PDF of objects without end": lambda: documents.HEADER + b"1 0 obj\n" * 2_000_000,
    "a PDF of lists in lists": lambda: documents.pdf_of([*documents.tree([3]), b"[" * 200_000]),
    "a presentation whose slides are 256 MB of spaces": lambda: _presentation_of(
        b" " * (256 * 1024 * 1024)
    ),
    "a presentation of elements in elements": lambda: _presentation_of(b"<a>" * 1_000_000),
    "a movie of endless boxes": lambda: struct.pack(">I4s4s", 12, b"ftyp", b"isom") * 100_000,
}
every_file = pytest.mark.parametrize("make", FILES.values(), ids=FILES)


@every_file
async def test_a_hostile_file_is_read_in_time_or_said_to_be_damaged(
    tmp_path: Path, make: Callable[[], bytes]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(make())
    began = time.monotonic()
    facts = await inspect(path, size_bytes=path.stat().st_size, sha256="ab" * 32)
    assert time.monotonic() - began < SECONDS + 2
    assert "/" in facts.content_type
    known = facts.kind == "file" or facts.width_px is not None or facts.pages is not None
    assert known or facts.problem
    if facts.problem:
        assert facts.problem.isprintable()


@every_file
def test_reading_and_mending_a_hostile_file_takes_no_more_memory_than_it_gets(
    tmp_path: Path, make: Callable[[], bytes]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(make())
    for module in ("inspect_file", "refit_image"):
        argument = "" if module == "inspect_file" else repr(json.dumps([TARGET.to_json()]))
        program = f"from letmepost.media.{module} import main; main({argument})"
        with path.open("rb") as file:
            measured = subprocess.run(
                [sys.executable, "-c", MEASURE, program],
                stdin=file,
                capture_output=True,
                check=True,
            )
        memory_bytes, cpu_seconds = json.loads(measured.stdout)
        assert memory_bytes < MEMORY_BYTES
        assert cpu_seconds < SECONDS + 1


async def test_ten_hours_in_one_frame_are_ten_hours(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(_ten_hours_in_one_frame())
    facts = await inspect(path, size_bytes=1, sha256="")
    assert facts.problem is None
    assert facts.duration_seconds == pytest.approx(36_000, rel=0.01)


async def test_a_picture_that_is_an_archive_too_loses_the_archive_when_it_is_mended(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(samples.image() + _zip_bomb())
    data = await refit(path, [TARGET])
    assert data is not None
    assert not zipfile.is_zipfile(io.BytesIO(data))


def _pictures() -> Iterator[tuple[str, bytes]]:
    for name in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF"):
        yield name, samples.image(name)


PICTURES = dict(_pictures())


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(PICTURES)),
    cut=st.floats(0.1, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.3), st.integers(0, 255)), max_size=5),
)
def test_what_is_made_of_a_mutated_picture_is_a_whole_picture(
    name: str, cut: float, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(PICTURES[name])
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    Image.MAX_IMAGE_PIXELS = None
    try:
        made = refit_here(io.BytesIO(data[: int(cut * len(data))]), [TARGET.to_json()])
    except Exception:  # noqa: BLE001 - in the child this is the end of it, and the original stays
        return
    if made:
        with Image.open(io.BytesIO(made)) as picture:
            picture.load()
            assert picture.format == "JPEG"
