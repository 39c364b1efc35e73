"""Until when nothing more is sent for an account, because its platform is near its limit."""

import sqlalchemy as sa
from alembic import op

from letmepost.kit.database import Timestamp

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("accounts", sa.Column("slow_until", Timestamp(), nullable=True))
