"""The table of events: written with the change that they tell of, delivered later."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

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
