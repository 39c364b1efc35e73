"""The table of stored files."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, String, Table

from letmepost.kit.database import Id, Json, Timestamp, metadata

media = Table(
    "media",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, ForeignKey("profiles.id"), nullable=False),
    Column("storage_key", String(255), nullable=False),
    Column("content_type", String(127), nullable=False),
    # What the uploader called the type; the type above was read from the bytes.
    Column("declared_type", String(255), nullable=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    # `content.media_facts`, read once.
    Column("facts", Json, nullable=False),
    # `upload`, `url` or `inline`: the last two were brought by a post.
    Column("source", String(16), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("deleted_at", Timestamp, nullable=True),
    Index("ix_media_listing", "organization_id", "created_at", "id"),
)
