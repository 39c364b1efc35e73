"""What an operator does to a database by commands, without a server."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Connection

from letmepost import migrations
from letmepost.accounts.connect import Connecting
from letmepost.accounts.revoking import Revoked, revoke
from letmepost.configuration import (
    Configuration,
    kept_keyring,
    migrate,
    open_configured_storage,
    open_database,
    trusted_urls,
)
from letmepost.data_protection.belongings import Subject, exists
from letmepost.data_protection.erase import count, erase
from letmepost.data_protection.export import export
from letmepost.kit.address_guard import AddressGuard
from letmepost.kit.clock import SystemClock
from letmepost.kit.database import Database
from letmepost.media.storage import Storage
from letmepost.platform_kit.open_sessions import open_sessions
from letmepost.tenancy.audit import COMMAND, AuditAction, record, record_key
from letmepost.tenancy.keys import ALL_SCOPES, LIVE, mint
from letmepost.tenancy.password_changes import make_reset
from letmepost.tenancy.profiles import create_organization, first_organization


async def migrate_once(configuration: Configuration) -> str | None:
    """Bring the database up to date; the step that it then stands at."""
    database = open_database(configuration.server)
    try:
        await migrate(database)
        return await database.read(migrations.revision)
    finally:
        await database.close()


async def make_first_key(configuration: Configuration) -> dict[str, str]:
    """A live key with every scope, of the first organization; it is made where there is none."""
    database = open_database(configuration.server)
    now = SystemClock().now()

    def make(connection: Connection) -> dict[str, str]:
        first = first_organization(connection)
        organization_id, profile_id = first or create_organization(connection, "Default", now)
        if first is None:
            record(
                connection,
                COMMAND,
                AuditAction.ORGANIZATION_CREATED,
                organization_id=organization_id,
                target_id=organization_id,
                details={"name": "Default"},
                now=now,
            )
        row, key = mint(
            connection,
            organization_id=organization_id,
            name="bootstrap",
            prefix=LIVE,
            scopes=ALL_SCOPES,
            profile_id=None,
            now=now,
        )
        record_key(connection, COMMAND, row, now)
        return {"organizationId": organization_id, "profileId": profile_id, "key": key}

    try:
        await migrate(database)
        return await database.write(make)
    finally:
        await database.close()


async def make_reset_link(configuration: Configuration, email: str) -> str | None:
    """A link by which a member sets a new password; None where nobody has the e-mail address."""
    database = open_database(configuration.server)
    now = SystemClock().now()
    try:
        await migrate(database)
        token = await database.write(
            lambda connection: make_reset(connection, email.strip().lower(), now)
        )
        return token and f"{configuration.server.public_url}/dashboard/reset/{token}"
    finally:
        await database.close()


@asynccontextmanager
async def _opened(configuration: Configuration) -> AsyncIterator[tuple[Database, Storage]]:
    """The database, brought up to date, and the storage."""
    database = open_database(configuration.server)
    try:
        await migrate(database)
        yield database, open_configured_storage(configuration)
    finally:
        await database.close()


async def export_data(
    configuration: Configuration, subject: Subject, archive: Path
) -> Mapping[str, int] | None:
    """Write all that is kept of somebody into an archive; None where there is nobody such."""
    async with _opened(configuration) as (database, storage):
        if not await database.read(lambda connection: exists(connection, subject)):
            return None
        return await export(database, storage, subject, archive, SystemClock().now())


async def count_data(configuration: Configuration, subject: Subject) -> Mapping[str, int]:
    """How many rows of each table are kept of somebody."""
    async with _opened(configuration) as (database, _):
        return await database.read(lambda connection: count(connection, subject))


async def erase_data(
    configuration: Configuration, subject: Subject
) -> tuple[Mapping[str, int], Sequence[Revoked]]:
    """Erase all that is kept of somebody, then have platforms take the access back.

    What went, by table, and what became of the access of each account.
    """
    async with _opened(configuration) as (database, storage):
        erased = await erase(database, storage, subject, SystemClock().now())
        # Without the keys nothing of a token can be read, and there is nothing to be revoked by.
        keyring = kept_keyring(configuration.server)
        if not erased.left or keyring is None:
            return erased.rows, ()
        sessions = open_sessions(AddressGuard(configuration.server.allowed_private_networks))
        try:
            connecting = Connecting(
                database=database,
                keyring=keyring,
                sessions=sessions,
                platform_settings=configuration.platforms,
                trusted_urls=trusted_urls(configuration),
                public_url=configuration.server.public_url,
            )
            return erased.rows, await revoke(connecting, erased.left)
        finally:
            await sessions.close()
