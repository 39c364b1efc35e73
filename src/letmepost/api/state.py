"""What a process that answers requests holds on to."""

from asyncio import Event
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from letmepost.accounts.connect import Connecting
from letmepost.accounts.consent_return import ConsentReturn
from letmepost.accounts.consents import Consents
from letmepost.accounts.links import ConnectLinks
from letmepost.accounts.queries import AccountDirectory
from letmepost.accounts.renewals import Renewals
from letmepost.accounts.task import AccountTasks
from letmepost.api.at_once import RequestsAtOnce
from letmepost.api.idempotency import Idempotency
from letmepost.api.rate_limit import RateLimit
from letmepost.jobs.run import Runner
from letmepost.kit.client_address import ClientAddress
from letmepost.kit.clock import Clock
from letmepost.kit.counts import Counts
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.kit.together import Together
from letmepost.media.at_once import UploadsAtOnce
from letmepost.media.direct_upload import DirectUploads
from letmepost.media.library import MediaLibrary
from letmepost.platform_kit.platform import PlatformVersion
from letmepost.posts.check import Checker
from letmepost.posts.create import Created, Creation
from letmepost.posts.publish import Settled
from letmepost.preflight.rule import Rule
from letmepost.server_settings import ServerSettings
from letmepost.tenancy import grants
from letmepost.tenancy.audit import forget_entries
from letmepost.tenancy.keys import KeyCache
from letmepost.tenancy.request_log import RequestLog


@dataclass(frozen=True)
class State:
    """Made once at start by `server.py`; routes read it from the application."""

    settings: ServerSettings
    clock: Clock
    database: Database
    keyring: Keyring
    keys: KeyCache
    directory: AccountDirectory
    library: MediaLibrary
    direct_uploads: DirectUploads
    connecting: Connecting
    account_tasks: AccountTasks
    renewals: Renewals
    consents: Consents
    consent_return: ConsentReturn
    links: ConnectLinks
    checker: Checker
    idempotency: Idempotency
    counts: Counts
    rate_limit: RateLimit
    address_limit: RateLimit
    uploads_at_once: UploadsAtOnce
    requests_at_once: RequestsAtOnce
    client_address: ClientAddress
    runner: Runner
    settled: Settled
    catalogue: Mapping[str, Rule]
    versions: Mapping[str, PlatformVersion]
    creations: Together[Creation, Created]
    request_log: RequestLog
    # Set once the process has been told to stop.
    leaving: Event = field(default_factory=Event)

    async def forget_old_links(self) -> None:
        """Forget links that have expired."""
        await self.links.forget(self.clock.now())

    async def forget_old_grants(self) -> None:
        """Forget tokens that have expired, and what nobody uses any more."""
        now = self.clock.now()
        await self.database.write(lambda connection: grants.forget(connection, now))

    async def forget_old_entries(self) -> None:
        """Forget entries of the audit log past their time."""
        now, days = self.clock.now(), self.settings.audit_days
        keep = timedelta(days=days) if days else None
        await self.database.write(lambda connection: forget_entries(connection, now, keep))
