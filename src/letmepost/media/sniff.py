"""What kind of file its first bytes say it is; imports nothing heavy, decodes nothing."""

import re
from collections.abc import Iterator

UNKNOWN = "application/octet-stream"
HEAD_SIZE_BYTES = 4096
# What an archive holds stands at its end, so its first bytes do not tell a document from others.
ARCHIVE_MARK = b"PK\x03\x04"

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(
    rb"(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script|title|meta|iframe|div|h1|p|a|"
    rb"table|style|br|b)(?=[\s>/])",
    re.IGNORECASE | re.DOTALL,
)
_SVG = re.compile(rb"<(?:[a-z]+:)?svg(?=[\s>/])", re.IGNORECASE)
_DECLARED_SVG = re.compile(rb"<!doctype\s+svg", re.IGNORECASE)
# What a text file may hold below the space: tab, line feed, form feed, carriage return, escape.
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27})
_HIGH = bytes(range(127, 256))

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"FLV\x01", "video/x-flv"),
    (b"OggS", "application/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x00\x00\x01\xba", "video/mpeg"),
    (b"\x00\x00\x01\xb3", "video/mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
)
# The brands of ISO base media files: https://mp4ra.org/registered-types/brands, read 2026-11-24.
_BRANDS = (
    ({"avif", "avis"}, "image/avif"),
    ({"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}, "image/heic"),
    ({"qt  "}, "video/quicktime"),
    ({"M4A ", "M4B ", "M4P "}, "audio/mp4"),
    ({"3gp4", "3gp5", "3gp6", "3gp7", "3gp8", "3gp9", "3ge6", "3gg6", "3gs7"}, "video/3gpp"),
)
_MP4_BRAND = re.compile(r"iso.|mp4|avc1|M4V|dash|cmf|msdh|MSNV|f4v")
_TS_PACKET_BYTES = 188


def sniff(head: bytes) -> str:
    """The content type of a file that begins with these bytes; 4096 of them are enough.

    What no check knows is `application/octet-stream`. Text is told from binary data, and HTML
    and SVG from other text, since servers send them where media was expected.
    """
    for signature, content_type in _SIGNATURES:
        if head.startswith(signature):
            return content_type
    return (
        _sniff_riff(head)
        or _sniff_iso_media(head)
        or _sniff_matroska(head)
        or _sniff_bitmap(head)
        or _sniff_transport_stream(head)
        or _sniff_text(head)
        or UNKNOWN
    )


def iso_brands(head: bytes) -> tuple[str, ...]:
    """The brands of the `ftyp` box at the beginning, the major one first; () without such a box."""
    if head[4:8] != b"ftyp":
        return ()
    box_size_bytes = int.from_bytes(head[:4], "big")
    listed = head[16 : max(16, min(box_size_bytes, len(head)))]
    return tuple(_brands(head[8:12] + listed))


def _brands(data: bytes) -> Iterator[str]:
    for start in range(0, len(data) - 3, 4):
        yield data[start : start + 4].decode("latin-1")


def _sniff_iso_media(head: bytes) -> str | None:
    brands = iso_brands(head)
    if not brands:
        # QuickTime files older than the `ftyp` box begin with any of these.
        old = head[4:8] in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
        return "video/quicktime" if old else None
    # A movie may list `mif1` for its cover and `M4A ` for its sound, an iPhone's HEIC lists mp4:
    # the others are asked only where the major brand is unknown.
    considered = brands[:1]
    if not _MP4_BRAND.match(brands[0]) and not any(brands[0] in known for known, _ in _BRANDS):
        considered = brands[1:]
    for known, content_type in _BRANDS:
        if known.intersection(considered):
            # `mif1` and `msf1` say only "images"; the compatible brands say which.
            if content_type == "image/heic" and {"avif", "avis"}.intersection(brands):
                return "image/avif"
            return content_type
    return "video/mp4"


def _sniff_riff(head: bytes) -> str | None:
    if head[:4] != b"RIFF":
        return None
    kinds = {b"WEBP": "image/webp", b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav"}
    return kinds.get(head[8:12])


def _sniff_matroska(head: bytes) -> str | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    # The DocType element (0x4282) follows within the EBML header, a few dozen bytes long.
    return (
        "video/webm"
        if re.search(rb"\x42\x82.{1,8}?webm", head[:128], re.DOTALL)
        else ("video/x-matroska")
    )


def _sniff_bitmap(head: bytes) -> str | None:
    # "BM" alone begins many a text; the reserved words and the header size make it a bitmap.
    known_sizes = (12, 40, 52, 56, 64, 108, 124)
    if (
        head[:2] == b"BM"
        and head[6:10] == bytes(4)
        and int.from_bytes(head[14:18], "little") in known_sizes
    ):
        return "image/bmp"
    return None


def _sniff_transport_stream(head: bytes) -> str | None:
    starts = head[: 3 * _TS_PACKET_BYTES : _TS_PACKET_BYTES]
    return "video/mp2t" if starts == b"GGG" else None


def _sniff_text(head: bytes) -> str | None:
    if not head:
        return None
    body = head
    for bom in _BOMS:
        if head.startswith(bom):
            body = head[len(bom) :]
            if bom != _BOMS[0]:
                # UTF-16: every other byte of markup is zero.
                body = body.replace(b"\0", b"")
    if body.translate(None, _CONTROL) != body:
        return None
    if not _is_text(body):
        return None
    body = body.lstrip()
    if _HTML.match(body):
        return "text/html"
    if body.startswith(b"<?xml") or _SVG.match(body) or _DECLARED_SVG.match(body):
        return "image/svg+xml" if _SVG.search(body) else "text/xml"
    return "text/plain"


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        # The head may end within a character; a text in another encoding still is mostly ASCII.
        if error.start >= len(body) - 3:
            return True
        return len(body.translate(None, _HIGH)) > len(body) * 3 // 4
    return True
