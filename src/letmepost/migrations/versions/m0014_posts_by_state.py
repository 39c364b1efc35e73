"""An index of an organization's posts by their state, which lists and counts of one state read."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_publications_standing",
        "publications",
        ["organization_id", "state", "created_at", "id", "profile_id"],
    )
