"""Prove that the migrations make exactly the tables that the code declares.

Runs every migration on a new SQLite file, then lets alembic compare it with the metadata.
"""

import asyncio
import importlib
import pkgutil
import sys
import tempfile
import warnings
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import letmepost
from letmepost import migrations
from letmepost.kit.database import Database, metadata, sqlite_url


def declare_every_table() -> None:
    """Import each module called `tables`, so that the metadata is whole."""
    for module in pkgutil.walk_packages(letmepost.__path__, "letmepost."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


async def differences() -> list[object]:
    """What alembic would still change after every migration has run."""
    declare_every_table()
    # SQLite cannot say which expression an index is made of, so that one is not compared.
    warnings.filterwarnings("ignore", message=".*expression-based index")

    def compare(connection: Connection) -> list[object]:
        migrations.upgrade(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    with tempfile.TemporaryDirectory() as folder:
        database = Database(sqlite_url(Path(folder) / "migrated.sqlite"))
        try:
            return await database.write(compare)
        finally:
            await database.close()


def newest() -> str | None:
    """The last step among the files."""
    config = Config()
    config.set_main_option("script_location", "letmepost:migrations")
    return ScriptDirectory.from_config(config).get_current_head()


if __name__ == "__main__":
    if newest() != migrations.HEAD:
        sys.exit(f"migrations.HEAD is {migrations.HEAD}, and the newest step is {newest()}.")
    found = asyncio.run(differences())
    for difference in found:
        print(f"The code declares what no migration makes: {difference}")
    sys.exit(1 if found else 0)
