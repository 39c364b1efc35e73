"""The table of connected platform accounts."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Table, Text, UniqueConstraint

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
    # Made by a test key: publishes to nobody.
    Column("sandbox", Boolean, nullable=False),
    Column("paused_at", Timestamp, nullable=True),
    Column("disconnected_at", Timestamp, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("updated_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "platform", "platform_account_id", "sandbox"),
)
