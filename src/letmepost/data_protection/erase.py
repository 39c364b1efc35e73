"""Erase an organization or a profile: every row and every file. May be stopped and begun again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from letmepost.accounts.revoking import Leaving, leaving
from letmepost.accounts.tables import accounts
from letmepost.data_protection.belongings import BELONGS, Subject, exists, object_keys
from letmepost.kit.database import Database, metadata
from letmepost.media.storage import Storage
from letmepost.posts.tables import posts
from letmepost.tenancy.audit import COMMAND, AuditAction, record
from letmepost.tenancy.tables import api_keys

# Requests that were under way may leave something behind for a moment.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Erased:
    """What went: rows by table with the files, as `files`; and accounts, for their platforms."""

    rows: Mapping[str, int]
    left: Sequence[Leaving] = field(default=(), repr=False)


def count(connection: Connection, subject: Subject) -> dict[str, int]:
    """How many rows of each table there are; tables without any are left out."""
    found = {
        table.name: connection.execute(
            select(func.count()).select_from(table).where(condition(subject))
        ).scalar_one()
        for table, condition in BELONGS.items()
    }
    return {name: number for name, number in found.items() if number}


async def erase(database: Database, storage: Storage, subject: Subject, now: datetime) -> Erased:
    """Erase everything; what went.

    What is erased already is no error. The keys end first, so that nothing new comes; then the
    files go, whose names only the rows know; then the rows, in one transaction. What the accounts
    were given at their platforms is for the caller to revoke, now that nothing here uses it.
    """
    if await database.read(lambda connection: exists(connection, subject)):
        await database.write(lambda connection: _close(connection, subject, now))
    files = 0
    for key in await database.read(lambda connection: object_keys(connection, subject)):
        await storage.delete(key)
        files += 1
    if subject.profile_id is None:
        # Whatever a crash has left there without a row.
        for key in [each async for each in storage.keys(f"media/{subject.organization_id}/")]:
            await storage.delete(key)
            files += 1
    for attempt in range(TRIES):
        try:
            rows, left = await database.write(lambda connection: _delete(connection, subject, now))
        except IntegrityError:
            # A request that was under way added a row to what was being deleted.
            if attempt == TRIES - 1:
                raise
        else:
            return Erased({**rows, **({"files": files} if files else {})}, left)
    raise AssertionError("the last try returns or raises")


def _close(connection: Connection, subject: Subject, now: datetime) -> None:
    connection.execute(
        update(api_keys)
        .where(BELONGS[api_keys](subject), api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _delete(
    connection: Connection, subject: Subject, now: datetime
) -> tuple[dict[str, int], list[Leaving]]:
    """Delete all rows, children before parents, and jobs before what they are about."""
    gone: dict[str, int] = {}
    left = leaving(connection, BELONGS[accounts](subject))
    is_there = exists(connection, subject)
    # Found while their publications still tell whose they are.
    mine = connection.execute(select(posts.c.id).where(BELONGS[posts](subject))).scalars().all()
    tables = [each for each in reversed(metadata.sorted_tables) if each in BELONGS]
    # What names a row by its id without a key, or by what another table says, goes first.
    first = [each for each in tables if each.name in ("jobs", "idempotency_keys")]
    for table in (*first, *(each for each in tables if each not in first)):
        condition = posts.c.id.in_(mine) if table is posts else BELONGS[table](subject)
        deleted = connection.execute(delete(table).where(condition)).rowcount
        if deleted:
            gone[table.name] = deleted
    if subject.profile_id is not None and is_there:
        record(
            connection,
            COMMAND,
            AuditAction.PROFILE_ERASED,
            organization_id=subject.organization_id,
            target_id=subject.profile_id,
            details={"rows": sum(gone.values())},
            now=now,
        )
    return gone, left
