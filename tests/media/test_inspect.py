"""Inspection: facts as a viewer sees them, and a sentence for every damaged or hostile file."""

import asyncio
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from letmepost.content.media_facts import MediaFacts
from letmepost.media.inspect import inspect
from letmepost.media.inspect_file import read_facts
from tests.media import samples
from tests.media.forked import children_that

MOVIE = samples.video()
PICTURES = {
    "image/jpeg": samples.image(exif=samples.exif(6, gps=True)),
    "image/png": samples.image("PNG"),
    "image/gif": samples.animation("GIF"),
    "image/webp": samples.animation("WEBP"),
    "image/avif": samples.image("AVIF"),
    "video/mp4": MOVIE,
}


def facts_of(data: bytes) -> dict[str, Any]:
    return read_facts(io.BytesIO(data))


async def inspected(tmp_path: Path, data: bytes, timeout_seconds: float = 10) -> MediaFacts:
    path = tmp_path / "file"
    path.write_bytes(data)
    return await inspect(
        path, size_bytes=len(data), sha256="ab" * 32, timeout_seconds=timeout_seconds
    )


def png_of(width: int, height: int, *, body: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


async def test_an_image_is_read_in_a_child(tmp_path: Path) -> None:
    data = PICTURES["image/jpeg"]
    assert await inspected(tmp_path, data) == MediaFacts(
        content_type="image/jpeg",
        size_bytes=len(data),
        sha256="ab" * 32,
        width_px=48,
        height_px=64,
        animated=False,
        frames=1,
        color_space="RGB",
        exif_orientation=6,
        has_gps=True,
    )


async def test_a_video_is_read_in_a_child(tmp_path: Path) -> None:
    facts = (await inspected(tmp_path, MOVIE)).to_json()
    assert facts.pop("duration_seconds") == pytest.approx(1, abs=0.1)
    # Silence needs few bits.
    assert 0 < facts.pop("audio_bitrate_bits_per_second") < 10_000
    assert facts.pop("bitrate_bits_per_second") == pytest.approx(len(MOVIE) * 8, rel=0.1)
    assert facts == {
        "content_type": "video/mp4",
        "size_bytes": len(MOVIE),
        "sha256": "ab" * 32,
        "width_px": 64,
        "height_px": 48,
        "container": "mp4",
        "video_codec": "h264",
        "pixel_format": "yuv420p",
        "interlaced": False,
        "audio_codec": "aac",
        "audio_profile": "LC",
        "audio_channels": 2,
        "audio_sample_rate_hz": 48_000,
        "frames_per_second": 30,
        "constant_frame_rate": True,
        "rotation_degrees": 0,
        "moov_first": True,
        "has_edit_list": True,
    }


@pytest.mark.parametrize(("name", "data"), PICTURES.items())
async def test_a_truncated_file_is_told_by_the_child_too(
    tmp_path: Path, name: str, data: bytes
) -> None:
    facts = await inspected(tmp_path, data[: len(data) * 2 // 3])
    assert facts.content_type == name
    assert facts.problem


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\x07\xf3\x00\x81" * 300, b"<html>", b"plain"])
async def test_what_is_no_media_has_a_type_and_no_problem(tmp_path: Path, data: bytes) -> None:
    facts = await inspected(tmp_path, data)
    assert facts.kind == "file"
    assert facts.problem is None


async def test_many_files_at_once_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(PICTURES["image/png"])
    found = await asyncio.gather(*(inspect(path, size_bytes=1, sha256="") for _ in range(6)))
    assert {facts.width_px for facts in found} == {64}


async def test_a_child_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    facts = await inspected(tmp_path, MOVIE, timeout_seconds=0.001)
    assert facts.content_type == "video/mp4"
    assert facts.problem is not None
    assert "longer than" in facts.problem


@pytest.mark.parametrize(
    "ending", ["os.abort()", "print('[1]')", "print('{')", "print('x' * 200000)", "1 / 0"]
)
async def test_a_child_that_dies_is_a_problem_of_the_file(tmp_path: Path, ending: str) -> None:
    with children_that(f"{ending}; sys.stdout.flush()"):
        facts = await inspected(tmp_path, PICTURES["image/png"])
    assert facts.content_type == "image/png"
    assert facts.problem


def test_the_child_can_neither_fill_memory_nor_write_files(tmp_path: Path) -> None:
    program = (
        "import resource, sys\n"
        "from letmepost.media.inspect_file import limit_this_process\n"
        "limit_this_process()\n"
        "try:\n bytearray(600 * 2**20)\nexcept MemoryError:\n print('memory')\n"
        "try:\n with open(sys.argv[1], 'w') as file:\n  file.write('x')\n"
        "except OSError:\n print('file')\n"
        "print(resource.getrlimit(resource.RLIMIT_CPU)[1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "written")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["memory", "file", "10"]


async def test_a_cancelled_inspection_leaves_no_child(tmp_path: Path) -> None:
    running = asyncio.create_task(inspected(tmp_path, MOVIE))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_follow_the_orientation(orientation: int) -> None:
    facts = facts_of(samples.image(exif=samples.exif(orientation)))
    sideways = orientation >= 5
    assert (facts["width_px"], facts["height_px"]) == ((48, 64) if sideways else (64, 48))
    assert facts["exif_orientation"] == orientation
    assert facts["has_gps"] is False


@pytest.mark.parametrize(
    ("format_name", "mode", "color_space"),
    [
        ("JPEG", "RGB", "RGB"),
        ("JPEG", "CMYK", "CMYK"),
        ("JPEG", "L", "L"),
        ("PNG", "RGBA", "RGB"),
        ("PNG", "P", "RGB"),
        ("PNG", "LA", "L"),
        ("PNG", "1", "L"),
        ("WEBP", "RGBA", "RGB"),
    ],
)
def test_the_color_space_is_named(format_name: str, mode: str, color_space: str) -> None:
    assert facts_of(samples.image(format_name, mode=mode))["color_space"] == color_space


@pytest.mark.parametrize("format_name", ["GIF", "PNG", "WEBP", "AVIF"])
def test_frames_are_counted(format_name: str) -> None:
    moving = facts_of(samples.animation(format_name, frames=4))
    assert (moving["frames"], moving["animated"]) == (4, True)
    still = facts_of(samples.image(format_name))
    assert (still["frames"], still["animated"]) == (1, False)


def test_an_extended_jpeg_is_told_from_an_animation() -> None:
    facts = facts_of(samples.animation("MPO"))
    assert facts["content_type"] == "image/jpeg"
    assert (facts["container"], facts["frames"], facts["animated"]) == ("mpo", 1, False)


def test_a_huge_picture_is_measured_and_not_decoded() -> None:
    facts = facts_of(png_of(60_000, 50_000))
    assert (facts["width_px"], facts["height_px"]) == (60_000, 50_000)


def test_a_webp_that_claims_a_huge_canvas_is_measured_and_not_decoded() -> None:
    data = bytearray(samples.animation("WEBP"))
    data[24:30] = (9999).to_bytes(3, "little") * 2
    facts = facts_of(bytes(data))
    assert (facts["width_px"], facts["height_px"]) == (10_000, 10_000)
    assert "problem" not in facts


@pytest.mark.parametrize("rotation_degrees", [0, 90, 180, 270])
def test_a_quarter_turn_swaps_a_videos_sides(rotation_degrees: int) -> None:
    facts = facts_of(samples.turned(MOVIE, rotation_degrees))
    assert facts["rotation_degrees"] == rotation_degrees
    sideways = rotation_degrees in (90, 270)
    assert (facts["width_px"], facts["height_px"]) == ((48, 64) if sideways else (64, 48))


def test_a_moov_at_the_end_and_an_uneven_rate_are_noticed() -> None:
    facts = facts_of(samples.video(moov_first=False, uneven=True))
    assert facts["moov_first"] is False
    assert facts["constant_frame_rate"] is False


@pytest.mark.parametrize(
    ("format_name", "codec", "audio", "container", "video_codec"),
    [
        ("mov", "libx264", "aac", "mov", "h264"),
        ("webm", "libvpx-vp9", "libopus", "webm", "vp9"),
        ("matroska", "libx264", None, "matroska", "h264"),
        ("mpegts", "libx264", "aac", "mpegts", "h264"),
        ("flv", "libx264", "aac", "flv", "h264"),
        ("avi", "mpeg4", None, "avi", "mpeg4"),
    ],
)
def test_other_containers_are_read(
    format_name: str, codec: str, audio: str | None, container: str, video_codec: str
) -> None:
    facts = facts_of(samples.video(format_name, codec, audio=audio))
    assert (facts["container"], facts["video_codec"]) == (container, video_codec)
    assert (facts["width_px"], facts["height_px"]) == (64, 48)
    assert facts["duration_seconds"] == pytest.approx(1, abs=0.1)
    assert "problem" not in facts


def test_a_playlist_opens_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(MOVIE)
    for playlist in (
        f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile {secret}\n",
    ):
        assert facts_of(playlist.encode()) == {"content_type": "text/plain"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(sorted(PICTURES)),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=5),
)
def test_mutated_and_truncated_files_never_raise(
    name: str, cut: float, changes: list[tuple[float, int]]
) -> None:
    data = bytearray(PICTURES[name])
    for where, value in changes:
        data[int(where * (len(data) - 1))] = value
    facts = facts_of(bytes(data[: int(cut * len(data))]))
    assert "/" in facts["content_type"]
    MediaFacts.from_json(facts | {"size_bytes": 1, "sha256": ""})
