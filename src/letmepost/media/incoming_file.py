"""A file on its way in: counted, hashed and written off the event loop, removed unless kept."""

import asyncio
import hashlib
import threading
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from letmepost.content.errors import LetmepostError
from letmepost.preflight.cross_rules import file_is_empty
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import MEDIA_SIZE_MAX

# A thread hop costs about 0.1 ms, so it pays only for pieces that take longer to hash and write.
WRITE_SIZE_BYTES = 1024 * 1024
HEAD_SIZE_BYTES = 1024


class IncomingFile:
    """Write a new file piece by piece, at most `max_bytes` long.

    Use it as an async context manager. Unless `finish` was reached, leaving it deletes the file:
    after an error, a refusal or a cancellation nothing is left behind.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self.size_bytes = 0
        self.head = b""
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._finished = False

    @property
    def sha256(self) -> str:
        """The SHA-256 of what was written, in hex; whole once `finish` was reached."""
        return self._hash.hexdigest()

    async def __aenter__(self) -> Self:
        """Create the file; raise `FileExistsError` if there is one already."""
        self._open()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        # Without an await, so that a second cancellation cannot skip it. A write that is under way
        # in its thread is waited for: a megabyte at most.
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
        if not self._finished:
            self.path.unlink(missing_ok=True)

    async def write(self, data: bytes) -> None:
        """Append bytes; raise the error of rule `media.size_max` when the file grows too long."""
        self.take(data)
        await self.flush()

    def take(self, data: bytes) -> None:
        """Append bytes that the next `flush` may write; the same error as `write`."""
        self.size_bytes += len(data)
        if self.size_bytes > self.max_bytes:
            raise file_too_large(self.max_bytes)
        if len(self.head) < HEAD_SIZE_BYTES:
            self.head += data[: HEAD_SIZE_BYTES - len(self.head)]
        self._buffer += data

    async def flush(self, *, everything: bool = False) -> None:
        """Write what has been taken, once it is a large enough piece."""
        if self._buffer and (everything or len(self._buffer) >= WRITE_SIZE_BYTES):
            piece, self._buffer = self._buffer, bytearray()
            await asyncio.to_thread(self._store, piece)

    async def finish(self) -> None:
        """Write the rest and keep the file; raise the error of `media.file.empty` without bytes."""
        if not self.size_bytes:
            raise refuse(file_is_empty)
        await self.flush(everything=True)
        self._finished = True

    def _open(self) -> None:
        # Not in a thread: a cancellation in between would leave a file that nobody deletes.
        self._file = self.path.open("xb", buffering=0)

    def _store(self, piece: bytearray) -> None:
        with self._lock:
            # A cancelled caller has closed the file before this thread came to it.
            if self._file is None:
                return
            self._hash.update(piece)
            rest = memoryview(piece)
            while rest:
                rest = rest[self._file.write(rest) :]


def file_too_large(max_bytes: int) -> LetmepostError:
    """The error of a file longer than this server takes."""
    error = refuse(MEDIA_SIZE_MAX, limit=max_bytes)
    error.extra = {"limit": max_bytes}
    return error
