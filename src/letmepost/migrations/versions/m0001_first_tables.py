"""The first tables: tenancy, accounts, media, the ledger, jobs, events, idempotency."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from letmepost.kit.database import Timestamp

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not imported: a later change of the code must not change this step.
Id = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
Json = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "idempotency_keys",
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("lease_until", Timestamp(), nullable=False),
        sa.Column("post_id", Id, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", Json, nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "method", "path", "key", name=op.f("pk_idempotency_keys")
        ),
    )
    op.create_index("ix_idempotency_keys_expiry", "idempotency_keys", ["expires_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", Id, nullable=False),
        sa.Column("lane", Id, nullable=False),
        sa.Column("due_at", Timestamp(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_jobs_kind_key")),
    )
    op.create_index("ix_jobs_due", "jobs", ["due_at"], unique=False)
    op.create_table(
        "organizations",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "events",
        sa.Column("id", Id, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=True),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("subject_id", Id, nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_events_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(
        "ix_events_listing", "events", ["organization_id", "created_at", "id"], unique=False
    )
    op.create_index("ix_events_subject", "events", ["subject_id", "sequence"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", Id, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("api_key_id", Id, nullable=True),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column("shape", sa.String(length=16), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("scheduled_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_posts_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_organization_id"), "posts", ["organization_id"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("id", Id, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_profiles_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profiles")),
        sa.UniqueConstraint(
            "organization_id", "slug", name=op.f("uq_profiles_organization_id_slug")
        ),
    )
    op.create_table(
        "accounts",
        sa.Column("id", Id, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("platform_account_id", sa.String(length=255), nullable=False),
        sa.Column("display_name", sa.String(length=255), nullable=True),
        sa.Column("credentials", sa.Text(), nullable=True),
        sa.Column("details", Json, nullable=False),
        sa.Column("token_expires_at", Timestamp(), nullable=True),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("paused_at", Timestamp(), nullable=True),
        sa.Column("disconnected_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_accounts_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_accounts_profile_id_profiles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "organization_id",
            "platform",
            "platform_account_id",
            "sandbox",
            name=op.f("uq_accounts_organization_id_platform_platform_account_id_sandbox"),
        ),
    )
    op.create_index(op.f("ix_accounts_profile_id"), "accounts", ["profile_id"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", Id, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("last_used_at", Timestamp(), nullable=True),
        sa.Column("revoked_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_api_keys_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_api_keys_profile_id_profiles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_keys_sha256")),
    )
    op.create_index(
        op.f("ix_api_keys_organization_id"), "api_keys", ["organization_id"], unique=False
    )
    op.create_table(
        "media",
        sa.Column("id", Id, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=False),
        sa.Column("storage_key", sa.String(length=255), nullable=True),
        sa.Column("content_type", sa.String(length=127), nullable=False),
        sa.Column("declared_type", sa.String(length=255), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("facts", Json, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("last_received_at", Timestamp(), nullable=False),
        sa.Column("deleted_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_media_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_media_profile_id_profiles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(
        "ix_media_listing", "media", ["organization_id", "created_at", "id"], unique=False
    )
    kept = sa.text("deleted_at IS NULL")
    gone = sa.text("deleted_at IS NOT NULL AND storage_key IS NOT NULL")
    op.create_index(
        "uq_media_profile_id_sha256",
        "media",
        ["profile_id", "sha256"],
        unique=True,
        sqlite_where=kept,
        postgresql_where=kept,
    )
    op.create_index(
        "ix_media_last_received",
        "media",
        ["last_received_at"],
        unique=False,
        sqlite_where=kept,
        postgresql_where=kept,
    )
    op.create_index(
        "ix_media_gone",
        "media",
        ["deleted_at"],
        unique=False,
        sqlite_where=gone,
        postgresql_where=gone,
    )
    op.create_table(
        "media_uploads",
        sa.Column("id", Id, nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=False),
        sa.Column("storage_key", sa.String(length=255), nullable=False),
        sa.Column("declared_type", sa.String(length=255), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("received_at", Timestamp(), nullable=True),
        sa.Column("media_id", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_media_uploads_media_id_media")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_media_uploads_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_media_uploads_profile_id_profiles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_uploads")),
    )
    op.create_index("ix_media_uploads_expiry", "media_uploads", ["expires_at"], unique=False)
    op.create_table(
        "publications",
        sa.Column("id", Id, nullable=False),
        sa.Column("post_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organization_id", Id, nullable=False),
        sa.Column("profile_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("platform", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", Json, nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("checkpoint", Json, nullable=False),
        sa.Column("warnings", Json, nullable=False),
        sa.Column("error", Json, nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("platform_uri", sa.Text(), nullable=True),
        sa.Column("platform_cid", sa.String(length=255), nullable=True),
        sa.Column("first_comment_uri", sa.Text(), nullable=True),
        sa.Column("first_comment_cid", sa.String(length=255), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("failed_tries", sa.Integer(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("scheduled_at", Timestamp(), nullable=True),
        sa.Column("published_at", Timestamp(), nullable=True),
        sa.Column("verified_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_publications_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_publications_organization_id_organizations"),
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_publications_post_id_posts")
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_publications_profile_id_profiles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("post_id", "position", name=op.f("uq_publications_post_id_position")),
    )
    op.create_index(
        "ix_publications_account_times",
        "publications",
        ["account_id", "scheduled_at"],
        unique=False,
    )
    op.create_index("ix_publications_due", "publications", ["state", "scheduled_at"], unique=False)
    op.create_index(
        "ix_publications_listing",
        "publications",
        ["organization_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_publications_same_content",
        "publications",
        ["content_sha256", "created_at"],
        unique=False,
    )
    op.create_index("ix_publications_state", "publications", ["state", "updated_at"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("id", Id, nullable=False),
        sa.Column("publication_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("started_at", Timestamp(), nullable=False),
        sa.Column("sending_at", Timestamp(), nullable=True),
        sa.Column("finished_at", Timestamp(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("platform_response", Json, nullable=True),
        sa.Column("transcript", Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publications.id"],
            name=op.f("fk_attempts_publication_id_publications"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint(
            "publication_id", "number", name=op.f("uq_attempts_publication_id_number")
        ),
    )
    op.create_index("ix_attempts_finished", "attempts", ["finished_at"], unique=False)
    op.create_table(
        "publication_media",
        sa.Column("publication_id", Id, nullable=False),
        sa.Column("media_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["media_id"], ["media.id"], name=op.f("fk_publication_media_media_id_media")
        ),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publications.id"],
            name=op.f("fk_publication_media_publication_id_publications"),
        ),
        sa.PrimaryKeyConstraint("publication_id", "media_id", name=op.f("pk_publication_media")),
    )
    op.create_index(
        op.f("ix_publication_media_media_id"), "publication_media", ["media_id"], unique=False
    )
