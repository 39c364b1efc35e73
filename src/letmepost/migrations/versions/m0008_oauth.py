"""Programs that people allow to act for them: clients, grants and tokens, all hashed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from letmepost.kit.database import Timestamp

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Written out, not imported: a later change of the code must not change this step.
Id = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "oauth_clients",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("redirect_uris", Json, nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_clients")),
    )
    op.create_table(
        "oauth_grants",
        sa.Column("id", Id, nullable=False),
        sa.Column("client_id", Id, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=True),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("api_key_id", Id, nullable=True),
        sa.Column("consenter_scopes", Json, nullable=False),
        sa.Column("audience", sa.String(length=2048), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("redirect_uri", sa.String(length=2048), nullable=False),
        sa.Column("code_sha256", sa.String(length=64), nullable=False),
        sa.Column("code_challenge", sa.String(length=64), nullable=False),
        sa.Column("code_expires_at", Timestamp(), nullable=False),
        sa.Column("code_used_at", Timestamp(), nullable=True),
        sa.Column("exchanged_key_id", Id, nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"],
            ["oauth_clients.id"],
            name=op.f("fk_oauth_grants_client_id_oauth_clients"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_oauth_grants_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["profiles.id"],
            name=op.f("fk_oauth_grants_profile_id_profiles"),
        ),
        sa.ForeignKeyConstraint(
            ["api_key_id"],
            ["api_keys.id"],
            name=op.f("fk_oauth_grants_api_key_id_api_keys"),
        ),
        sa.ForeignKeyConstraint(
            ["exchanged_key_id"],
            ["api_keys.id"],
            name=op.f("fk_oauth_grants_exchanged_key_id_api_keys"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oauth_grants")),
        sa.UniqueConstraint("code_sha256", name=op.f("uq_oauth_grants_code_sha256")),
    )
    op.create_index(op.f("ix_oauth_grants_client_id"), "oauth_grants", ["client_id"])
    op.create_index(op.f("ix_oauth_grants_organization_id"), "oauth_grants", ["organization_id"])
    op.create_table(
        "oauth_tokens",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("grant_id", Id, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("used_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["grant_id"],
            ["oauth_grants.id"],
            name=op.f("fk_oauth_tokens_grant_id_oauth_grants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_oauth_tokens")),
    )
    op.create_index(op.f("ix_oauth_tokens_grant_id"), "oauth_tokens", ["grant_id"])
    op.create_index("ix_oauth_tokens_expiry", "oauth_tokens", ["expires_at"])
