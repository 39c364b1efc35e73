"""What an archive is: a ZIP file of rows and files, with a manifest that names and hashes all."""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Final, Literal

from pydantic import BaseModel, ValidationError

from letmepost.kit.table_rows import Rows

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
PIECE_SIZE_BYTES: Final = 1024 * 1024


class RefusedError(Exception):
    """Why there is no archive, no restored database or no copy; nothing has been changed."""

    def __init__(self, sentence: str, *details: str) -> None:
        self.sentence = sentence
        self.details = details
        super().__init__(sentence)


class StoredFile(BaseModel):
    """A media file of the archive."""

    size_bytes: int
    sha256: str
    content_type: str


class Manifest(BaseModel):
    """What an archive holds, and what it does not."""

    format: Literal[1] = FORMAT
    version: str
    step: str
    created_at: datetime
    database: Literal["SQLite", "PostgreSQL"]
    rows: dict[str, Rows]
    files: dict[str, StoredFile]
    # The bucket whose files are not in here.
    files_elsewhere: str | None
    # What was deleted between the rows and the files.
    files_gone: list[str]

    @property
    def row_count(self) -> int:
        """Of all tables."""
        return sum(each.count for each in self.rows.values())


def rows_name(table: str) -> str:
    """Where an archive has the rows of a table."""
    return f"rows/{table}.jsonl"


def file_name(key: str) -> str:
    """Where an archive has the file of a storage key."""
    return f"files/{key}"


@contextmanager
def new_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive that is at `path` once it is whole and on the disk, and not before.

    Raises `RefusedError` where something is there already. Its owner alone may read it: it holds
    sealed logins, and the hashes of keys and passwords.
    """
    if path.exists():
        raise RefusedError(f"{path} is there already.", "Nothing is ever written over.")
    if not path.parent.is_dir():
        raise RefusedError(f"There is no folder {path.parent}.")
    beginning = path.with_name(f".{path.name}.part")
    try:
        descriptor = os.open(beginning, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
                yield archive
            file.flush()
            os.fsync(file.fileno())
        beginning.rename(path)
    finally:
        beginning.unlink(missing_ok=True)


@contextmanager
def open_archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A whole archive; raise `RefusedError` where any part of it is not what its manifest says."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise RefusedError(f"{path} is no whole archive: {error}.") from error
    with archive:
        yield archive, _checked(archive, path)


def _checked(archive: zipfile.ZipFile, path: Path) -> Manifest:
    """The manifest of an archive whose every part has been read and is what it says."""
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
        for name, sha256 in _promised(manifest):
            if _sha256(archive, name) != sha256:
                raise RefusedError(f"{path} is damaged: {name} is not what was written.")
    except ValidationError as error:
        raise RefusedError(f"{path} has no manifest that this version can read.") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        reason = str(error).strip("'")
        raise RefusedError(f"{path} is damaged: {reason}.") from error
    return manifest


def _promised(manifest: Manifest) -> Iterator[tuple[str, str]]:
    for table, rows in manifest.rows.items():
        yield rows_name(table), rows.sha256
    for key, file in manifest.files.items():
        yield file_name(key), file.sha256


def _sha256(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as file:
        if name.startswith("rows/"):
            # The names of the columns stand before the lines that are counted and hashed.
            file.readline()
        for piece in pieces(file):
            digest.update(piece)
    return digest.hexdigest()


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The rest of a file, a megabyte at a time."""
    while piece := file.read(PIECE_SIZE_BYTES):
        yield piece
