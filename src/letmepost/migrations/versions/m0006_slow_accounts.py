"""Until when an account sends nothing more, since its platform's limit is nearly used up."""

import sqlalchemy as sa
from alembic import op

from letmepost.kit.database import Timestamp

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no account is slowed."""
    op.add_column("accounts", sa.Column("slow_until", Timestamp(), nullable=True))
