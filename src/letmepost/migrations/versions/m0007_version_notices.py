"""The notices that were given of the end of a platform's version, once each."""

import sqlalchemy as sa
from alembic import op

from letmepost.kit.database import Timestamp

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "version_notices",
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=60), nullable=False),
        sa.Column("notice", sa.String(length=20), nullable=False),
        sa.Column("given_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "version", "notice", name=op.f("pk_version_notices")),
    )
