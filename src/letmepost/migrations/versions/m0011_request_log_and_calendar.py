"""The log of requests, and an index of publications by the time at which they go out."""

import sqlalchemy as sa
from alembic import op

from letmepost.kit.database import Timestamp

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Written out, not imported: a later change of the code must not change this step.
Id = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
# Only an INTEGER counts by itself in SQLite.
Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "request_log",
        sa.Column("id", Number, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("request_id", sa.String(length=128), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("route", sa.String(length=255), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("key_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=True),
        sa.Column("post_id", Id, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_log")),
    )
    op.create_index("ix_request_log_listing", "request_log", ["organization_id", "id"])
    op.create_index(op.f("ix_request_log_request_id"), "request_log", ["request_id"])
    op.create_index(
        "ix_publications_times",
        "publications",
        ["organization_id", sa.text("coalesce(scheduled_at, created_at)"), "id"],
    )
