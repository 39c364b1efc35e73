"""An account's credentials at rest: sealed for their own row, so that they open nowhere else."""

import json
from typing import Any, Final

from pydantic_core import from_json
from sqlalchemy import or_

from letmepost.accounts.tables import accounts
from letmepost.kit.crypto import Keyring
from letmepost.kit.sealed import SealedColumn
from letmepost.platform_kit.connect import Credentials


def credentials_place(account_id: str) -> str:
    """Where an account's credentials belong."""
    return f"accounts/{account_id}/credentials"


def seal_credentials(keyring: Keyring, account_id: str, credentials: Credentials) -> str:
    """The envelope to store."""
    content = json.dumps(dict(credentials)).encode()
    return keyring.seal(content, credentials_place(account_id))


def open_credentials(keyring: Keyring, account_id: str, envelope: str) -> dict[str, Any]:
    """What is in a stored envelope; raise `SealBrokenError` where it does not open."""
    found: dict[str, Any] = from_json(keyring.open(envelope, credentials_place(account_id)))
    return found


SEALED_CREDENTIALS: Final = SealedColumn(
    accounts.c.credentials,
    place=lambda row: credentials_place(row.id),
    # A renewal writes over the envelope that it began with, and that one alone: changed under
    # its hands, the new tokens would be lost.
    free=lambda now: or_(accounts.c.refresh_until.is_(None), accounts.c.refresh_until <= now),
)
