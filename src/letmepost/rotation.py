"""Put everything that is sealed under the newest encryption key, so that older ones can go."""

from typing import Final

from letmepost.accounts.consents import SEALED_VISITS
from letmepost.accounts.credentials import SEALED_CREDENTIALS
from letmepost.api.idempotency import SEALED_ANSWERS
from letmepost.configuration import Configuration, migrate, open_database, open_keyring
from letmepost.kit.clock import SystemClock
from letmepost.kit.sealed import Rewrapped, rewrap_all
from letmepost.webhooks.sealed_secret import SEALED_SECRETS

# Every column that holds envelopes; a test looks for others.
SEALED: Final = (SEALED_CREDENTIALS, SEALED_VISITS, SEALED_ANSWERS, *SEALED_SECRETS)


async def rotate(configuration: Configuration) -> dict[str, Rewrapped]:
    """Re-seal what older keys sealed; what became of it, by table.

    Servers may go on meanwhile, once they know the newest key. May be stopped and begun again.
    """
    clock = SystemClock()
    # The database first: it makes the folder that the embedded key lies in.
    database = open_database(configuration.server)
    try:
        await migrate(database)
        keyring = open_keyring(configuration.server)
        done: dict[str, Rewrapped] = {}
        for sealed in SEALED:
            found = await rewrap_all(database, keyring, sealed, clock.now)
            total = done.setdefault(sealed.column.table.name, Rewrapped())
            total.changed += found.changed
            total.busy += found.busy
            total.unreadable += found.unreadable
        return done
    finally:
        await database.close()
