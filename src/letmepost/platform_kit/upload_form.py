"""A form with one file at its end that is too large for memory, sent piece by piece."""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from letmepost.platform_kit.multipart import Part, describe_parts


@dataclass(frozen=True, kw_only=True)
class UploadForm:
    """The fields in their order, then the file, whose size is known before it is read."""

    fields: Mapping[str, str]
    file_field: str
    filename: str
    content_type: str
    size_bytes: int
    content: AsyncIterator[bytes]
    # Random, so that no file can hold it.
    boundary: str = field(default_factory=lambda: f"letmepost-{secrets.token_hex(16)}")

    @property
    def headers(self) -> dict[str, str]:
        """What a request with this body says of it: its length too, which S3 asks for."""
        length = len(self._before()) + self.size_bytes + len(self._after())
        return {
            "Content-Type": f"multipart/form-data; boundary={self.boundary}",
            "Content-Length": str(length),
        }

    async def body(self) -> AsyncIterator[bytes]:
        """The bytes of the form."""
        yield self._before()
        async for piece in self.content:
            yield piece
        yield self._after()

    def described(self) -> list[dict[str, Any]]:
        """The parts as a transcript and a record show them."""
        file = {**self._file.described(), "size_bytes": self.size_bytes}
        return [*describe_parts(self._named), file]

    @property
    def _named(self) -> list[Part]:
        return [Part(name=name, content=value) for name, value in self.fields.items()]

    @property
    def _file(self) -> Part:
        """The file's part without its bytes."""
        return Part(
            name=self.file_field,
            content=b"",
            filename=self.filename,
            content_type=self.content_type,
        )

    def _before(self) -> bytes:
        line = f"--{self.boundary}\r\n".encode()
        fields = b"".join(line + part.written() + b"\r\n" for part in self._named)
        return fields + line + self._file.written()

    def _after(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
