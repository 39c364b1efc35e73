"""Copy a whole database into an empty one, of the same kind or of the other."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, make_url, text

from letmepost import migrations
from letmepost.backup.archive import RefusedError
from letmepost.backup.empty import alone, refuse_other_step, refuse_rows
from letmepost.backup.make import Begun
from letmepost.kit.database import Database
from letmepost.kit.table_rows import (
    Rows,
    RowsRefusedError,
    count_rows,
    read_rows,
    tables_of,
    write_rows,
)

_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)


async def copy_database(source_url: str, target_url: str, begun: Begun) -> dict[str, Rows]:
    """Copy every row, in one transaction; read all back, and compare. Raises `RefusedError`.

    The rows lie in a temporary folder on the way. Neither database may be in use meanwhile.
    """
    _refuse_addresses(source_url, target_url)
    source, target = Database(source_url), Database(target_url)
    try:
        with (
            alone(source),
            alone(target),
            tempfile.TemporaryDirectory(prefix="letmepost-copy-") as folder,
        ):
            rows = await source.snapshot(lambda connection: _read(connection, Path(folder), begun))
            await target.write_at_length(
                lambda connection: _fill(connection, rows, Path(folder), begun)
            )
        return rows
    finally:
        await source.close()
        await target.close()


def _refuse_addresses(source_url: str, target_url: str) -> None:
    for url in (source_url, target_url):
        if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise RefusedError(
                "Name databases as LETMEPOST_DATABASE_URL does: postgresql://user@host/name, or "
                "sqlite:////srv/letmepost/letmepost.sqlite for a file."
            )
    if make_url(source_url) == make_url(target_url):
        raise RefusedError("Both are the same database.")
    # SQLite would make the file that is to be read.
    if source_url.startswith("sqlite") and not _path(source_url).is_file():
        raise RefusedError(f"There is no file {_path(source_url)}.")
    if target_url.startswith("sqlite") and not _path(target_url).parent.is_dir():
        raise RefusedError(f"There is no folder {_path(target_url).parent}.")


def _path(url: str) -> Path:
    return Path(make_url(url).database or "")


def _read(connection: Connection, folder: Path, begun: Begun) -> dict[str, Rows]:
    refuse_other_step(connection)
    if connection.dialect.name == "postgresql":
        others = connection.execute(_OTHERS).scalar_one()
        if others:
            raise RefusedError(
                f"{others} others are connected to the database that is to be copied.",
                "Stop every server and worker first: what they write would be lost.",
            )

    @contextmanager
    def opened(table: str) -> Iterator[IO[bytes]]:
        with (folder / table).open("wb") as file:
            yield file

    tables = tables_of(connection)
    progress = begun("rows read", count_rows(connection, tables))
    return write_rows(connection, tables, opened, progress)


def _fill(connection: Connection, rows: dict[str, Rows], folder: Path, begun: Begun) -> None:
    @contextmanager
    def opened(table: str) -> Iterator[IO[bytes]]:
        with (folder / table).open("rb") as file:
            yield file

    step = migrations.revision(connection)
    if step not in (None, migrations.HEAD):
        raise RefusedError(
            f"The database that is to be filled stands at step {step}, and the other at "
            f"{migrations.HEAD}.",
            "Name one without tables, or bring it up to date first.",
        )
    migrations.upgrade(connection)
    refuse_rows(connection)
    progress = begun("rows written", sum(each.count for each in rows.values()))
    try:
        read_rows(connection, rows, opened, progress)
    except RowsRefusedError as error:
        raise RefusedError(f"The rows of {error.table} were refused: {error.reason}.") from error
