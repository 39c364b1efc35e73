"""A form with one file at its end (multipart/form-data, RFC 7578), sent piece by piece."""

import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, kw_only=True)
class UploadForm:
    """The fields in their order, then the file, whose size is known before it is read."""

    fields: Mapping[str, str]
    file_field: str
    filename: str
    content_type: str
    size_bytes: int
    content: AsyncIterator[bytes]
    boundary: str = field(default_factory=lambda: secrets.token_hex(16))

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
        """The parts as the record of outbound requests shows them."""
        fields = [{"name": name, "value": value} for name, value in self.fields.items()]
        file = {
            "name": self.file_field,
            "filename": self.filename,
            "content_type": self.content_type,
        }
        return [*fields, file]

    def _before(self) -> bytes:
        written = "".join(
            f"{self._head(name)}\r\n\r\n{value}\r\n" for name, value in self.fields.items()
        )
        named = f'{self._head(self.file_field)}; filename="{self.filename.translate(_QUOTED)}"'
        return f"{written}{named}\r\nContent-Type: {self.content_type}\r\n\r\n".encode()

    def _head(self, name: str) -> str:
        quoted = name.translate(_QUOTED)
        return f'--{self.boundary}\r\nContent-Disposition: form-data; name="{quoted}"'

    def _after(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()
