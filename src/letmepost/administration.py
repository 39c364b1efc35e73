"""What an operator does to a database by commands, without a server."""

from sqlalchemy import Connection

from letmepost import migrations
from letmepost.configuration import Configuration, migrate, open_database
from letmepost.kit.clock import SystemClock
from letmepost.tenancy.audit import COMMAND, Action, record, record_key
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
                Action.ORGANIZATION_CREATED,
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
