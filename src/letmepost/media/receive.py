"""Receive one uploaded file from a multipart/form-data body, as a stream, straight to disk."""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from letmepost.media.incoming_file import IncomingFile, file_too_large
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import (
    MEDIA_CONTENT_TYPE,
    MEDIA_EMPTY_BODY,
    MEDIA_MISSING_FILE,
    MEDIA_PARSE_FAILED,
    MEDIA_SINGLE_FILE,
)

FIELD_NAME: Final = "file"
# A form has a handful of fields; thousands of empty ones only keep the parser busy.
MAX_PARTS: Final = 100
# The parser calls back for each piece it is given, so a server that hands over the whole body at
# once must not make it one piece.
PARSE_SIZE_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A file that was received whole.

    `fingerprint` is equal for two uploads of the same name, file name, declared type and bytes,
    whatever boundary their bodies were written with.
    """

    path: Path
    filename: str | None
    declared_type: str | None
    size_bytes: int
    sha256: str
    fingerprint: str


async def receive(
    content_type: str | None, body: AsyncIterator[bytes], *, max_bytes: int, directory: Path
) -> ReceivedFile:
    """Store the one part named `file` as a new file in `directory`; other parts are ignored.

    On any error or cancellation nothing is left there. Raises `LetmepostError` with one of the
    rules `media.content_type`, `media.empty_body`, `media.missing_file`, `media.single_file`,
    `media.parse_failed`, `media.size_max`, `media.file.empty`; the body may then be unread.
    """
    form = _Form(_boundary(content_type), max_bytes)
    path = directory / f"upload-{secrets.token_hex(16)}"
    async with IncomingFile(path, max_bytes) as file:
        form.file = file
        async for chunk in body:
            for start in range(0, len(chunk), PARSE_SIZE_BYTES):
                form.feed(chunk[start : start + PARSE_SIZE_BYTES])
                await file.flush()
        form.check_whole()
        await file.finish()
    identity = json.dumps([FIELD_NAME, form.filename, form.declared_type, file.sha256])
    return ReceivedFile(
        path=path,
        filename=form.filename,
        declared_type=form.declared_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        fingerprint=hashlib.sha256(identity.encode()).hexdigest(),
    )


class _Form:
    """Follows the parser through the parts and takes the bytes of the one that is wanted."""

    def __init__(self, boundary: bytes, max_bytes: int) -> None:
        self.file: IncomingFile | None = None
        self.filename: str | None = None
        self.declared_type: str | None = None
        self._max_ignored_bytes = max_bytes
        self._ignored_bytes = 0
        self._received_any = False
        self._ended = False
        self._parts = 0
        self._found = False
        self._in_file = False
        self._header_name = b""
        self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._on_part_begin,
                    "on_header_field": self._on_header_field,
                    "on_header_value": self._on_header_value,
                    "on_header_end": self._on_header_end,
                    "on_headers_finished": self._on_headers_finished,
                    "on_part_data": self._on_part_data,
                    "on_end": self._on_end,
                },
            )
        except FormParserError:
            raise refuse(MEDIA_CONTENT_TYPE) from None

    def feed(self, piece: bytes) -> None:
        self._received_any = self._received_any or bool(piece)
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise refuse(MEDIA_PARSE_FAILED, actual=f"the parser says: {error}") from None

    def check_whole(self) -> None:
        if not self._received_any:
            raise refuse(MEDIA_EMPTY_BODY)
        if not self._ended:
            raise refuse(MEDIA_PARSE_FAILED, actual="it ends before its closing boundary")
        if not self._found:
            raise refuse(MEDIA_MISSING_FILE)

    def _on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise refuse(MEDIA_PARSE_FAILED, actual=f"it has more than {MAX_PARTS} parts")
        self._headers = {}
        self._in_file = False

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        if disposition != b"form-data":
            raise refuse(
                MEDIA_PARSE_FAILED, actual="a part is without `Content-Disposition: form-data`"
            )
        if options.get(b"name") != FIELD_NAME.encode():
            return
        if self._found:
            raise refuse(MEDIA_SINGLE_FILE)
        self._found = self._in_file = True
        if b"filename" in options:
            self.filename = options[b"filename"].decode(errors="replace")
        if declared_type := self._headers.get(b"content-type"):
            self.declared_type = declared_type.decode("latin-1")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file and self.file is not None:
            self.file.take(data[start:end])
            return
        self._ignored_bytes += end - start
        if self._ignored_bytes > self._max_ignored_bytes:
            raise file_too_large(self._max_ignored_bytes)

    def _on_end(self) -> None:
        self._ended = True


def _boundary(content_type: str | None) -> bytes:
    try:
        kind, options = parse_options_header(content_type)
    except UnicodeEncodeError:
        raise refuse(MEDIA_CONTENT_TYPE) from None
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise refuse(MEDIA_CONTENT_TYPE)
    return options[b"boundary"]
