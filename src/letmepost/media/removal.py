"""Remove the objects of files that are deleted: at once where it works, later where it did not."""

from sqlalchemy import Connection, select, update

from letmepost.kit.database import Database
from letmepost.media.storage import Storage
from letmepost.media.tables import media

BATCH = 200


def _to_remove(connection: Connection, media_id: str | None) -> list[tuple[str, str]]:
    query = select(media.c.id, media.c.storage_key).where(
        media.c.deleted_at.is_not(None), media.c.storage_key.is_not(None)
    )
    if media_id is not None:
        query = query.where(media.c.id == media_id)
    rows = connection.execute(query.order_by(media.c.deleted_at).limit(BATCH))
    return [(row.id, row.storage_key) for row in rows]


async def remove_objects(database: Database, storage: Storage, media_id: str | None = None) -> int:
    """Remove the objects of deleted files, or that of one; how many it was.

    The row tells what is left to do, so a crash in between costs nothing but a second call.
    """
    removed: list[str] = []
    try:
        for each, key in await database.read(lambda connection: _to_remove(connection, media_id)):
            await storage.delete(key)
            removed.append(each)
    finally:
        if removed:
            done = update(media).where(media.c.id.in_(removed)).values(storage_key=None)
            await database.write(lambda connection: connection.execute(done))
    return len(removed)
