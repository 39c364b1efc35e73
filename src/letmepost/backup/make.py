"""Make an archive of a running installation: its rows as of one moment, and its files."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, select

from letmepost import migrations
from letmepost.backup.archive import (
    MANIFEST,
    Manifest,
    StoredFile,
    file_name,
    new_archive,
    rows_name,
)
from letmepost.backup.empty import refuse_other_step
from letmepost.configuration import Configuration, open_configured_storage, open_database
from letmepost.kit.clock import Clock, SystemClock
from letmepost.kit.table_rows import Progress, Rows, count_rows, tables_of, write_rows
from letmepost.media.storage import ObjectMissingError, Storage
from letmepost.media.tables import media

# Called with what is counted, how many there are in all, and gives what counts them.
Begun = Callable[[str, int], Progress]


async def back_up(
    configuration: Configuration, path: Path, begun: Begun, clock: Clock | None = None
) -> Manifest:
    """Write everything but the encryption keys to `path`, beside servers that go on.

    Files in a bucket are not copied; the manifest names the bucket. Raises `RefusedError`.
    """
    settings = configuration.server
    database = open_database(settings)
    try:
        created_at = (clock or SystemClock()).now()
        with new_archive(path) as archive:
            rows, wanted = await database.snapshot(
                lambda connection: _write_rows(connection, archive, begun)
            )
            elsewhere = settings.media_url if settings.media_url.startswith("s3:") else None
            files: dict[str, StoredFile] = {}
            if elsewhere is None:
                storage = open_configured_storage(configuration)
                progress = begun("files", len(wanted))
                for key, content_type in wanted.items():
                    stored = await _write_file(archive, storage, key, content_type)
                    if stored is not None:
                        files[key] = stored
                    progress(1)
            manifest = Manifest(
                version=version("letmepost"),
                step=migrations.HEAD,
                created_at=created_at,
                database="SQLite" if database.is_sqlite else "PostgreSQL",
                rows=rows,
                files=files,
                files_elsewhere=elsewhere,
                files_gone=[] if elsewhere else sorted(wanted.keys() - files.keys()),
            )
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
        return manifest
    finally:
        await database.close()


def _write_rows(
    connection: Connection, archive: zipfile.ZipFile, begun: Begun
) -> tuple[dict[str, Rows], dict[str, str]]:
    """Write every row; the files that the rows name, with their types."""
    refuse_other_step(connection)
    tables = tables_of(connection)

    @contextmanager
    def opened(table: str) -> Iterator[IO[bytes]]:
        with archive.open(rows_name(table), "w", force_zip64=True) as file:
            yield file

    rows = write_rows(connection, tables, opened, begun("rows", count_rows(connection, tables)))
    named = select(media.c.storage_key, media.c.content_type)
    kept = named.where(media.c.storage_key.is_not(None), media.c.deleted_at.is_(None))
    return rows, {row.storage_key: row.content_type for row in connection.execute(kept)}


async def _write_file(
    archive: zipfile.ZipFile, storage: Storage, key: str, content_type: str
) -> StoredFile | None:
    """Copy one file; None where it was deleted since the rows were read."""
    digest, size_bytes = hashlib.sha256(), 0
    # Pictures and films are compressed already.
    entry = zipfile.ZipInfo(file_name(key))
    entry.compress_type = zipfile.ZIP_STORED
    with archive.open(entry, "w", force_zip64=True) as file:
        try:
            async for piece in storage.stream(key):
                file.write(piece)
                digest.update(piece)
                size_bytes += len(piece)
        except ObjectMissingError:
            return None
    return StoredFile(size_bytes=size_bytes, sha256=digest.hexdigest(), content_type=content_type)
