"""Uploads that go straight to storage: an address for the bytes, and what is made of them then.

A bucket gives the address itself. Where files lie in a folder or in memory, it is one of our own,
signed, and good for one file.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection, Row, delete, insert, select, update

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import wire_time
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import EPOCH, Database
from letmepost.kit.ids import new_id
from letmepost.media.incoming_file import file_too_large
from letmepost.media.library import DECLARED_TYPE_CHARACTERS, MediaLibrary, StoredMedia
from letmepost.media.storage import ObjectMissingError, Storage
from letmepost.media.tables import media_uploads
from letmepost.preflight import media_rules as rules
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.keys import Caller

PURPOSE: Final = "media upload"
VALID_FOR: Final = timedelta(minutes=rules.UPLOAD_MINUTES.value)
# Until then an expired upload is told from one that never was, and a slow one may still end.
REMEMBERED_FOR: Final = timedelta(days=1)
BATCH: Final = 200

Upload = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class UploadAddress:
    """Where the bytes of an upload are to be PUT, until when, and with which headers."""

    id: str
    url: str
    declared_type: str | None
    expires_at: datetime

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "url": self.url,
            "method": "PUT",
            "headers": {"Content-Type": self.declared_type} if self.declared_type else {},
            "expiresAt": wire_time(self.expires_at),
        }


@dataclass(frozen=True)
class DirectUploads:
    """Begins and completes direct uploads, and takes the bytes that come to our own address."""

    database: Database
    library: MediaLibrary
    keyring: Keyring
    public_url: str

    async def begin(
        self,
        caller: Caller,
        profile_id: str,
        *,
        size_bytes: int,
        declared_type: str | None,
        now: datetime,
    ) -> UploadAddress:
        """Make an address for a file of this size; raise `media.size_max` for one too large."""
        if size_bytes > self.library.max_bytes:
            raise file_too_large(self.library.max_bytes)
        upload_id = new_id("upl")
        expires_at = now + VALID_FOR
        key = f"uploads/{caller.organization_id}/{upload_id}"
        declared = declared_type[:DECLARED_TYPE_CHARACTERS] if declared_type else None
        url = await self.library.storage.put_address(key, VALID_FOR)
        row = {
            "id": upload_id,
            "organization_id": caller.organization_id,
            "profile_id": profile_id,
            "storage_key": key,
            "declared_type": declared,
            "size_bytes": size_bytes,
            "created_at": now,
            "expires_at": expires_at,
            "received_at": None,
            "media_id": None,
        }
        await self.database.write(lambda connection: connection.execute(insert(media_uploads), row))
        return UploadAddress(
            upload_id, url or self._own_address(upload_id, expires_at), declared, expires_at
        )

    def _own_address(self, upload_id: str, expires_at: datetime) -> str:
        expires = int((expires_at - EPOCH).total_seconds())
        signature = self.keyring.sign(_signed(upload_id, str(expires)), PURPOSE)
        query = urlencode({"expires": expires, "signature": signature})
        return f"{self.public_url}/v1/media/uploads/{upload_id}/content?{query}"

    async def receive(  # noqa: PLR0913 - what an address holds, and what comes to it
        self,
        upload_id: str,
        expires: str,
        signature: str,
        body: AsyncIterator[bytes],
        *,
        declared_bytes: int | None,
        now: datetime,
    ) -> None:
        """Take the bytes that come to our own address; what fails on its way may be sent again.

        `declared_bytes` is the length that the request announces.
        """
        if not self.keyring.has_signed(_signed(upload_id, expires), PURPOSE, signature):
            raise refuse(rules.UPLOAD_UNSIGNED)
        found = await self.database.read(lambda connection: _find(connection, upload_id))
        if found is None:
            raise _unknown()
        _refuse_expired(found, now)
        if declared_bytes is not None and declared_bytes > found.size_bytes:
            raise file_too_large(found.size_bytes)
        if not await self._mark_received(upload_id, now):
            raise refuse(rules.UPLOAD_USED, conflict=True)
        try:
            await self._store(found, body)
        except BaseException:
            await self._mark_received(upload_id, None)
            raise

    async def _store(self, upload: Upload, body: AsyncIterator[bytes]) -> None:
        async with self.library.incoming_file(upload.size_bytes) as file:
            async for piece in body:
                await file.write(piece)
            await file.finish()
        try:
            if file.size_bytes != upload.size_bytes:
                raise refuse(rules.UPLOAD_SIZE, actual=file.size_bytes, named=upload.size_bytes)
            await self.library.storage.put_file(
                upload.storage_key, file.path, "application/octet-stream"
            )
        finally:
            file.path.unlink(missing_ok=True)

    async def _mark_received(self, upload_id: str, at: datetime | None) -> bool:
        rows = media_uploads.c
        change = update(media_uploads).where(rows.id == upload_id).values(received_at=at)
        if at is not None:
            change = change.where(rows.received_at.is_(None), rows.media_id.is_(None))
        changed = await self.database.write(lambda connection: connection.execute(change).rowcount)
        return changed == 1

    async def complete(self, caller: Caller, upload_id: str, now: datetime) -> StoredMedia:
        """Make a file of the bytes that have come: read, hashed, held against the limits."""
        found = await self.database.read(lambda connection: _find(connection, upload_id))
        if (
            found is None
            or found.organization_id != caller.organization_id
            or not caller.sees(found.profile_id)
        ):
            raise _unknown()
        if found.media_id is not None:
            raise refuse(rules.UPLOAD_COMPLETED, conflict=True, actual=found.media_id)
        _refuse_expired(found, now)
        storage, key = self.library.storage, found.storage_key
        try:
            size_bytes = await storage.size_bytes(key)
            if size_bytes != found.size_bytes:
                raise refuse(rules.UPLOAD_SIZE, actual=size_bytes, named=found.size_bytes)
            # Copied before it is read: whoever has the address could exchange the object.
            incoming = await self.library.take(key, found.declared_type, found.size_bytes)
        except ObjectMissingError:
            raise refuse(rules.UPLOAD_MISSING, conflict=True) from None
        try:
            stored = await self.library.keep(
                incoming,
                organization_id=found.organization_id,
                profile_id=found.profile_id,
                source="upload",
                now=now,
            )
        finally:
            incoming.discard()
        if not await self.database.write(
            lambda connection: _complete(connection, upload_id, stored.id)
        ):
            raise refuse(rules.UPLOAD_COMPLETED, conflict=True, actual=stored.id)
        await storage.delete(key)
        return stored


def _signed(upload_id: str, expires: str) -> bytes:
    return f"{upload_id}\n{expires}".encode()


def _unknown() -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.NOT_FOUND, message="No upload with this id is visible to this key."
    )


def _refuse_expired(upload: Upload, now: datetime) -> None:
    if now >= upload.expires_at:
        raise refuse(rules.UPLOAD_EXPIRED, actual=wire_time(upload.expires_at))


def _find(connection: Connection, upload_id: str) -> Upload | None:
    query = select(media_uploads).where(media_uploads.c.id == upload_id)
    return connection.execute(query).one_or_none()


def _complete(connection: Connection, upload_id: str, media_id: str) -> bool:
    rows = media_uploads.c
    done = connection.execute(
        update(media_uploads)
        .where(rows.id == upload_id, rows.media_id.is_(None))
        .values(media_id=media_id)
    )
    return done.rowcount == 1


async def forget_uploads(database: Database, storage: Storage, now: datetime) -> int:
    """Forget a batch of uploads whose time is long over, with what was sent for them."""
    rows = media_uploads.c
    old = select(rows.id, rows.storage_key).where(rows.expires_at <= now - REMEMBERED_FOR)
    found = await database.read(lambda connection: connection.execute(old.limit(BATCH)).all())
    for row in found:
        await storage.delete(row.storage_key)
    ids = [row.id for row in found]
    if ids:
        gone = delete(media_uploads).where(rows.id.in_(ids))
        await database.write(lambda connection: connection.execute(gone))
    return len(ids)
