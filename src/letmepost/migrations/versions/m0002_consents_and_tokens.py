"""Visits to consent pages, links to connect by, and the life of an account's token."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from letmepost.kit.database import Timestamp

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written out, not imported: a later change of the code must not change this step.
Id = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables and the columns."""
    for column in (
        sa.Column("scopes", Json, nullable=True),
        sa.Column("renewable", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("renewable_until", Timestamp(), nullable=True),
        sa.Column("refreshed_at", Timestamp(), nullable=True),
        sa.Column("renew_at", Timestamp(), nullable=True),
        sa.Column("refresh_owner", sa.String(length=80), nullable=True),
        sa.Column("refresh_until", Timestamp(), nullable=True),
        sa.Column("revoked_at", Timestamp(), nullable=True),
        sa.Column("warned_days", sa.Integer(), nullable=True),
    ):
        op.add_column("accounts", column)
    op.create_table(
        "consents",
        sa.Column("state_sha256", sa.String(length=64), nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("redirect_uri", sa.String(length=2048), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("used_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_consents_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("state_sha256", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_expiry", "consents", ["expires_at"], unique=False)
    op.create_table(
        "connect_links",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("platforms", Json, nullable=False),
        sa.Column("return_to", sa.String(length=2048), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_connect_links_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_connect_links")),
    )
    op.create_index("ix_connect_links_expiry", "connect_links", ["expires_at"], unique=False)
