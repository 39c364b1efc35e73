"""Delete files that nothing needs any more: unused uploads, and what posts brought with them."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, and_, exists, or_, select

from letmepost.jobs.queue import database_now
from letmepost.kit.database import Database
from letmepost.media.direct_upload import BATCH as FORGOTTEN_AT_A_TIME
from letmepost.media.direct_upload import forget_uploads
from letmepost.media.removal import BATCH, remove_objects
from letmepost.media.storage import Storage
from letmepost.media.tables import media
from letmepost.posts.ledger import TERMINAL
from letmepost.posts.media_use import mark_deleted
from letmepost.posts.tables import publication_media, publications

log = structlog.get_logger()


async def sweep_files(
    database: Database, storage: Storage, now: datetime, unused_for: timedelta | None
) -> None:
    """Delete what is unused, and the objects of all that is deleted, a batch at a time."""
    while await forget_uploads(database, storage, now) == FORGOTTEN_AT_A_TIME:
        pass
    more = True
    while more:
        deleted = await database.write(lambda connection: sweep_media(connection, now, unused_for))
        removed = await remove_objects(database, storage)
        if deleted or removed:
            log.info("media.swept", deleted=deleted, removed=removed)
        more = BATCH in (deleted, removed)


def sweep_media(connection: Connection, now: datetime, unused_for: timedelta | None) -> int:
    """Delete at most a batch of the files that have been unused for so long; how many it was.

    An upload is unused while no publication has ever named it. What a post brought is unused once
    each publication of it has ended; both count from the end, or from the last upload.
    """
    if unused_for is None:
        return 0
    at = database_now(connection, now)
    before = at - unused_for
    old = (
        connection.execute(
            select(media.c.id)
            .where(_unused(before))
            .order_by(media.c.last_received_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        .scalars()
        .all()
    )
    # Looked at again with the rows locked: a post may have taken one in between.
    still = connection.execute(select(media.c.id).where(media.c.id.in_(old), _unused(before)))
    ids = list(still.scalars()) if old else []
    if ids:
        mark_deleted(connection, ids, None, at)
    return len(ids)


def _unused(before: datetime) -> Any:  # noqa: ANN401 - SQL
    uses = select(publication_media.c.media_id).where(publication_media.c.media_id == media.c.id)
    needed = uses.join(publications, publications.c.id == publication_media.c.publication_id).where(
        or_(publications.c.state.not_in(TERMINAL), publications.c.updated_at > before)
    )
    return and_(
        media.c.deleted_at.is_(None),
        media.c.last_received_at <= before,
        ~exists(needed),
        or_(media.c.source != "upload", ~exists(uses)),
    )
