"""Sniffing: the bytes decide, and what is only similar is told apart."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from letmepost.media.sniff import iso_brands, sniff


def ftyp(major: str, *compatible: str) -> bytes:
    body = b"ftyp" + major.encode() + bytes(4) + "".join(compatible).encode()
    return (len(body) + 4).to_bytes(4, "big") + body + b"\0\0\0\x08free"


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"\xff\xd8\xff\xe1", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\0\0\0\0ACON", "application/octet-stream"),
        (b"%PDF-1.7", "application/pdf"),
        (b"FLV\x01\x05", "video/x-flv"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska", "video/x-matroska"),
        ((b"G" + bytes(187)) * 3, "video/mp2t"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
        (b"BMW drivers write text too", "text/plain"),
        (b"GGG", "text/plain"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (ftyp("isom", "isom", "iso2", "avc1", "mp41"), "video/mp4"),
        (ftyp("mp42", "isom", "mp42"), "video/mp4"),
        (ftyp("M4V ", "M4V ", "M4A "), "video/mp4"),
        (ftyp("M4A ", "M4A ", "mp42"), "audio/mp4"),
        (ftyp("dash", "iso6", "mp41"), "video/mp4"),
        (ftyp("qt  ", "qt  "), "video/quicktime"),
        (ftyp("3gp5", "3gp5", "isom"), "video/3gpp"),
        (ftyp("heic", "mif1", "heic"), "image/heic"),
        (ftyp("mif1", "mif1", "heic", "mp42"), "image/heic"),
        (ftyp("mif1", "mif1", "avif", "miaf"), "image/avif"),
        (ftyp("avis", "avis", "msf1", "mp41"), "image/avif"),
        (ftyp("isom", "mp42", "mif1"), "video/mp4"),
        (b"<!DOCTYPE html><html>", "text/html"),
        (b"\xef\xbb\xbf\r\n  <HTML lang='en'>", "text/html"),
        (b"<!-- saved page --><!-- twice -->\n<head>", "text/html"),
        ("<html>".encode("utf-16"), "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml"),
        (b"<?xml version='1.0'?><!DOCTYPE svg><svg>", "image/svg+xml"),
        (b"<?xml version='1.0'?><rss>", "text/xml"),
        (b'{"error": "not found"}', "text/plain"),
        ("Grüße".encode("latin-1") + b" from an older editor", "text/plain"),
        (b"", "application/octet-stream"),
        (b"\0\x01\x02\x03", "application/octet-stream"),
    ],
)
def test_the_first_bytes_say_what_a_file_is(head: bytes, content_type: str) -> None:
    assert sniff(head) == content_type


@given(st.binary(max_size=300))
@example(b"\0\0\0\0ftyp")
@example(b"\xff\xff\xff\xffftypheic")
def test_any_bytes_have_a_type(head: bytes) -> None:
    assert "/" in sniff(head)
    assert isinstance(iso_brands(head), tuple)


def test_brands_end_where_their_box_ends() -> None:
    assert iso_brands(ftyp("isom", "mp41") + b"avif") == ("isom", "mp41")
