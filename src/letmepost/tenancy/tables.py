"""Tables of organizations: profiles, keys, members, programs that act for people, the audit log."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

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

# An e-mail address stands for one member of one organization.
members = Table(
    "members",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False, index=True),
    Column("email", String(254), nullable=False, unique=True),
    # `owner`, `member` or `viewer`.
    Column("role", String(16), nullable=False),
    # Argon2id, with its parameters and its salt.
    Column("password_hash", String(255), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    # The account of an OpenID Connect provider that the member signs in with; null: none.
    Column("openid_issuer", String(255), nullable=True),
    Column("openid_subject", String(255), nullable=True),
    Index("ix_members_openid", "openid_issuer", "openid_subject", unique=True),
)

# Whom an owner has taken out: they come back by invite alone.
removed_members = Table(
    "removed_members",
    metadata,
    Column("organization_id", Id, ForeignKey("organizations.id"), primary_key=True),
    Column("email", String(254), primary_key=True),
    Column("removed_at", Timestamp, nullable=False),
)

# A sign-in at an OpenID Connect provider that a browser has begun and not ended.
openid_attempts = Table(
    "openid_attempts",
    metadata,
    # SHA-256 of the `state` parameter, in hex.
    Column("state_sha256", String(64), primary_key=True),
    # SHA-256 of the token in the browser's cookie, in hex.
    Column("browser_sha256", String(64), nullable=False),
    # The invite that was open in the browser, by its hash; null: none.
    Column("invite_sha256", String(64), nullable=True),
    # Where the member wanted to go.
    Column("next_path", String(2048), nullable=False),
    Column("expires_at", Timestamp, nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Id, primary_key=True),
    # SHA-256 of the cookie's token, in hex.
    Column("sha256", String(64), nullable=False, unique=True),
    Column(
        "member_id", Id, ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    # The profile that the pages show; null: all of them.
    Column("profile_id", Id, ForeignKey("profiles.id", ondelete="SET NULL"), nullable=True),
    Column("address", String(64), nullable=False),
    Column("user_agent", String(200), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("seen_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False, index=True),
)

# A link that makes its bearer a member, once.
invites = Table(
    "invites",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False, index=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    # Whom it is for, in the inviter's words.
    Column("note", String(120), nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
)

# A link that sets a new password, once.
password_resets = Table(
    "password_resets",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column(
        "member_id", Id, ForeignKey("members.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("expires_at", Timestamp, nullable=False),
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
    # The member whose session proved it: the grant works no longer than the membership.
    Column("member_id", Id, nullable=True),
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

# What was asked of the API, never what was said. It names other rows without holding on to them:
# it is written after the fact and in groups, and whatever it names may be gone by then.
request_log = Table(
    "request_log",
    metadata,
    # Counts up with time; only an INTEGER counts by itself in SQLite.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("organization_id", Id, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("request_id", String(128), nullable=False, index=True),
    Column("method", String(8), nullable=False),
    # The address with names in place of ids: `/v1/posts/{id}`.
    Column("route", String(255), nullable=False),
    Column("status", Integer, nullable=False),
    Column("error_code", String(40), nullable=True),
    Column("duration_ms", Float, nullable=False),
    # The key, or the member whose page or program asked.
    Column("key_id", Id, nullable=False),
    # The profile that the key is pinned to; null: it sees every one.
    Column("profile_id", Id, nullable=True),
    Column("post_id", Id, nullable=True),
    Index("ix_request_log_listing", "organization_id", "id"),
)

# Who changed what. What an entry names may be gone, so no id but the organization's is a key.
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, nullable=True),
    # An `ActorKind` and, where there is one, the id of the key, member or grant.
    Column("actor_kind", String(16), nullable=False),
    Column("actor_id", Id, nullable=True),
    Column("action", String(40), nullable=False),
    Column("target_id", Id, nullable=True),
    Column("details", Json, nullable=False),
    Column("request_id", String(128), nullable=True),
    Column("address", String(64), nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Index("ix_audit_log_listing", "organization_id", "created_at", "id"),
    Index("ix_audit_log_age", "created_at"),
)
