"""What the tracks of an MP4 file hold, from its index alone: codecs, sizes, rates, turns.

Sources: ISO/IEC 14496-12, -14 and -15; https://aomediacodec.github.io/av1-isobmff/
"""

import struct
from typing import Any, Final

from letmepost.media.mp4_boxes import boxes, children, entries, path
from letmepost.media.mp4_pictures import READERS, Picture

VISUAL_ENTRY_BYTES: Final = 78
SOUND_ENTRY_BYTES: Final = 28
AAC_OBJECT_TYPES: Final = frozenset({0x40, 0x66, 0x67, 0x68})
MP3_OBJECT_TYPES: Final = frozenset({0x69, 0x6B})
AAC_PROFILES: Final = {1: "Main", 2: "LC", 5: "HE-AAC", 29: "HE-AACv2"}
SAMPLE_RATES: Final = (
    *(96_000, 88_200, 64_000, 48_000, 44_100, 32_000),
    *(24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350),
)
CHANNELS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8}
# Tags of descriptors in an esds box, ISO/IEC 14496-1.
ES_TAG, CONFIG_TAG, SPECIFIC_TAG = 3, 4, 5
TURNS: Final = {(1, 0): 0, (0, 1): 90, (-1, 0): 180, (0, -1): 270}

Facts = dict[str, Any]


class UnusualFileError(Exception):
    """The index holds what is not read here; FFmpeg has to look at the file."""


def movie_facts(moov: memoryview) -> Facts:
    """The facts of a file from its index.

    Raises `UnusualFileError` for a codec or a structure that is not known here, and `KeyError`,
    `ValueError`, `IndexError` or `struct.error` for a damaged index.
    """
    tracks = [body for kind, body in boxes(moov) if kind == b"trak"]
    inside = children(moov)
    if b"mvex" in inside or b"cmov" in inside:
        raise UnusualFileError
    facts: Facts = {"has_edit_list": any(_is_edited(track) for track in tracks)}
    timescale, duration = _times(inside[b"mvhd"])
    if timescale and duration:
        facts["duration_seconds"] = round(duration / timescale, 6)
    by_kind: dict[bytes, memoryview] = {}
    for track in tracks:
        by_kind.setdefault(bytes(path(track, b"mdia", b"hdlr")[8:12]), track)
    if b"vide" not in by_kind or "duration_seconds" not in facts:
        raise UnusualFileError
    if b"soun" in by_kind:
        facts |= _sound(by_kind[b"soun"])
    return facts | _picture(by_kind[b"vide"])


def _times(header: memoryview) -> tuple[int, int]:
    """Ticks a second and the number of ticks, from mvhd or mdhd."""
    form = ">20xIQ" if header[0] == 1 else ">12xII"
    timescale, duration = struct.unpack_from(form, header)
    return int(timescale), int(duration)


def _is_edited(track: memoryview) -> bool:
    """Whether the edit list does more than play the whole track from its start."""
    edits = children(track).get(b"edts")
    table = children(edits).get(b"elst") if edits is not None else None
    if table is None:
        return False
    rows = entries(table, ">QqHH" if table[0] == 1 else ">IiHH")
    return any(number > 0 or row[1] != 0 for number, row in enumerate(rows))


def _picture(track: memoryview) -> Facts:
    samples = path(track, b"mdia", b"minf", b"stbl")
    code, entry = _first_entry(samples)
    if code not in READERS:
        raise UnusualFileError
    codec, config, read = READERS[code]
    width, height = struct.unpack_from(">24xHH", entry)
    extra = children(entry[VISUAL_ENTRY_BYTES:])
    picture: Picture = read(extra[config]) if config in extra else Picture()
    if not width or not height:
        raise ValueError("the video track has no dimensions")
    turned = _rotation(children(track)[b"tkhd"])
    facts: Facts = {
        "video_codec": codec,
        "rotation_degrees": turned,
        "width_px": width if turned % 180 == 0 else height,
        "height_px": height if turned % 180 == 0 else width,
    }
    ratio = picture.pixel_aspect_ratio
    if b"pasp" in extra:
        across, down = struct.unpack_from(">II", extra[b"pasp"])
        ratio = round(across / down, 4) if across and down else None
    seen = {
        "pixel_aspect_ratio": ratio,
        "pixel_format": picture.pixel_format,
        "interlaced": picture.interlaced,
    }
    facts |= {name: value for name, value in seen.items() if value is not None}
    return facts | _rate(samples, _times(path(track, b"mdia", b"mdhd")))


def _first_entry(samples: memoryview) -> tuple[bytes, memoryview]:
    return next(iter(boxes(children(samples)[b"stsd"][8:])))


def _rotation(header: memoryview) -> int:
    a, b = struct.unpack_from(">52x2i" if header[0] == 1 else ">40x2i", header)
    turned = TURNS.get((a >> 16, b >> 16))
    if turned is None:
        raise UnusualFileError
    return turned


def _rate(samples: memoryview, times: tuple[int, int]) -> Facts:
    timescale, _ = times
    count = ticks = 0
    least = most = None
    # The last sample may be cut, so its gap tells nothing unless all share it.
    held: tuple[int, ...] | None = None
    for row in entries(children(samples)[b"stts"], ">II"):
        if held is not None:
            least, most = _widened(least, most, held[1])
        held = row
        count += row[0]
        ticks += row[0] * row[1]
    if held is None or not count or not ticks or not timescale:
        raise UnusualFileError
    if held[0] > 1 or least is None or most is None:
        least, most = _widened(least, most, held[1])
    facts: Facts = {"frames_per_second": round(count * timescale / ticks, 3)}
    if count > 2:  # noqa: PLR2004 - two gaps
        # A coarse clock rounds each gap to one tick more or less.
        facts["constant_frame_rate"] = most - least <= 1
    return facts


def _widened(least: int | None, most: int | None, gap: int) -> tuple[int, int]:
    return min(gap, gap if least is None else least), max(gap, gap if most is None else most)


def _sound(track: memoryview) -> Facts:
    samples = path(track, b"mdia", b"minf", b"stbl")
    code, entry = _first_entry(samples)
    version, channels, rate = struct.unpack_from(">8xH6xH6xI", entry)
    if code != b"mp4a" or version > 1:
        raise UnusualFileError
    # Version 1 of QuickTime adds four numbers, and may put the rest into a wave box.
    extra = children(entry[SOUND_ENTRY_BYTES + (16 if version else 0) :])
    if b"wave" in extra:
        extra = children(extra[b"wave"])
    facts: Facts = {"audio_channels": channels, "audio_sample_rate_hz": rate >> 16}
    return facts | _elementary_stream(extra[b"esds"][4:])


def _elementary_stream(data: memoryview) -> Facts:
    position = 0
    facts: Facts = {}
    while position < len(data):
        tag, position, length = _descriptor(data, position)
        if tag == ES_TAG:
            # Flags say which optional fields follow; files that are meant to be played have none.
            if data[position + 2] & 0xE0:
                raise UnusualFileError
            position += 3
        elif tag == CONFIG_TAG:
            kind = data[position]
            if kind in MP3_OBJECT_TYPES:
                facts["audio_codec"] = "mp3"
            elif kind in AAC_OBJECT_TYPES:
                facts["audio_codec"] = "aac"
            else:
                raise UnusualFileError
            average = int.from_bytes(data[position + 9 : position + 13], "big")
            if average:
                facts["audio_bitrate_bits_per_second"] = average
            position += 13
        elif tag == SPECIFIC_TAG:
            return facts | _audio_config(data[position : position + length])
        else:
            position += length
    if "audio_codec" not in facts:
        raise UnusualFileError
    return facts


def _descriptor(data: memoryview, position: int) -> tuple[int, int, int]:
    """The tag of a descriptor, where it begins, and how long it is."""
    tag = data[position]
    length = 0
    for _ in range(4):
        position += 1
        length = length << 7 | data[position] & 0x7F
        if not data[position] & 0x80:
            break
    return tag, position + 1, length


def _audio_config(data: memoryview) -> Facts:
    """Profile, rate and channels of AAC; what stands here wins over the sample entry."""
    bits = int.from_bytes(data[:2], "big")
    kind, rate_index, layout = bits >> 11, bits >> 7 & 0xF, bits >> 3 & 0xF
    if kind not in AAC_PROFILES:
        raise UnusualFileError
    facts: Facts = {"audio_profile": AAC_PROFILES[kind]}
    if kind in (5, 29) or rate_index >= len(SAMPLE_RATES):
        # The rate here is that of the coarse half; the sample entry has the one that is played.
        return facts
    facts["audio_sample_rate_hz"] = SAMPLE_RATES[rate_index]
    if layout in CHANNELS:
        facts["audio_channels"] = CHANNELS[layout]
    return facts
