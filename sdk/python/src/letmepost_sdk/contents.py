"""A file that is to be sent: from memory, from disk or from an open file, piece by piece."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

PIECE_BYTES = 64 * 1024
FileInput = bytes | str | os.PathLike[str] | BinaryIO


@dataclass(frozen=True)
class Contents:
    """Bytes that can be read from the beginning; once only where `repeatable` is false.

    `size_bytes` is None where nobody knows it before the end.
    """

    pieces: Callable[[], Iterator[bytes]]
    size_bytes: int | None
    repeatable: bool = True


def _pieces_of(opened: BinaryIO) -> Iterator[bytes]:
    while piece := opened.read(PIECE_BYTES):
        yield piece


def _of_path(path: Path) -> Contents:
    def pieces() -> Iterator[bytes]:
        with path.open("rb") as opened:
            yield from _pieces_of(opened)

    return Contents(pieces, path.stat().st_size)


def _of_open_file(opened: BinaryIO) -> Contents:
    if not opened.seekable():
        return Contents(lambda: _pieces_of(opened), None, repeatable=False)
    start = opened.tell()
    end = opened.seek(0, os.SEEK_END)
    opened.seek(start)

    def pieces() -> Iterator[bytes]:
        opened.seek(start)
        yield from _pieces_of(opened)

    return Contents(pieces, end - start)


def read_file(file: FileInput, filename: str | None) -> tuple[str, Contents]:
    """The name and the contents of a file: bytes, a path, or a file open for reading bytes."""
    if isinstance(file, (bytes, bytearray, memoryview)):
        held = bytes(file)
        return filename or "file", Contents(lambda: iter((held,)), len(held))
    if isinstance(file, (str, os.PathLike)):
        path = Path(file)
        return filename or path.name, _of_path(path)
    known_as = getattr(file, "name", None)
    name = Path(known_as).name if isinstance(known_as, str) else "file"
    return filename or name, _of_open_file(file)


def multipart(name: str, content_type: str, contents: Contents) -> tuple[str, Contents]:
    """The Content-Type and the body of a form whose one part `file` holds the contents."""
    boundary = secrets.token_hex(16)
    escaped = name.replace("%", "%25").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{escaped}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()

    def pieces() -> Iterator[bytes]:
        yield head
        yield from contents.pieces()
        yield tail

    size = None if contents.size_bytes is None else len(head) + contents.size_bytes + len(tail)
    return (
        f"multipart/form-data; boundary={boundary}",
        Contents(pieces, size, contents.repeatable),
    )
