"""An endpoint's signing secret at rest: sealed for its own row, so that it opens nowhere else."""

from typing import Final

from letmepost.kit.crypto import Keyring
from letmepost.kit.sealed import SealedColumn
from letmepost.webhooks.tables import webhook_endpoints


def secret_place(endpoint_id: str) -> str:
    """Where an endpoint's secrets belong, the one before the present one too."""
    return f"webhook_endpoints/{endpoint_id}/secret"


def seal_secret(keyring: Keyring, endpoint_id: str, secret: str) -> str:
    """The envelope to store."""
    return keyring.seal(secret.encode(), secret_place(endpoint_id))


def open_secret(keyring: Keyring, endpoint_id: str, envelope: str) -> str:
    """The secret in a stored envelope; raise `SealBrokenError` where it does not open."""
    return keyring.open(envelope, secret_place(endpoint_id)).decode()


SEALED_SECRETS: Final = tuple(
    SealedColumn(column, place=lambda row: secret_place(row.id))
    for column in (webhook_endpoints.c.secret, webhook_endpoints.c.previous_secret)
)
