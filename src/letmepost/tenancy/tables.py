"""Tables of organizations, their profiles and their API keys."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, UniqueConstraint

from letmepost.kit.database import Id, Json, Timestamp, metadata

organizations = Table(
    "organizations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(120), nullable=False),
    Column("created_at", Timestamp, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("name", String(120), nullable=False),
    Column("slug", String(64), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "slug"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False, index=True),
    # Null: the key sees every profile of its organization.
    Column("profile_id", Id, ForeignKey("profiles.id"), nullable=True),
    Column("name", String(100), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("last4", String(4), nullable=False),
    # SHA-256 of the whole key, in hex: the key itself is never stored.
    Column("sha256", String(64), nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("last_used_at", Timestamp, nullable=True),
    Column("revoked_at", Timestamp, nullable=True),
)

oauth_clients = Table(
    "oauth_clients",
    metadata,
    Column("id", Id, primary_key=True),
    # What the client calls itself; nobody has checked it.
    Column("name", String(120), nullable=False),
    Column("redirect_uris", Json, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)

# One consent. What ends it deletes the row, and with it the tokens.
oauth_grants = Table(
    "oauth_grants",
    metadata,
    Column("id", Id, primary_key=True),
    Column("client_id", Id, ForeignKey("oauth_clients.id"), nullable=False, index=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False, index=True),
    Column("profile_id", Id, ForeignKey("profiles.id"), nullable=True),
    Column("sandbox", Boolean, nullable=False),
    # The key that proved who consents: the grant works no longer than it does.
    Column("api_key_id", Id, ForeignKey("api_keys.id"), nullable=True),
    # What the consenter may do; a grant never allows more.
    Column("consenter_scopes", Json, nullable=False),
    Column("audience", String(2048), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("redirect_uri", String(2048), nullable=False),
    Column("code_sha256", String(64), nullable=False, unique=True),
    Column("code_challenge", String(64), nullable=False),
    Column("code_expires_at", Timestamp, nullable=False),
    Column("code_used_at", Timestamp, nullable=True),
    # The key that the grant was exchanged for; the next exchange revokes it.
    Column("exchanged_key_id", Id, ForeignKey("api_keys.id"), nullable=True),
    Column("created_at", Timestamp, nullable=False),
)

oauth_tokens = Table(
    "oauth_tokens",
    metadata,
    # SHA-256 of the whole token, in hex.
    Column("sha256", String(64), primary_key=True),
    Column(
        "grant_id",
        Id,
        ForeignKey("oauth_grants.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    # `access` or `refresh`.
    Column("kind", String(8), nullable=False),
    Column("scopes", Json, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    # A refresh token that comes back after this moment was stolen, or its answer was lost.
    Column("used_at", Timestamp, nullable=True),
    Index("ix_oauth_tokens_expiry", "expires_at"),
)
