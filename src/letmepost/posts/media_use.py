"""Which publications need a file: said where they are written, asked before the file is deleted.

Whoever needs a file holds its row, whoever deletes it locks the row: one waits for the other, and
then sees what the other has done.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.media.library import hold_media
from letmepost.media.tables import media
from letmepost.posts.content_media import media_ids
from letmepost.posts.ledger import TERMINAL
from letmepost.posts.tables import publication_media, publications
from letmepost.preflight.media_rules import MEDIA_IN_USE
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.keys import Caller
from letmepost.webhooks.events import Event, write_events

# As many as an error names; a file of a campaign may wait in hundreds.
USERS_NAMED = 5


def missing_media(connection: Connection, ids: Collection[str]) -> list[str]:
    """Those of these files that are deleted; the others stay until the transaction ends."""
    return sorted(frozenset(ids) - hold_media(connection, ids)) if ids else []


def write_uses(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Note the files of new publications."""
    uses = [
        {"publication_id": row["id"], "media_id": media_id}
        for row in rows
        for media_id in sorted(media_ids(row["content"]))
    ]
    if uses:
        connection.execute(insert(publication_media), uses)


def rewrite_uses(connection: Connection, publication_id: str, content: Mapping[str, Any]) -> None:
    """Note the files of a publication that was edited; those that it had before are let go."""
    forget_uses(connection, [publication_id])
    write_uses(connection, [{"id": publication_id, "content": content}])


def forget_uses(connection: Connection, publication_ids: Collection[str]) -> None:
    """Let go of the files of these publications."""
    of_these = publication_media.c.publication_id.in_(publication_ids)
    connection.execute(delete(publication_media).where(of_these))


def _users(connection: Connection, media_id: str) -> list[str]:
    return list(
        connection.execute(
            select(publications.c.id)
            .join(publication_media, publication_media.c.publication_id == publications.c.id)
            .where(publication_media.c.media_id == media_id, publications.c.state.not_in(TERMINAL))
            .order_by(publications.c.id)
            .limit(USERS_NAMED + 1)
        ).scalars()
    )


def delete_media(
    connection: Connection, caller: Caller, media_id: str, request_id: str, now: datetime
) -> None:
    """Delete a file that no publication needs any more; its object is removed afterwards.

    Raises `not_found`, or a conflict that names the publications which need it.
    """
    row = connection.execute(
        select(media.c.id, media.c.profile_id)
        .where(
            media.c.id == media_id,
            media.c.organization_id == caller.organization_id,
            media.c.deleted_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    if row is None or not caller.sees(row.profile_id):
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND, message="No file with this id is visible to this key."
        )
    users = _users(connection, media_id)
    if users:
        named = ", ".join(users[:USERS_NAMED]) + (" and others" if users[USERS_NAMED:] else "")
        raise refuse(MEDIA_IN_USE, conflict=True, actual=named)
    mark_deleted(connection, [media_id], request_id, now)


def mark_deleted(
    connection: Connection, ids: Collection[str], request_id: str | None, now: datetime
) -> None:
    """Delete rows that the caller has locked, and tell of each."""
    gone = connection.execute(
        update(media)
        .where(media.c.id.in_(ids))
        .values(deleted_at=now)
        .returning(media.c.id, media.c.organization_id, media.c.profile_id, media.c.sha256)
    ).all()
    happened = [
        Event(
            type="media.deleted",
            organization_id=row.organization_id,
            profile_id=row.profile_id,
            subject_id=row.id,
            sequence=1,
            data={"id": row.id, "profileId": row.profile_id, "sha256": row.sha256},
            request_id=request_id,
        )
        for row in sorted(gone, key=lambda row: row.id)
    ]
    write_events(connection, happened, now)
