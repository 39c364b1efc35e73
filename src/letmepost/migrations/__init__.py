"""The steps from an empty database to the one that this version expects."""

from sqlalchemy import Connection, inspect, text

# The newest step, so that a start on a migrated database needs not load alembic.
HEAD = "0014"
_LOCK = 0x1E77E9057  # Any number: processes that start together take turns by it.


def revision(connection: Connection) -> str | None:
    """The step that the database stands at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar_one_or_none()
    return found


def upgrade(connection: Connection, to: str = HEAD) -> None:
    """Take every step that is missing up to `to`, in the caller's transaction.

    A large table's new index takes as long as it takes, and so does the wait for another's
    upgrade: `Database.write_at_length` is for this.
    A database that a newer version has brought further is left as it is: it holds all that this
    version uses.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if (revision(connection) or "") >= to:
        return
    from alembic import command  # noqa: PLC0415 - most starts have no step to take
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", "letmepost:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
