"""Bodies of several parts (multipart/form-data, RFC 7578): written, and shown without bytes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_UNQUOTABLE = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One field of a form, or one file of it where `filename` is given.

    A file without a `content_type` is sent as bytes of no special kind.
    """

    name: str
    content: str | bytes
    filename: str | None = None
    content_type: str | None = None

    @property
    def _bytes(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content

    @property
    def _type(self) -> str | None:
        return self.content_type or (self.filename and "application/octet-stream")

    def written(self) -> bytes:
        """The part's headers and content."""
        disposition = f'form-data; name="{self.name.translate(_UNQUOTABLE)}"'
        if self.filename is not None:
            disposition += f'; filename="{self.filename.translate(_UNQUOTABLE)}"'
        headers = f"Content-Disposition: {disposition}\r\n"
        if self._type:
            headers += f"Content-Type: {self._type}\r\n"
        return headers.encode() + b"\r\n" + self._bytes

    def described(self) -> dict[str, Any]:
        """The part as a transcript shows it: a field with its value, a file by its size."""
        if self.filename is None:
            value = self.content if isinstance(self.content, str) else self.content.decode()
            return {"name": self.name, "value": value}
        return {
            "name": self.name,
            "filename": self.filename,
            "content_type": self._type,
            "size_bytes": len(self._bytes),
        }


def write_parts(parts: Sequence[Part]) -> tuple[bytes, str]:
    """The body, and the content type that names its boundary."""
    # Random, so that no file can hold it.
    boundary = f"letmepost-{secrets.token_hex(16)}"
    body = b"".join(f"--{boundary}\r\n".encode() + part.written() + b"\r\n" for part in parts)
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def describe_parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """The parts as a transcript and a record show them."""
    return [part.described() for part in parts]
