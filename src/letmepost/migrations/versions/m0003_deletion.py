"""Deletion of published posts: when it was asked for, why it failed, when the post was gone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from letmepost.kit.database import Timestamp

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")
_ASKED = sa.text("delete_asked_at IS NOT NULL")


def upgrade() -> None:
    """Add the columns; a post that is published stands as it did."""
    for column in (
        sa.Column("delete_asked_at", Timestamp(), nullable=True),
        sa.Column("delete_error", Json, nullable=True),
        sa.Column("deleted_at", Timestamp(), nullable=True),
    ):
        op.add_column("publications", column)
    op.create_index(
        "ix_publications_deleting",
        "publications",
        ["delete_asked_at"],
        unique=False,
        sqlite_where=_ASKED,
        postgresql_where=_ASKED,
    )
