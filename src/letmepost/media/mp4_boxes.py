"""The box structure of MP4 and QuickTime files: plain reading of bounded tables, no decoder.

Source: ISO/IEC 14496-12, https://developer.apple.com/documentation/quicktime-file-format
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

MAX_BOXES: Final = 4096
# The index of an hour of film with sound is about 3 MB; a larger one is left to FFmpeg.
MAX_INDEX_BYTES: Final = 16 * 1024 * 1024
LARGE_BOX: Final = 1
BOX_TO_THE_END: Final = 0
HEADER_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the index is, and whether the file ends before its last box does.

    `moov_first` is None when index or media data are missing.
    """

    moov_first: bool | None
    cut_short: bool
    moov_at: int | None
    moov_bytes: int
    fragmented: bool


def read_layout(file: BinaryIO) -> Layout:
    """Read the headers of the outermost boxes."""
    size_bytes = file.seek(0, os.SEEK_END)
    moov_at = mdat_at = None
    moov_bytes = position = 0
    fragmented = cut_short = False
    for _ in range(MAX_BOXES):
        if position + HEADER_BYTES > size_bytes:
            break
        file.seek(position)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        kind = header[4:8]
        if length == LARGE_BOX:
            length = int.from_bytes(header[8:16], "big")
        elif length == BOX_TO_THE_END:
            length = size_bytes - position
        if length < HEADER_BYTES:
            return Layout(None, cut_short=True, moov_at=None, moov_bytes=0, fragmented=False)
        if kind == b"moov" and moov_at is None:
            moov_at, moov_bytes = position, length
        if kind in (b"mdat", b"moof") and mdat_at is None:
            mdat_at = position
        fragmented |= kind == b"moof"
        position += length
    cut_short |= position > size_bytes
    moov_first = None if moov_at is None or mdat_at is None else moov_at < mdat_at
    return Layout(moov_first, cut_short, moov_at, moov_bytes, fragmented)


def boxes(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """The boxes that follow each other in `data`, with what each holds.

    Raises `ValueError` where one reaches past the end.
    """
    position = number = 0
    while position + HEADER_BYTES <= len(data):
        number += 1
        if number > MAX_BOXES:
            raise ValueError("the index holds more boxes than any camera writes")
        length, kind = struct.unpack_from(">I4s", data, position)
        start = position + HEADER_BYTES
        if length == LARGE_BOX:
            (length,) = struct.unpack_from(">Q", data, start)
            start += 8
        elif length == BOX_TO_THE_END:
            length = len(data) - position
        if position + length < start or position + length > len(data):
            raise ValueError("a box reaches past the end of its parent")
        yield kind, data[start : position + length]
        position += length


def children(data: memoryview) -> dict[bytes, memoryview]:
    """The first box of each kind in `data`."""
    found: dict[bytes, memoryview] = {}
    for kind, body in boxes(data):
        found.setdefault(kind, body)
    return found


def path(data: memoryview, *kinds: bytes) -> memoryview:
    """The box that a path of kinds leads to; raise `KeyError` where there is none."""
    for kind in kinds:
        data = children(data)[kind]
    return data


def entries(table: memoryview, form: str) -> Iterator[tuple[int, ...]]:
    """The rows of a table box, as many as it says and holds."""
    (count,) = struct.unpack_from(">I", table, 4)
    row_bytes = struct.calcsize(form)
    return struct.iter_unpack(form, table[8 : 8 + min(count, len(table) // row_bytes) * row_bytes])
