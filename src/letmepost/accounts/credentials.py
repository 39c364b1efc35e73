"""An account's credentials at rest: sealed for their own row, so that they open nowhere else."""

import json
from typing import Any

from letmepost.kit.crypto import Keyring
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
    found: dict[str, Any] = json.loads(keyring.open(envelope, credentials_place(account_id)))
    return found
