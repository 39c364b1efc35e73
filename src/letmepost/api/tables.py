"""The table of idempotency keys."""

from sqlalchemy import Column, Index, Integer, String, Table, Text

from letmepost.kit.database import Id, Json, Timestamp, metadata

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("organization_id", Id, primary_key=True),
    Column("method", String(8), primary_key=True),
    Column("path", String(255), primary_key=True),
    Column("key", String(255), primary_key=True),
    # SHA-256 of the body, in hex.
    Column("fingerprint", String(64), nullable=False),
    # While the first request runs: who runs it and until when it is believed to live.
    Column("owner", String(80), nullable=False),
    Column("lease_until", Timestamp, nullable=False),
    # The post that the request created, named in the transaction that created it.
    Column("post_id", Id, nullable=True),
    # The answer, once there is one. The body is sealed: it may hold a secret shown once.
    Column("status", Integer, nullable=True),
    Column("headers", Json, nullable=True),
    Column("body", Text, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Index("ix_idempotency_keys_expiry", "expires_at"),
)
