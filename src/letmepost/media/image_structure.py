"""The block structure of GIF and WebP files: how many frames, and whether the end is there.

Pillow answers both only by holding or decoding everything; walking the blocks does not.
"""

import os
from typing import Any, BinaryIO, Final

# More than any platform allows by far; what follows is not counted.
MAX_FRAMES: Final = 10_000

_GIF_EXTENSION: Final = 0x21
_GIF_IMAGE: Final = 0x2C
_GIF_TRAILER: Final = 0x3B
_GIF_COLOR_TABLE: Final = 0x80
_WEBP_MAX_CHUNKS: Final = 4 * MAX_FRAMES
_WEBP_LOSSLESS_MARK: Final = 0x2F


def gif_structure(file: BinaryIO) -> dict[str, Any]:
    """Count the `frames` of a GIF; `cut_short` when the trailer is missing.

    Source: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
    """
    file.seek(0)
    header = _exactly(file, 13)
    _skip_color_table(file, header[10])
    frames = 0
    try:
        while frames < MAX_FRAMES:
            kind = _exactly(file, 1)[0]
            if kind == _GIF_TRAILER:
                return {"frames": frames}
            if kind == _GIF_IMAGE:
                _skip_color_table(file, _exactly(file, 9)[8])
                _exactly(file, 1)
                frames += 1
            elif kind == _GIF_EXTENSION:
                _exactly(file, 1)
            else:
                return {"frames": frames, "cut_short": True}
            while size_bytes := _exactly(file, 1)[0]:
                _exactly(file, size_bytes)
    except EOFError:
        return {"frames": frames, "cut_short": True}
    return {"frames": frames}


def webp_structure(file: BinaryIO) -> dict[str, Any]:
    """Read `width_px`, `height_px`, `frames` and `animated` from a WebP file's chunks.

    Raises `EOFError` when a chunk reaches past the end, `ValueError` when there is no picture.
    Source: https://developers.google.com/speed/webp/docs/riff_container
    """
    size_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    riff_end = int.from_bytes(_exactly(file, 12)[4:8], "little") + 8
    if riff_end > size_bytes:
        raise EOFError("the file is shorter than its header says")
    facts: dict[str, Any] = {}
    frames = 0
    position = 12
    for _ in range(_WEBP_MAX_CHUNKS):
        if position + 8 > riff_end:
            break
        file.seek(position)
        chunk = _exactly(file, 8)
        kind, chunk_size_bytes = chunk[:4], int.from_bytes(chunk[4:], "little")
        if position + 8 + chunk_size_bytes > riff_end:
            raise EOFError("a part of the file is missing")
        if kind in (b"VP8 ", b"VP8L", b"VP8X") and not facts:
            width, height = _webp_size(kind, file.read(10))
            facts = {"width_px": width, "height_px": height}
        if kind == b"ANMF":
            frames += 1
        position += 8 + chunk_size_bytes + chunk_size_bytes % 2
    if not facts:
        raise ValueError("the file holds no picture")
    return facts | {"frames": max(frames, 1), "animated": frames > 1}


def _webp_size(kind: bytes, head: bytes) -> tuple[int, int]:
    if len(head) < 10:  # noqa: PLR2004 - the longest of the three headers
        raise EOFError("the picture's header is cut off")
    if kind == b"VP8X":
        return (
            int.from_bytes(head[4:7], "little") + 1,
            int.from_bytes(head[7:10], "little") + 1,
        )
    if kind == b"VP8L":
        if head[0] != _WEBP_LOSSLESS_MARK:
            raise ValueError("the picture's header is damaged")
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if head[3:6] != b"\x9d\x01\x2a":
        raise ValueError("the picture's header is damaged")
    return (
        int.from_bytes(head[6:8], "little") & 0x3FFF,
        int.from_bytes(head[8:10], "little") & 0x3FFF,
    )


def _skip_color_table(file: BinaryIO, flags: int) -> None:
    if flags & _GIF_COLOR_TABLE:
        _exactly(file, 3 * 2 ** ((flags & 7) + 1))


def _exactly(file: BinaryIO, size_bytes: int) -> bytes:
    data = file.read(size_bytes)
    if len(data) < size_bytes:
        raise EOFError("the file ends before its last block")
    return data
