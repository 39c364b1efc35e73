"""Give out all that is kept of an organization or a profile, as one archive.

A table is a file of JSON lines, a stored file lies beside them as it is. What gives access is left
out: whoever gets the archive gets the data, and no way in.
"""

import json
import os
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from letmepost.data_protection.belongings import BELONGS, Subject
from letmepost.kit.clock import wire_time
from letmepost.kit.database import Database, metadata
from letmepost.media.storage import ObjectMissingError, Storage
from letmepost.media.tables import media

# Tables of nothing but proofs and work in hand.
LEFT_OUT: Final = frozenset(
    {"consents", "idempotency_keys", "jobs", "oauth_tokens", "password_resets"}
)
SECRET_COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    "accounts": frozenset({"credentials", "refresh_owner", "refresh_until"}),
    "api_keys": frozenset({"sha256"}),
    "connect_links": frozenset({"token_sha256"}),
    "invites": frozenset({"sha256"}),
    "members": frozenset({"password_hash"}),
    "oauth_grants": frozenset({"code_sha256", "code_challenge"}),
    "sessions": frozenset({"sha256"}),
    "webhook_endpoints": frozenset({"secret", "previous_secret"}),
}


async def export(
    database: Database, storage: Storage, subject: Subject, archive: Path, now: datetime
) -> Mapping[str, int]:
    """Write the archive; how many rows of each table are in it, and how many files.

    The rows are of one moment. Raises `FileExistsError` where there is such a file already.
    """
    rows = await database.read(lambda connection: _rows(connection, subject))
    counts = {name: len(lines) for name, lines in rows.items() if lines}
    files = 0
    # Made so that nobody else on this machine can read it, at any moment.
    descriptor = os.open(archive, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "r+b") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as written,
    ):
        for name, lines in rows.items():
            if lines:
                written.writestr(f"{name}.jsonl", "".join(f"{each}\n" for each in lines))
        for media_id, key in await database.read(lambda connection: _files(connection, subject)):
            files += await _add(written, storage, f"files/{media_id}{Path(key).suffix}", key)
        counts |= {"files": files} if files else {}
        about = {
            "organizationId": subject.organization_id,
            "profileId": subject.profile_id,
            "exportedAt": wire_time(now),
            "counts": counts,
        }
        written.writestr("about.json", json.dumps(about, indent=2))
    return counts


async def _add(archive: zipfile.ZipFile, storage: Storage, name: str, key: str) -> int:
    """Add a stored file in pieces; 0 where its object is gone."""
    pieces = storage.stream(key)
    try:
        first = await anext(pieces, b"")
    except ObjectMissingError:
        return 0
    with archive.open(name, "w", force_zip64=True) as entry:
        entry.write(first)
        async for piece in pieces:
            entry.write(piece)
    return 1


def _rows(connection: Connection, subject: Subject) -> dict[str, list[str]]:
    return {
        table.name: list(_lines(connection, table, subject))
        for table in metadata.sorted_tables
        if table in BELONGS and table.name not in LEFT_OUT
    }


def _lines(connection: Connection, table: Table, subject: Subject) -> Iterator[str]:
    hidden = SECRET_COLUMNS.get(table.name, frozenset())
    shown = [each for each in table.columns if each.name not in hidden]
    rows = connection.execute(
        select(*shown).where(BELONGS[table](subject)).order_by(*table.primary_key.columns)
    )
    for row in rows:
        yield json.dumps(dict(row._mapping), default=_written, ensure_ascii=False)  # noqa: SLF001 - SQLAlchemy's public name


def _written(value: Any) -> str:  # noqa: ANN401 - what JSON does not know
    if isinstance(value, datetime):
        return wire_time(value)
    raise TypeError(type(value))


def _files(connection: Connection, subject: Subject) -> list[tuple[str, str]]:
    query = select(media.c.id, media.c.storage_key).where(
        BELONGS[media](subject), media.c.storage_key.is_not(None), media.c.deleted_at.is_(None)
    )
    return [(row.id, row.storage_key) for row in connection.execute(query)]
