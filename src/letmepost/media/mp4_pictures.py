"""How a picture is coded, from the configuration that an MP4 file keeps beside each codec's name.

Sources: ITU-T H.264 (7.3.2.1), ISO/IEC 14496-15, https://www.webmproject.org/vp9/mp4/,
https://aomediacodec.github.io/av1-isobmff/
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_CHROMA: Final = {0: "gray", 1: "yuv420p", 2: "yuv422p", 3: "yuv444p"}
_EIGHT_BITS: Final = 8
# Profiles of H.264 whose parameters say how color is stored; others are always 4:2:0.
_WITH_CHROMA: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_SEPARATE_PLANES: Final = 3
_MAX_ZEROS: Final = 31
_PARAMETERS_MAX_BYTES: Final = 256
# Table E-1 of H.264: number to width and height of a pixel.
_PIXEL_ASPECTS: Final = {
    1: (1, 1),
    2: (12, 11),
    3: (10, 11),
    4: (16, 11),
    5: (40, 33),
    6: (24, 11),
    7: (20, 11),
    8: (32, 11),
    9: (80, 33),
    10: (18, 11),
    11: (15, 11),
    12: (64, 33),
    13: (160, 99),
    14: (4, 3),
    15: (3, 2),
    16: (2, 1),
}
_WRITTEN_ASPECT: Final = 255


@dataclass(frozen=True, slots=True)
class Picture:
    """Color, scanning and the shape of a pixel; None for what the configuration does not say."""

    pixel_format: str | None = None
    interlaced: bool | None = None
    pixel_aspect_ratio: float | None = None


class _Bits:
    """The bits of a parameter set, with its emulation prevention bytes taken out."""

    def __init__(self, data: bytes) -> None:
        plain = data.replace(b"\0\0\3", b"\0\0")
        self._value = int.from_bytes(plain, "big")
        self._left = len(plain) * 8

    def read(self, count: int) -> int:
        if count > self._left:
            raise ValueError("a parameter set ends too early")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > _MAX_ZEROS:
                raise ValueError("a parameter set holds no number")
        return (1 << zeros) - 1 + self.read(zeros)


def _format(chroma: int, depth: int) -> str:
    name = _CHROMA[chroma]
    return name if depth == _EIGHT_BITS else f"{name}{depth}le"


def _avc(config: memoryview) -> Picture:
    """Read the first sequence parameter set of an avcC box."""
    length = int.from_bytes(config[6:8], "big")
    bits = _Bits(bytes(config[9 : 8 + min(length, _PARAMETERS_MAX_BYTES)]))
    profile = bits.read(8)
    bits.read(16)
    bits.golomb()
    chroma, depth = 1, _EIGHT_BITS
    if profile in _WITH_CHROMA:
        chroma = bits.golomb()
        if chroma == _SEPARATE_PLANES:
            bits.read(1)
        depth += bits.golomb()
        bits.golomb()
        bits.read(1)
        if bits.read(1):
            # Scaling lists are long, and only the scanning stands behind them.
            return Picture(_format(chroma, depth))
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.read(1)
        bits.golomb()
        bits.golomb()
        for _ in range(min(bits.golomb(), 255)):
            bits.golomb()
    bits.golomb()
    bits.read(1)
    bits.golomb()
    bits.golomb()
    interlaced = not bits.read(1)
    bits.read(2 if interlaced else 1)
    if bits.read(1):
        for _ in range(4):
            bits.golomb()
    return Picture(
        _format(chroma, depth), interlaced=interlaced, pixel_aspect_ratio=_pixel_aspect_ratio(bits)
    )


def _pixel_aspect_ratio(bits: _Bits) -> float | None:
    """Width over height of one pixel, where the usability information of H.264 has it."""
    if not bits.read(1) or not bits.read(1):
        return None
    number = bits.read(8)
    across, down = _PIXEL_ASPECTS.get(number, (0, 0))
    if number == _WRITTEN_ASPECT:
        across, down = bits.read(16), bits.read(16)
    return round(across / down, 4) if across and down else None


def _hevc(config: memoryview) -> Picture:
    """Read the head of an hvcC box; its flags of scanning are only kept by some encoders."""
    progressive, interlaced = config[6] >> 7 & 1, config[6] >> 6 & 1
    told = progressive != interlaced
    return Picture(
        _format(config[16] & 3, _EIGHT_BITS + (config[17] & 7)),
        interlaced=bool(interlaced) if told else None,
    )


def _vp9(config: memoryview) -> Picture:
    depth, chroma = config[6] >> 4, config[6] >> 1 & 7
    return Picture(_format(max(chroma, 1), depth), interlaced=False)


def _av1(config: memoryview) -> Picture:
    flags = config[2]
    depth = _EIGHT_BITS
    if flags & 0x40:
        depth = 12 if flags & 0x20 else 10
    chroma = 0 if flags & 0x10 else 3 - (flags >> 3 & 1) - (flags >> 2 & 1)
    return Picture(_format(chroma, depth), interlaced=False)


Reader = Callable[[memoryview], Picture]
# The name in the file to our name, the box of its configuration, and what reads that.
READERS: Final[Mapping[bytes, tuple[str, bytes, Reader]]] = {
    b"avc1": ("h264", b"avcC", _avc),
    b"avc3": ("h264", b"avcC", _avc),
    b"hvc1": ("hevc", b"hvcC", _hevc),
    b"hev1": ("hevc", b"hvcC", _hevc),
    b"vp09": ("vp9", b"vpcC", _vp9),
    b"av01": ("av1", b"av1C", _av1),
}
