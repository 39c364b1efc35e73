"""What a server keeps of its accounts, opened and changed as the server itself would."""

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from letmepost.accounts.credentials import credentials_place
from letmepost.accounts.tables import accounts
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database, sqlite_url
from tests.databases import run_apart


def keyring_of(data_dir: Path) -> Keyring:
    """The keys of an embedded server."""
    return Keyring((base64.b64decode((data_dir / "encryption.key").read_text().strip()),))


def read_credentials(connection: Connection, keyring: Keyring, account_id: str) -> dict[str, Any]:
    """What is sealed in an account's row."""
    envelope = connection.execute(
        select(accounts.c.credentials).where(accounts.c.id == account_id)
    ).scalar_one()
    found: dict[str, Any] = json.loads(keyring.open(envelope, credentials_place(account_id)))
    return found


def change_credentials(
    connection: Connection, keyring: Keyring, account_id: str, changed: Mapping[str, Any]
) -> None:
    """Seal other credentials in an account's row."""
    credentials = read_credentials(connection, keyring, account_id) | dict(changed)
    sealed = keyring.seal(json.dumps(credentials).encode(), credentials_place(account_id))
    connection.execute(
        update(accounts).where(accounts.c.id == account_id).values(credentials=sealed)
    )


def change_details(connection: Connection, account_id: str, changed: Mapping[str, Any]) -> None:
    """Say other things of an account."""
    details = connection.execute(
        select(accounts.c.details).where(accounts.c.id == account_id)
    ).scalar_one()
    connection.execute(
        update(accounts).where(accounts.c.id == account_id).values(details=details | dict(changed))
    )


def in_database(data_dir: Path, work: Callable[[Connection], Any]) -> Any:
    """Run a unit of work on an embedded server's database, beside the server."""

    async def run() -> Any:
        database = Database(sqlite_url(data_dir / "letmepost.sqlite"))
        try:
            return await database.write(work)
        finally:
            await database.close()

    return run_apart(run())
