"""Restore an archive into an empty installation, all of it or nothing."""

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, select, update

from letmepost import migrations
from letmepost.accounts.tables import accounts
from letmepost.backup.archive import (
    Manifest,
    RefusedError,
    file_name,
    open_archive,
    pieces,
    rows_name,
)
from letmepost.backup.empty import alone, refuse_rows
from letmepost.backup.make import Begun
from letmepost.configuration import (
    Configuration,
    kept_keyring,
    open_configured_storage,
    open_database,
)
from letmepost.kit.clock import Clock, SystemClock
from letmepost.kit.crypto import Keyring
from letmepost.kit.sealed import Opened, try_all
from letmepost.kit.table_rows import Progress, RowsRefusedError, read_rows
from letmepost.media.storage import Storage
from letmepost.posts.tables import publications
from letmepost.rotation import SEALED

ENDED = ("published", "rejected", "failed", "canceled", "deleted")


@dataclass(frozen=True)
class Wanted:
    """What is to be done about what cannot be had back, and what may have happened since."""

    without_keys: bool = False
    go_on: bool = False


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    manifest: Manifest
    secrets: Opened
    paused: tuple[str, ...]


async def restore(
    configuration: Configuration,
    path: Path,
    wanted: Wanted,
    begun: Begun,
    clock: Clock | None = None,
) -> Restored:
    """Fill an empty database and an empty store from an archive; raise `RefusedError`.

    The rows come in one transaction, at the step that they were written at, which is then brought
    up to date. Accounts with posts that have not ended are paused, unless it shall go on at once:
    what was due since the archive was made may have been published meanwhile.
    """
    settings = configuration.server
    with open_archive(path) as (archive, manifest):
        if manifest.step > migrations.HEAD:
            raise RefusedError(
                f"{path} is of version {manifest.version} and step {manifest.step}; this version "
                f"knows no step after {migrations.HEAD}.",
                "Install that version, or a newer one.",
            )
        database = open_database(settings)
        try:
            with alone(database):
                keyring = kept_keyring(settings)
                storage = open_configured_storage(configuration)
                await database.read(refuse_rows)
                await _refuse_other_files(storage, settings.media_url, manifest)
                await _write_files(archive, manifest, storage, begun)
                progress = begun("rows", manifest.row_count)
                now = (clock or SystemClock()).now()
                secrets, paused = await database.write_at_length(
                    lambda connection: _fill(
                        connection, archive, manifest, keyring, wanted, progress, now
                    )
                )
        finally:
            await database.close()
        return Restored(manifest, secrets, paused)


async def _refuse_other_files(storage: Storage, url: str, manifest: Manifest) -> None:
    """Let only those be there that an earlier, interrupted try has brought."""
    if not manifest.files:
        return
    async for key in storage.keys():
        if key not in manifest.files:
            raise RefusedError(f"{url} is not empty: it has {key}.", "Name another store.")


async def _write_files(
    archive: zipfile.ZipFile, manifest: Manifest, storage: Storage, begun: Begun
) -> None:
    progress = begun("files", len(manifest.files))
    with tempfile.TemporaryDirectory(prefix="letmepost-restore-") as folder:
        path = Path(folder) / "file"
        for key, stored in manifest.files.items():
            with archive.open(file_name(key)) as file, path.open("wb") as copy:
                copy.writelines(pieces(file))
            await storage.put_file(key, path, stored.content_type)
            progress(1)


def _fill(  # noqa: PLR0913 - what is restored, and how
    connection: Connection,
    archive: zipfile.ZipFile,
    manifest: Manifest,
    keyring: Keyring | None,
    wanted: Wanted,
    progress: Progress,
    now: datetime,
) -> tuple[Opened, tuple[str, ...]]:
    """Everything that the database gets, in its one transaction."""

    @contextmanager
    def opened(table: str) -> Iterator[IO[bytes]]:
        with archive.open(rows_name(table)) as file:
            yield file

    # Somebody may have come first since the look at it.
    refuse_rows(connection)
    step = migrations.revision(connection)
    if step is None or step < manifest.step:
        migrations.upgrade(connection, to=manifest.step)
    elif step > manifest.step:
        raise RefusedError(
            f"The database stands at step {step}, and the archive at {manifest.step}.",
            "Restore into a database without tables; it is brought up to date afterwards.",
        )
    try:
        read_rows(connection, manifest.rows, opened, progress)
    except RowsRefusedError as error:
        raise RefusedError(f"The rows of {error.table} were refused: {error.reason}.") from error
    migrations.upgrade(connection)
    secrets = _refuse_other_keys(connection, keyring, wanted)
    return secrets, () if wanted.go_on else _pause(connection, now)


def _refuse_other_keys(connection: Connection, keyring: Keyring | None, wanted: Wanted) -> Opened:
    total = Opened()
    for sealed in SEALED:
        each = try_all(connection, keyring, sealed)
        total.found += each.found
        total.unreadable += each.unreadable
    if total.unreadable and not wanted.without_keys:
        raise RefusedError(
            f"{total.unreadable} of {total.found} secrets in the archive open with none of the "
            "encryption keys that are set here.",
            "An archive has no keys in it. Set LETMEPOST_ENCRYPTION_KEYS to those of the server "
            "that it was made on, or put its encryption.key into the data folder.",
            "Where they are lost, --without-keys restores the rest; then connect the accounts and "
            "make the webhooks' secrets anew.",
        )
    return total


def _pause(connection: Connection, now: datetime) -> tuple[str, ...]:
    """Hold the accounts back whose posts have not ended; which ones."""
    unended = select(publications.c.account_id).where(publications.c.state.not_in(ENDED))
    paused = connection.execute(
        update(accounts)
        .where(
            accounts.c.id.in_(unended),
            accounts.c.paused_at.is_(None),
            accounts.c.disconnected_at.is_(None),
        )
        .values(paused_at=now, updated_at=now)
        .returning(accounts.c.id)
    )
    return tuple(sorted(paused.scalars()))
