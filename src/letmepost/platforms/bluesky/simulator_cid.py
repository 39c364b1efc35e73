"""Content identifiers of blobs and records, computed as the AT Protocol defines them.

Sources: https://atproto.com/specs/data-model, https://ipld.io/specs/codecs/dag-cbor/spec/
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import Any, Final

_CID_V1: Final = 1
_RAW: Final = 0x55
_DAG_CBOR: Final = 0x71
_SHA2_256: Final = b"\x12\x20"
_CID_TEXT: Final = re.compile(r"b[a-z2-7]{58}")

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)
_CID_TAG: Final = 42
_INLINE: Final = 24
_LENGTHS: Final = ((24, 1), (25, 2), (26, 4), (27, 8))


def blob_cid(sha256_digest: bytes) -> str:
    """Name bytes by their SHA-256."""
    return _written(_RAW, sha256_digest)


def record_cid(record: object) -> str:
    """Name a JSON record by the SHA-256 of its DAG-CBOR form."""
    return _written(_DAG_CBOR, hashlib.sha256(b"".join(_encoded(record))).digest())


def is_cid(value: object) -> bool:
    """Tell whether a value is a CID that this protocol uses, written as text."""
    return isinstance(value, str) and _CID_TEXT.fullmatch(value) is not None


def _written(codec: int, digest: bytes) -> str:
    raw = bytes((_CID_V1, codec)) + _SHA2_256 + digest
    return "b" + base64.b32encode(raw).decode("ascii").rstrip("=").lower()


def _cid_bytes(text: str) -> bytes:
    encoded = text[1:].upper()
    return base64.b32decode(encoded + "=" * (-len(encoded) % 8))


def _head(major: int, argument: int) -> bytes:
    if argument < _INLINE:
        return bytes((major << 5 | argument,))
    for additional, length in _LENGTHS:
        if argument < 1 << 8 * length:
            return bytes((major << 5 | additional,)) + argument.to_bytes(length, "big")
    raise OverflowError(argument)


def _encoded(value: Any) -> Iterator[bytes]:  # noqa: ANN401 -- JSON as it comes
    match value:
        case None:
            yield b"\xf6"
        case bool():
            yield b"\xf5" if value else b"\xf4"
        case int():
            yield _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
        case str():
            text = value.encode("utf-8", "surrogatepass")
            yield _head(_TEXT, len(text)) + text
        case list():
            yield _head(_ARRAY, len(value))
            for item in value:
                yield from _encoded(item)
        case {"$link": link} if len(value) == 1 and is_cid(link):
            # The zero byte stands for the text form's multibase letter.
            cid = b"\x00" + _cid_bytes(link)
            yield _head(_TAG, _CID_TAG) + _head(_BYTES, len(cid)) + cid
        case dict():
            yield _head(_MAP, len(value))
            by_key = sorted((key.encode(), item) for key, item in value.items())
            for key, item in sorted(by_key, key=lambda pair: len(pair[0])):
                yield _head(_TEXT, len(key)) + key
                yield from _encoded(item)
        case _:
            raise TypeError(value)
