"""The tables of events, of the endpoints that want them, and of their deliveries there."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    literal_column,
    text,
)

from letmepost.kit.database import Id, Json, Timestamp, metadata

events = Table(
    "events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, nullable=True),
    Column("type", String(60), nullable=False),
    # What it is about, and the place of the event among those of the same subject.
    Column("subject_id", Id, nullable=True),
    Column("sequence", Integer, nullable=False),
    Column("data", Json, nullable=False),
    Column("request_id", String(128), nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Index("ix_events_listing", "organization_id", "created_at", "id"),
    Index("ix_events_subject", "subject_id", "sequence"),
)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False, index=True),
    # Null: events of every profile of the organization.
    Column("profile_id", Id, ForeignKey("profiles.id"), nullable=True, index=True),
    # As it was given, byte for byte.
    Column("url", Text, nullable=False),
    # The types that it wants; an empty list wants all.
    Column("events", Json, nullable=False),
    Column("description", String(500), nullable=True),
    # An envelope of `kit.crypto`, and the one before it, good until then.
    Column("secret", Text, nullable=False),
    Column("previous_secret", Text, nullable=True),
    Column("previous_secret_until", Timestamp, nullable=True),
    Column("paused_at", Timestamp, nullable=True),
    # Why this server paused it, null where its owner did.
    Column("paused_reason", String(40), nullable=True),
    # Since when every delivery has failed, null while they succeed.
    Column("failing_since", Timestamp, nullable=True),
    Column("last_delivery_at", Timestamp, nullable=True),
    Column("last_failure_reason", String(500), nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column(
        "endpoint_id",
        Id,
        ForeignKey("webhook_endpoints.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("event_id", Id, ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    # Why it is made: event, redelivery, replay or test.
    Column("reason", String(20), nullable=False),
    # pending, delivered or failed.
    Column("status", String(20), nullable=False),
    Column("attempts", Integer, nullable=False),
    # When a pending one is due.
    Column("next_attempt_at", Timestamp, nullable=True),
    # What came of the last attempt: its status is null where there was no answer.
    Column("last_attempt_at", Timestamp, nullable=True),
    Column("response_status", Integer, nullable=True),
    Column("response_excerpt", Text, nullable=True),
    Column("duration_ms", Integer, nullable=True),
    Column("failure", String(500), nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("finished_at", Timestamp, nullable=True),
    Index("ix_webhook_deliveries_listing", "endpoint_id", "created_at", "id"),
    Index(
        "ix_webhook_deliveries_due",
        "endpoint_id",
        "next_attempt_at",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    Index("ix_webhook_deliveries_event", "event_id"),
)
# With the word as a parameter, no plan that is kept for other values may use the index of what is
# pending: PostgreSQL then reads every delivery that an endpoint ever had.
is_pending = webhook_deliveries.c.status == literal_column("'pending'")
