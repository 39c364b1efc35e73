"""The table of notices of a version's end: each is given once, whoever comes upon it."""

from sqlalchemy import Column, String, Table

from letmepost.kit.database import Timestamp, metadata

version_notices = Table(
    "version_notices",
    metadata,
    Column("platform", String(40), primary_key=True),
    Column("version", String(60), primary_key=True),
    # How many days ahead, or `gone`.
    Column("notice", String(20), primary_key=True),
    Column("given_at", Timestamp, nullable=False),
)
