"""The addresses of the posts that follow a published one in its thread."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the column; posts from before have none."""
    op.add_column("publications", sa.Column("thread_uris", Json, nullable=True))
