"""The tables of connected platform accounts, and of visits to consent pages that lead to them."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)

from letmepost.kit.database import Id, Json, Timestamp, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, ForeignKey("profiles.id"), nullable=False, index=True),
    Column("platform", String(40), nullable=False),
    Column("platform_account_id", String(255), nullable=False),
    Column("display_name", String(255), nullable=True),
    # An envelope of `kit.crypto`; null once the account is disconnected.
    Column("credentials", Text, nullable=True),
    # What the platform told of the account and rules or publishers need: addresses, limits.
    Column("details", Json, nullable=False),
    Column("token_expires_at", Timestamp, nullable=True),
    # Those that were granted; null where the platform does not say.
    Column("scopes", Json, nullable=True),
    # Whether the token can be renewed without a person, and how long; null is for ever.
    Column("renewable", Boolean, nullable=False, default=True, server_default=true()),
    Column("renewable_until", Timestamp, nullable=True),
    Column("refreshed_at", Timestamp, nullable=True),
    # When a job renews it ahead of its end.
    Column("renew_at", Timestamp, nullable=True),
    # Who renews the token now, and when he is taken for dead.
    Column("refresh_owner", String(80), nullable=True),
    Column("refresh_until", Timestamp, nullable=True),
    # When the platform refused to renew; an event has told of it.
    Column("revoked_at", Timestamp, nullable=True),
    # The last warning that was given before access ends, in days ahead.
    Column("warned_days", Integer, nullable=True),
    # Made by a test key: publishes to nobody.
    Column("sandbox", Boolean, nullable=False),
    Column("paused_at", Timestamp, nullable=True),
    # Until when posts wait, since the platform's limit is nearly used up.
    Column("slow_until", Timestamp, nullable=True),
    Column("disconnected_at", Timestamp, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "platform", "platform_account_id", "sandbox"),
)

# Neither of the two below holds its profile by a foreign key: a visit that was begun, or a link
# that was sent, must not keep a profile from being deleted.
consents = Table(
    "consents",
    metadata,
    # SHA-256 of the state, in hex: who reads the table cannot complete a visit.
    Column("state_sha256", String(64), primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, nullable=False),
    # Whether who began sees this profile alone.
    Column("pinned", Boolean, nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("platform", String(40), nullable=False),
    Column("redirect_uri", String(2048), nullable=False),
    # An envelope of `kit.crypto`: the secret of PKCE, and where the browser goes afterwards.
    Column("sealed", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("used_at", Timestamp, nullable=True),
    Index("ix_consents_expiry", "expires_at"),
)
connect_links = Table(
    "connect_links",
    metadata,
    # SHA-256 of the token, in hex.
    Column("token_sha256", String(64), primary_key=True),
    Column("organization_id", Id, ForeignKey("organizations.id"), nullable=False),
    Column("profile_id", Id, nullable=False),
    Column("sandbox", Boolean, nullable=False),
    # The platforms that may be connected, by name.
    Column("platforms", Json, nullable=False),
    Column("return_to", String(2048), nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Index("ix_connect_links_expiry", "expires_at"),
)
