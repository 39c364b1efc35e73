"""The files of a server: received or fetched, read once, stored, and found again."""

import base64
import binascii
import hashlib
import secrets
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Connection, Row, and_, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from letmepost.content.media_facts import MediaFacts
from letmepost.kit.clock import wire_time
from letmepost.kit.database import Database
from letmepost.kit.ids import new_id
from letmepost.media.addresses import FileAddresses
from letmepost.media.fetch import fetch
from letmepost.media.incoming_file import IncomingFile, file_too_large
from letmepost.media.inspect import inspect
from letmepost.media.receive import ReceivedFile, receive
from letmepost.media.refit import refit
from letmepost.media.storage import Storage, storage_key
from letmepost.media.tables import media
from letmepost.preflight.image_fit import ImageTarget
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import MEDIA_BASE64
from letmepost.tenancy.keys import Caller

DECLARED_TYPE_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """One stored file."""

    id: str
    profile_id: str
    storage_key: str
    declared_type: str | None
    facts: MediaFacts
    created_at: datetime

    def address(self, public_url: str) -> str:
        """Where its bytes can be read without a key."""
        return f"{public_url}/v1/media/{self.id}/file"

    def to_json(self, public_url: str) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "url": self.address(public_url),
            "contentType": self.facts.content_type,
            "sizeBytes": self.facts.size_bytes,
            "sha256": self.facts.sha256,
            "width": self.facts.width_px,
            "height": self.facts.height_px,
            "durationSeconds": self.facts.duration_seconds,
            "animated": self.facts.animated,
            "profileId": self.profile_id,
            "createdAt": wire_time(self.created_at),
        }


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file in the working folder whose facts are read, not yet stored."""

    path: Path
    declared_type: str | None
    facts: MediaFacts

    def discard(self) -> None:
        """Delete the working copy."""
        self.path.unlink(missing_ok=True)


_COLUMNS = (
    media.c.id,
    media.c.profile_id,
    media.c.storage_key,
    media.c.declared_type,
    media.c.facts,
    media.c.created_at,
)
_SAME_BYTES = (
    (media.c.profile_id == bindparam("same_profile"))
    & (media.c.sha256 == bindparam("same_bytes"))
    & media.c.deleted_at.is_(None)
)
_KNOWN = select(media.c.id).where(_SAME_BYTES)
_HELD = select(*_COLUMNS).where(_SAME_BYTES).with_for_update()


def _same(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"same_profile": row["profile_id"], "same_bytes": row["sha256"]}


def _stored(row: Row[*tuple[Any, ...]]) -> StoredMedia:
    return StoredMedia(
        id=row.id,
        profile_id=row.profile_id,
        storage_key=row.storage_key,
        declared_type=row.declared_type,
        facts=MediaFacts.from_json(row.facts),
        created_at=row.created_at,
    )


def find_media(
    connection: Connection, organization_id: str, ids: list[str]
) -> dict[str, StoredMedia]:
    """The files of these ids that exist in an organization."""
    rows = connection.execute(
        select(*_COLUMNS).where(
            media.c.id.in_(ids),
            media.c.organization_id == organization_id,
            media.c.deleted_at.is_(None),
        )
    )
    return {row.id: _stored(row) for row in rows}


def hold_media(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Those of these files that exist, and go on to exist until the transaction ends."""
    rows = connection.execute(
        select(media.c.id)
        .where(media.c.id.in_(sorted(ids)), media.c.deleted_at.is_(None))
        .order_by(media.c.id)
        .with_for_update(read=True)
    )
    return frozenset(rows.scalars())


def _again(connection: Connection, row: Mapping[str, Any]) -> StoredMedia | None:
    """The file of a profile that has these very bytes; it counts as received anew."""
    found = connection.execute(_HELD, _same(row)).one_or_none()
    if found is None:
        return None
    values = {"last_received_at": row["created_at"]}
    known = _stored(found)
    if row["source"] == "upload":
        # What a post brought is listed and kept as an upload once it is one too.
        values |= {"source": "upload", "declared_type": row["declared_type"]}
        known = replace(known, declared_type=row["declared_type"])
    connection.execute(update(media).where(media.c.id == known.id).values(values))
    return known


def _is_known(connection: Connection, row: Mapping[str, Any]) -> bool:
    return connection.execute(_KNOWN, _same(row)).one_or_none() is not None


def _insert_once(connection: Connection, row: Mapping[str, Any]) -> StoredMedia | None:
    """Insert a file; instead give the one with the same bytes, where there is one by now."""
    while True:
        same = _again(connection, row)
        if same is not None:
            return same
        try:
            with connection.begin_nested():
                connection.execute(insert(media), row)
        except IntegrityError:
            # Another request has stored the same bytes in this moment; or has, and deleted them.
            continue
        return None


def public_file(connection: Connection, media_id: str) -> StoredMedia | None:
    """A file by its id alone: the id is not guessable, and platforms fetch by it."""
    row = connection.execute(
        select(*_COLUMNS).where(media.c.id == media_id, media.c.deleted_at.is_(None))
    ).one_or_none()
    return _stored(row) if row else None


def list_media(
    connection: Connection,
    caller: Caller,
    *,
    profile_id: str | None,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[StoredMedia]:
    """Uploaded files that the caller may see, newest first; not those that a post brought."""
    query = select(*_COLUMNS).where(
        media.c.organization_id == caller.organization_id,
        media.c.deleted_at.is_(None),
        media.c.source == "upload",
    )
    only = caller.profile_id or profile_id
    if only is not None:
        query = query.where(media.c.profile_id == only)
    if after is not None:
        at, media_id = after
        query = query.where(
            or_(media.c.created_at < at, and_(media.c.created_at == at, media.c.id < media_id))
        )
    newest_first = query.order_by(media.c.created_at.desc(), media.c.id.desc()).limit(limit)
    return [_stored(row) for row in connection.execute(newest_first)]


class MediaLibrary:
    """Receives, fetches, stores and reads files. `folder` holds files only while they arrive."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        folder: Path,
        guarded: aiohttp.ClientSession,
        *,
        max_bytes: int,
    ) -> None:
        self.storage = storage
        self.max_bytes = max_bytes
        self._database = database
        self._folder = folder
        self._guarded = guarded
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.iterdir():
            # What a crash left half-received belongs to nobody.
            left.unlink(missing_ok=True)

    async def receive(self, content_type: str | None, body: AsyncIterator[bytes]) -> ReceivedFile:
        """Take an upload to the working folder; nothing is left of one that fails."""
        return await receive(content_type, body, max_bytes=self.max_bytes, directory=self._folder)

    async def read_facts(self, received: ReceivedFile) -> Incoming:
        """Read what a received file is."""
        facts = await inspect(received.path, size_bytes=received.size_bytes, sha256=received.sha256)
        return Incoming(received.path, received.declared_type, facts)

    def incoming_file(self, max_bytes: int) -> IncomingFile:
        """A new file in the working folder."""
        return IncomingFile(self._folder / f"direct-{secrets.token_hex(16)}", max_bytes)

    async def take(self, key: str, declared_type: str | None, size_bytes: int) -> Incoming:
        """Take an object that came to storage without us, and read what it is."""
        async with self.incoming_file(size_bytes) as file:
            async for piece in self.storage.stream(key):
                await file.write(piece)
            await file.finish()
        facts = await inspect(file.path, size_bytes=file.size_bytes, sha256=file.sha256)
        return Incoming(file.path, declared_type, facts)

    async def refit(
        self, original: StoredMedia | Incoming, targets: Sequence[ImageTarget]
    ) -> Incoming | None:
        """The image as one of the targets, not yet stored; None where that cannot be done."""
        if isinstance(original, Incoming):
            data = await refit(original.path, targets)
        else:
            async with self.incoming_file(original.facts.size_bytes) as copy:
                async for piece in self.storage.stream(original.storage_key):
                    await copy.write(piece)
                await copy.flush(everything=True)
                data = await refit(copy.path, targets)
        if data is None:
            return None
        async with self.incoming_file(len(data)) as file:
            await file.write(data)
            await file.finish()
        facts = await inspect(file.path, size_bytes=file.size_bytes, sha256=file.sha256)
        return Incoming(file.path, None, facts)

    async def fetch(self, url: str) -> Incoming:
        """Fetch a file from an address that a caller gave."""
        into = self._folder / f"fetch-{secrets.token_hex(16)}"
        fetched = await fetch(self._guarded, url, into, self.max_bytes)
        facts = await inspect(into, size_bytes=fetched.size_bytes, sha256=fetched.sha256)
        return Incoming(into, fetched.declared_type, facts)

    async def decode(self, encoded: str) -> Incoming:
        """Take inline bytes."""
        try:
            body = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise refuse(MEDIA_BASE64) from None
        if len(body) > self.max_bytes:
            raise file_too_large(self.max_bytes)
        into = self._folder / f"inline-{secrets.token_hex(16)}"
        into.write_bytes(body)
        facts = await inspect(into, size_bytes=len(body), sha256=hashlib.sha256(body).hexdigest())
        return Incoming(into, None, facts)

    async def keep(
        self,
        incoming: Incoming,
        *,
        organization_id: str,
        profile_id: str,
        source: str,
        now: datetime,
    ) -> StoredMedia:
        """Store a file and its row; the object first, so that no row points at nothing.

        The same bytes in the same profile are the same file: nothing is stored a second time. The
        working copy stays, for another profile may want it too.
        """
        media_id = new_id("med")
        key = storage_key(organization_id, media_id, incoming.facts.content_type)
        # A part's header may hold any byte, and PostgreSQL takes no U+0000.
        named = (incoming.declared_type or "").replace("\0", "")
        declared = named[:DECLARED_TYPE_CHARACTERS] or None
        row = {
            "id": media_id,
            "organization_id": organization_id,
            "profile_id": profile_id,
            "storage_key": key,
            "content_type": incoming.facts.content_type,
            "declared_type": declared,
            "size_bytes": incoming.facts.size_bytes,
            "sha256": incoming.facts.sha256,
            "facts": incoming.facts.to_json(),
            "source": source,
            "created_at": now,
            "last_received_at": now,
            "deleted_at": None,
        }
        if await self._database.read(lambda connection: _is_known(connection, row)):
            known = await self._database.write(lambda connection: _again(connection, row))
            if known is not None:
                return known
        await self.storage.put_file(key, incoming.path, incoming.facts.content_type)
        try:
            known = await self._database.write(lambda connection: _insert_once(connection, row))
        except BaseException:
            await self.storage.delete(key)
            raise
        if known is not None:
            await self.storage.delete(key)
            return known
        return StoredMedia(media_id, profile_id, key, declared, incoming.facts, now)


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """A stored file as a publisher reads it."""

    storage: Storage
    stored: StoredMedia
    addresses: FileAddresses
    given_url: str | None = None

    @property
    def facts(self) -> MediaFacts:
        """What the file is."""
        return self.stored.facts

    async def read(self) -> bytes:
        """The whole file."""
        return await self.storage.read(self.stored.storage_key, self.facts.size_bytes)

    def stream(self) -> AsyncIterator[bytes]:
        """The file piece by piece."""
        return self.storage.stream(self.stored.storage_key)

    async def address(self) -> str:
        """Where the platform can fetch the file for the next day.

        Raises `preflight_failed` where no address of it can be reached from outside.
        """
        return await self.addresses.of(self.stored.id, self.stored.storage_key, self.given_url)
