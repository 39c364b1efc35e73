"""Send files to the server, with a bar that shows how far they are."""

import io
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from urllib.parse import urlsplit
from uuid import uuid4

from letmepost.cli.client.session import Session
from letmepost.cli.client.stop import Stop, disk_words

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

MEDIA_PREFIX: Final = "med_"
# A server on a slow disk reads a large file before it answers.
ANSWER_SECONDS: Final = 600.0


class Body(io.RawIOBase):
    """The multipart body of one file, read piece by piece; `told` hears how far it is."""

    def __init__(self, path: Path, file: BinaryIO, told: Callable[[int], None]) -> None:
        super().__init__()
        boundary = f"lmp-{uuid4().hex}"
        name = "".join(each if each.isprintable() else "_" for each in path.name)
        quoted = name.replace("\\", "_").replace('"', "%22")
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        head = (
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{quoted}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        )
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._file = file
        self._told = told
        self._head = head.encode("utf-8", "replace")
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._file_bytes = path.stat().st_size
        self.size_bytes = len(self._head) + self._file_bytes + len(self._tail)
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes: a lost connection begins again."""
        return True

    def tell(self) -> int:
        """How far it was read."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, counted from the beginning."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation
        self._at = offset
        return offset

    def read(self, size: int = -1) -> bytes:
        """The next piece, of one of its three parts."""
        wanted = self.size_bytes if size < 0 else size
        in_file = self._at - len(self._head)
        if in_file < 0:
            piece = self._head[self._at : self._at + wanted]
        elif in_file < self._file_bytes:
            self._file.seek(in_file)
            piece = self._file.read(min(wanted, self._file_bytes - in_file))
            if not piece:
                raise Stop("The file became shorter while it was sent.", "Send it again.")
        else:
            begin = in_file - self._file_bytes
            piece = self._tail[begin : begin + wanted]
        self._at += len(piece)
        self._told(min(max(0, self._at - len(self._head)), self._file_bytes))
        return piece


def _upload(
    session: Session,
    path: Path,
    number: int,
    profile_id: str | None,
    told: Callable[[int], None],
) -> Any:  # noqa: ANN401 - JSON
    """Store a file; the server's answer. `number` tells it apart from others of this command."""
    with opened(path) as file:
        body = Body(path, file, told)
        return session.call(
            "POST",
            "/v1/media",
            body,
            query={"profileId": profile_id},
            headers={"Content-Type": body.content_type, "Content-Length": str(body.size_bytes)},
            key_part=f"-media-{number}",
            read_seconds=ANSWER_SECONDS,
        ).document


def upload_all(session: Session, paths: list[Path], profile_id: str | None) -> list[Any]:
    """Store files, one after the other, with a bar on a terminal; the server's answers."""
    for path in paths:
        # All of them before the first is sent.
        opened(path).close()
    with _bar() as bar:
        stored = []
        for number, path in enumerate(paths):
            task = bar.add_task(path.name, total=path.stat().st_size)
            stored.append(_upload(session, path, number, profile_id, _mover(bar, task)))
        return stored


def _mover(bar: "Progress", task: "TaskID") -> Callable[[int], None]:
    return lambda done: bar.update(task, completed=done)


def _bar() -> "Progress":
    from rich.console import Console  # noqa: PLC0415 - loaded when it runs
    from rich.progress import (  # noqa: PLC0415 - as above
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        # A log needs no bar, nor does a stderr that is closed.
        disable=not console.is_terminal,
    )


def opened(path: Path) -> BinaryIO:
    """A file to be sent; raise `Stop` where it cannot be read or is empty."""
    try:
        if path.exists() and not path.is_file():
            raise Stop(f"{path} is not a file.", "Name a picture, a video or a document.")
        if path.stat().st_size == 0:
            raise Stop(f"{path} is empty.", "Name a picture, a video or a document.")
        return path.open("rb")
    except OSError as error:
        raise Stop(f"{path} cannot be read: {disk_words(error)}.", "Correct its name.") from None


def kind_of(content_type: str | None) -> str:
    """The kind of a file for a post, by its type."""
    general = (content_type or "").partition("/")[0]
    return general if general in ("image", "video") else "document"


def kind_of_name(name: str) -> str:
    """The kind of a file for a post, by the end of its name or address."""
    return kind_of(mimetypes.guess_type(urlsplit(name).path)[0])
