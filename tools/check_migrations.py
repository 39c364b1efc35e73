"""Prove that the migrations make exactly the tables that the code declares.

Runs every migration on a new SQLite file, then lets alembic compare it with the metadata.
"""

import importlib
import pkgutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

import letmepost
from letmepost.kit.database import metadata, sqlite_url


def declare_every_table() -> None:
    """Import each module called `tables`, so that the metadata is whole."""
    for module in pkgutil.walk_packages(letmepost.__path__, "letmepost."):
        if module.name.endswith(".tables"):
            importlib.import_module(module.name)


def differences() -> list[object]:
    """What alembic would still change after every migration has run."""
    declare_every_table()
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder) / "migrated.sqlite")
        config = Config()
        config.set_main_option("script_location", "letmepost:migrations")
        config.set_main_option("sqlalchemy.url", url)
        command.upgrade(config, "head")
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                context = MigrationContext.configure(connection, opts={"compare_type": True})
                return list(compare_metadata(context, metadata))
        finally:
            engine.dispose()


if __name__ == "__main__":
    if not (Path(letmepost.__path__[0]) / "migrations").is_dir():
        print("There are no migrations yet.")
        sys.exit(0)
    if find_spec("letmepost.migrations.env") is None:
        sys.exit("src/letmepost/migrations has no env.py, so no migration can run.")
    found = differences()
    for difference in found:
        print(f"The code declares what no migration makes: {difference}")
    sys.exit(1 if found else 0)
