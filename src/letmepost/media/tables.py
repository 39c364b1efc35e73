"""The table of stored files."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table, and_

from letmepost.kit.database import Id, Json, Timestamp, metadata

media = Table(
    "media",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, ForeignKey("profiles.id"), nullable=False),
    # None once the row is deleted and its object gone.
    Column("storage_key", String(255), nullable=True),
    Column("content_type", String(127), nullable=False),
    # What the uploader called the type; the type above was read from the bytes.
    Column("declared_type", String(255), nullable=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    # `content.media_facts`, read once.
    Column("facts", Json, nullable=False),
    # `upload`; `url` or `bytesBase64` of a post that brought it; `fit` of one it was mended for.
    Column("source", String(16), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    # When these bytes came last; the same bytes again are the same file.
    Column("last_received_at", Timestamp, nullable=False),
    Column("deleted_at", Timestamp, nullable=True),
    Index("ix_media_listing", "organization_id", "created_at", "id"),
)
media_uploads = Table(
    "media_uploads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, ForeignKey("profiles.id"), nullable=False),
    # Where the bytes wait until the upload is completed.
    Column("storage_key", String(255), nullable=False),
    Column("declared_type", String(255), nullable=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    # When our own address took the bytes; a bucket tells us nothing.
    Column("received_at", Timestamp, nullable=True),
    # The file that the upload became.
    Column("media_id", Id, ForeignKey("media.id"), nullable=True),
    Index("ix_media_uploads_expiry", "expires_at"),
)
_KEPT = media.c.deleted_at.is_(None)
_GONE = and_(media.c.deleted_at.is_not(None), media.c.storage_key.is_not(None))
Index(
    "uq_media_profile_id_sha256",
    media.c.profile_id,
    media.c.sha256,
    unique=True,
    sqlite_where=_KEPT,
    postgresql_where=_KEPT,
)
Index(
    "ix_media_last_received",
    media.c.last_received_at,
    sqlite_where=_KEPT,
    postgresql_where=_KEPT,
)
# The objects that are still to be removed.
Index("ix_media_gone", media.c.deleted_at, sqlite_where=_GONE, postgresql_where=_GONE)
