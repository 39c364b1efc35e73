"""Signing in by OpenID Connect: accounts of members, sign-ins under way, and who was removed."""

import sqlalchemy as sa
from alembic import op

from letmepost.kit.database import Timestamp

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Written out, not imported: a later change of the code must not change this step.
Id = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")


def upgrade() -> None:
    """Add columns that may stay empty, and tables that an older version does not read."""
    op.add_column("members", sa.Column("openid_issuer", sa.String(length=255), nullable=True))
    op.add_column("members", sa.Column("openid_subject", sa.String(length=255), nullable=True))
    op.create_index(
        "ix_members_openid", "members", ["openid_issuer", "openid_subject"], unique=True
    )
    op.create_table(
        "removed_members",
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("removed_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_removed_members_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "email", name=op.f("pk_removed_members")),
    )
    op.create_table(
        "openid_attempts",
        sa.Column("state_sha256", sa.String(length=64), nullable=False),
        sa.Column("browser_sha256", sa.String(length=64), nullable=False),
        sa.Column("invite_sha256", sa.String(length=64), nullable=True),
        sa.Column("next_path", sa.String(length=2048), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("state_sha256", name=op.f("pk_openid_attempts")),
    )
    op.create_index(op.f("ix_openid_attempts_expires_at"), "openid_attempts", ["expires_at"])
