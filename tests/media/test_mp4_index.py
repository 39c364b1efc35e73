"""MP4 files are read from their index alone, and that says what FFmpeg says."""

import io
import os
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letmepost.media.inspect import inspect
from letmepost.media.inspect_file import read_facts
from letmepost.media.video_facts import read_video
from tests.media import samples

MOVIE = samples.video()
FILES: dict[str, dict[str, Any]] = {
    "h264": {},
    "mov": {"format": "mov"},
    "hevc": {"codec": "libx265", "codec_options": {"x265-params": "log-level=none"}},
    "4:4:4": {"pixel_format": "yuv444p"},
    "4:2:2, ten bits": {"pixel_format": "yuv422p10le"},
    "interlaced": {"codec_options": {"x264-params": "interlaced=1"}},
    "wide pixels": {"codec_options": {"x264-params": "sar=4/3"}},
    "odd pixels": {"codec_options": {"x264-params": "sar=7/5"}},
    "uneven": {"uneven": True},
    "without sound": {"audio": None},
    "mono": {"layout": "mono"},
    "surround": {"layout": "5.1"},
    "mp3": {"audio": "libmp3lame"},
    "25 frames": {"rate": 25},
    "moov last": {"moov_first": False},
}


def facts_of(data: bytes) -> dict[str, Any]:
    return read_facts(io.BytesIO(data))


def by_ffmpeg(data: bytes, content_type: str) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    read_video(io.BytesIO(data), content_type, facts)
    return facts


@pytest.fixture
def without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that would be left to FFmpeg fails to import its reader."""
    monkeypatch.setitem(sys.modules, "letmepost.media.video_facts", None)


@pytest.mark.parametrize("made", FILES.values(), ids=FILES)
@pytest.mark.usefixtures("without_ffmpeg")
def test_the_index_says_what_ffmpeg_says(made: dict[str, Any]) -> None:
    data = samples.video(**made)
    facts = facts_of(data)
    seen = by_ffmpeg(data, facts.pop("content_type"))
    assert "problem" not in facts
    assert facts.pop("duration_seconds") == pytest.approx(seen.pop("duration_seconds"), abs=0.002)
    assert facts.pop("frames_per_second") == pytest.approx(seen.pop("frames_per_second"), abs=0.01)
    for name in ("bitrate_bits_per_second", "audio_bitrate_bits_per_second"):
        assert facts.pop(name, 0) == pytest.approx(seen.pop(name, 0), rel=0.05)
    for only_here in ("moov_first", "has_edit_list"):
        facts.pop(only_here)
    assert {name: facts.get(name) for name in seen} == seen


@pytest.mark.parametrize("codec", ["libvpx-vp9", "libsvtav1"])
def test_newer_codecs_are_named_alike(codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.sched_getscheduler(0)
    data = samples.video(codec=codec, size=(320, 240), frames=5)
    assert os.sched_getscheduler(0) == before, "an encoder must not starve the other tests"
    seen = by_ffmpeg(data, "video/mp4")
    monkeypatch.setitem(sys.modules, "letmepost.media.video_facts", None)
    facts = facts_of(data)
    for name in ("video_codec", "pixel_format", "width_px", "height_px"):
        assert facts[name] == seen[name]


@pytest.mark.parametrize(
    ("made", "codec"),
    [
        ({"format": "mov", "codec": "mpeg4"}, "mpeg4"),
        ({"format": "mov", "codec": "prores_ks", "pixel_format": "yuv422p10le"}, "prores"),
        ({"audio": "ac3"}, "h264"),
    ],
)
async def test_what_is_unusual_is_left_to_ffmpeg(
    made: dict[str, Any], codec: str, tmp_path: Path
) -> None:
    data = samples.video(**made)
    path = tmp_path / "file"
    path.write_bytes(data)
    facts = await inspect(path, size_bytes=len(data), sha256="")
    assert facts.problem is None
    assert (facts.video_codec, facts.width_px) == (codec, 64)
    assert facts.audio_codec == made.get("audio", "aac")


def test_an_edit_list_that_plays_all_is_none() -> None:
    assert facts_of(MOVIE)["has_edit_list"] is True
    plain = samples.video(codec_options={"x264-params": "bframes=0"}, audio=None)
    assert facts_of(plain)["has_edit_list"] is False


@pytest.mark.parametrize(
    ("kind", "at", "value"),
    [
        (b"mvhd", 12, 0),
        (b"stts", 4, 0),
        (b"stsd", 4, 0),
        (b"avc1", 24, 0),
        (b"esds", 4, 0),
        (b"trak", -4, 7),
        (b"moov", -4, 9),
        (b"tkhd", 40, 12345),
    ],
)
def test_a_damaged_index_never_raises(kind: bytes, at: int, value: int) -> None:
    data = bytearray(MOVIE)
    struct.pack_into(
        ">I", data, data.index(kind) + 4 + at if at >= 0 else data.index(kind) - 4, value
    )
    assert facts_of(bytes(data))["content_type"] == "video/mp4"


@settings(max_examples=100, deadline=None)
@given(
    changes=st.lists(st.tuples(st.integers(32, 2200), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_an_index_with_any_bytes_changed_never_raises(changes: list[tuple[int, int]]) -> None:
    data = bytearray(MOVIE)
    for where, value in changes:
        data[where] = value
    assert "/" in facts_of(bytes(data))["content_type"]


def test_two_views_in_one_jpeg_are_told_from_a_photo() -> None:
    photo = samples.image()
    mark = b"_JPSJPS_" + bytes(12)
    stereo = photo[:2] + b"\xff\xe3" + struct.pack(">H", len(mark) + 2) + mark + photo[2:]
    assert facts_of(stereo)["container"] == "jps"
    assert "container" not in facts_of(photo)
