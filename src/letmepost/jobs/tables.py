"""The table of durable jobs."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from letmepost.kit.database import Id, Timestamp, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(40), nullable=False),
    # What the job is about; one job of a kind for one key.
    Column("key", Id, nullable=False),
    # Jobs of one lane run only a few at a time, so that one account does not hold up others.
    Column("lane", Id, nullable=False),
    # When anybody may take it. A claim moves it to the end of the lease, so one index serves
    # both what is due and what a dead worker left behind.
    Column("due_at", Timestamp, nullable=False),
    # The worker that holds it, or null.
    Column("owner", String(80), nullable=True),
    # Raised by every claim: a worker whose lease ran out holds an old number and is refused.
    Column("fence", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("kind", "key"),
    Index("ix_jobs_due", "due_at"),
)
