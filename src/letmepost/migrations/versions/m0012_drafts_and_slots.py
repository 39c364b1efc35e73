"""Posts that are saved as drafts, with what rules say of them; the queue slots of profiles."""

import sqlalchemy as sa
from alembic import op

from letmepost.kit.database import Json, Timestamp

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# Written out, not imported: a later change of the code must not change this step.
Id = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    """Make room for the violations of a draft, and a table for the weekly times of a profile."""
    op.add_column("publications", sa.Column("violations", Json, nullable=True))
    op.create_table(
        "slot_plans",
        sa.Column("profile_id", Id, nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("times", Json, nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profiles.id"],
            name=op.f("fk_slot_plans_profile_id_profiles"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", name=op.f("pk_slot_plans")),
    )
