"""Renew tokens, one renewer at a time for each account, whatever the number of processes.

A refresh token that rotates works once: two who send it at the same time look like theft, and the
platform takes all access away. So a renewer first takes a lease on the account's row. Those who
come too late read what he has written; a renewer who dies loses the lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from prometheus_client import Counter
from sqlalchemy import Connection, or_, update

from letmepost.accounts.account_audit import record_account
from letmepost.accounts.account_events import revoked_event
from letmepost.accounts.connect import Connecting
from letmepost.accounts.credentials import open_credentials, seal_credentials
from letmepost.accounts.queries import Account, accounts_by_id, accounts_with_credentials
from letmepost.accounts.renewal import look_after, renew_at
from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.queue import database_now
from letmepost.kit.clock import Clock
from letmepost.kit.crypto import same_content
from letmepost.kit.database import DatabaseAwayError
from letmepost.kit.ids import new_id
from letmepost.platform_kit.connect import Credentials, Refreshed
from letmepost.platform_kit.http import Upstream
from letmepost.platform_kit.platform import Platform
from letmepost.tenancy.audit import SYSTEM, Actor, AuditAction
from letmepost.webhooks.events import write_events

log = structlog.get_logger()

T = TypeVar("T")

LEASE: Final = timedelta(seconds=45)
# Shorter than the lease, so that what was renewed is written down under it, also by the third try.
RENEWAL_SECONDS: Final = 24.0
LOOK_EVERY_SECONDS: Final = 0.2
# New tokens that are lost with a connection cannot be had again, so their commit is tried anew.
COMMIT_AGAIN_AFTER_SECONDS: Final = (0.2, 1.0, 3.0)
SECRET_MIN_CHARACTERS: Final = 6

_RENEWALS = Counter(
    "letmepost_token_renewals",
    "Renewals of accounts' tokens by `platform` and `outcome`: renewed, refused, so that a person "
    "has to connect again, or failed, to be tried again.",
    ("platform", "outcome"),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An account's credentials as they are stored, and when their token ends."""

    envelope: str
    token_expires_at: datetime | None


def stored_by_id(
    connection: Connection, account_ids: Sequence[str]
) -> dict[str, tuple[Account, Stored | None]]:
    """Accounts, each with its credentials; None where it has none, as it was disconnected."""
    return {
        account.id: (account, Stored(envelope, account.token_expires_at) if envelope else None)
        for account, envelope in accounts_with_credentials(connection, account_ids)
    }


def hide_secrets(upstream: Upstream, credentials: Credentials) -> None:
    """Keep the values of credentials out of every record of a conversation."""
    for value in credentials.values():
        if isinstance(value, str) and len(value) >= SECRET_MIN_CHARACTERS:
            upstream.secrets.add(value)


def _is_refusal(error: BaseException) -> bool:
    """Whether the platform will renew nothing any more."""
    return isinstance(error, LetmepostError) and error.code is ErrorCode.PLATFORM_AUTH_FAILED


def _gone(platform: str) -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.PLATFORM_AUTH_FAILED,
        message="The account is disconnected.",
        platform=platform,
        remediation="Connect the account again, then retry the post.",
    )


@dataclass
class Renewals:
    """The credentials of accounts: read by whoever asks, renewed by one at a time."""

    connecting: Connecting
    clock: Clock
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _under_way: dict[str, asyncio.Task[Stored]] = field(default_factory=dict)

    async def stored(self, account: Account) -> Stored:
        """What is stored now; raise `platform_auth_failed` when there is nothing any more."""
        found = await self.connecting.database.read(
            lambda connection: stored_by_id(connection, [account.id])
        )
        _, stored = found.get(account.id, (account, None))
        if stored is None:
            raise _gone(account.platform)
        return stored

    async def instead_of(
        self,
        envelope: str,
        account: Account,
        platform: Platform,
        upstream: Upstream,
        *,
        by: Actor | None = None,
    ) -> Stored:
        """What takes the place of credentials that do not serve any more.

        `by` is who asked for it; what happens by itself every hour is not in the audit log.

        In one process all who ask wait for one renewal. Raises `LetmepostError`, with code
        `platform_auth_failed` where only a person can help.
        """
        while True:
            renewal = self._under_way.get(account.id)
            if renewal is None:
                work = self._newer(envelope, account, platform, upstream, by)
                renewal = self._under_way[account.id] = asyncio.create_task(work)
            # Whoever goes away must not take the renewal with him.
            newer = await asyncio.shield(renewal)
            # It may have been under way for those before ours, and have brought ours.
            if not same_content(newer.envelope, envelope):
                return newer

    async def finish(self) -> None:
        """Wait for the renewals under way, so that no new token is lost when a process stops."""
        if self._under_way:
            await asyncio.wait(self._under_way.values())

    async def _newer(
        self,
        envelope: str,
        account: Account,
        platform: Platform,
        upstream: Upstream,
        by: Actor | None,
    ) -> Stored:
        renewer = new_id("ren")
        try:
            while not await self._take(account.id, envelope, renewer):
                stored = await self.stored(account)
                if not same_content(stored.envelope, envelope):
                    return stored
                if stored.envelope == envelope:
                    await self.pause(LOOK_EVERY_SECONDS)
                envelope = stored.envelope
            return await self._renew(envelope, renewer, account, platform, upstream, by)
        finally:
            # Before anybody can find it ended: one who waited for that again would never yield.
            del self._under_way[account.id]

    async def _take(self, account_id: str, envelope: str, renewer: str) -> bool:
        """Take the lease, if these are still the credentials and nobody alive holds it."""
        now = self.clock.now()

        def take(connection: Connection) -> bool:
            at = database_now(connection, now)
            taken = connection.execute(
                update(accounts)
                .where(
                    accounts.c.id == account_id,
                    accounts.c.credentials == envelope,
                    or_(accounts.c.refresh_until.is_(None), accounts.c.refresh_until <= at),
                )
                .values(refresh_owner=renewer, refresh_until=at + LEASE)
            )
            return taken.rowcount == 1

        return await self.connecting.database.write(take)

    async def _renew(  # noqa: PLR0913 - the parts of a renewal
        self,
        envelope: str,
        renewer: str,
        account: Account,
        platform: Platform,
        upstream: Upstream,
        by: Actor | None,
    ) -> Stored:
        try:
            renewed = await self._ask(envelope, account, platform, upstream)
        except BaseException as error:
            refused = _is_refusal(error)
            _RENEWALS.labels(platform.name, "refused" if refused else "failed").inc()
            await self._fail(envelope, renewer, account, error)
            if isinstance(error, LetmepostError):
                stored = await self.stored(account)
                # Connected again meanwhile: the platform spoke of credentials of the past.
                if not same_content(stored.envelope, envelope):
                    return stored
            raise
        hide_secrets(upstream, renewed.credentials)
        keyring = self.connecting.keyring
        stored = Stored(
            seal_credentials(keyring, account.id, renewed.credentials), renewed.token_expires_at
        )
        # The old credentials stand until this commits; only then are they forgotten.
        if await self._insist(
            lambda connection: self._keep(
                connection, envelope, stored, account, platform, renewed, by
            )
        ):
            _RENEWALS.labels(platform.name, "renewed").inc()
            log.info("token.renewed", account=account.id, platform=platform.name)
            return stored
        return await self.stored(account)

    async def _ask(
        self, envelope: str, account: Account, platform: Platform, upstream: Upstream
    ) -> Refreshed:
        credentials = open_credentials(self.connecting.keyring, account.id, envelope)
        hide_secrets(upstream, credentials)
        settings = self.connecting.platform_settings[platform.name]
        try:
            async with asyncio.timeout(RENEWAL_SECONDS):
                return await platform.connect.refresh(
                    credentials, account.details, settings, upstream
                )
        except TimeoutError as error:
            raise LetmepostError(
                code=ErrorCode.PLATFORM_UNAVAILABLE,
                message=f"{platform.title} did not renew the token in {RENEWAL_SECONDS:g} s.",
                platform=platform.name,
            ) from error

    def _keep(  # noqa: PLR0913 - the parts of a renewal
        self,
        connection: Connection,
        envelope: str,
        stored: Stored,
        account: Account,
        platform: Platform,
        renewed: Refreshed,
        by: Actor | None,
    ) -> bool:
        now = self.clock.now()
        values: dict[str, Any] = {
            "credentials": stored.envelope,
            "token_expires_at": renewed.token_expires_at,
            "refreshed_at": now,
            "renew_at": renew_at(
                platform, renewed.token_expires_at, now, renewable=account.renewable
            ),
            "refresh_owner": None,
            "refresh_until": None,
            "revoked_at": None,
            "updated_at": now,
        }
        if renewed.scopes is not None:
            values["scopes"] = list(renewed.scopes)
        if renewed.renewable_until not in (None, account.renewable_until):
            values |= {"renewable_until": renewed.renewable_until, "warned_days": None}
        if not self._change(connection, account.id, envelope, values):
            return False
        if by is not None:
            record_account(connection, by, AuditAction.ACCOUNT_TOKEN_RENEWED, account, now)
        look_after(connection, accounts_by_id(connection, [account.id])[account.id], now)
        return True

    async def _fail(
        self, envelope: str, renewer: str, account: Account, error: BaseException
    ) -> None:
        """Give the lease back; tell, once, of access that was taken away."""
        refused = _is_refusal(error)
        now = self.clock.now()

        def fail(connection: Connection) -> None:
            connection.execute(
                update(accounts)
                .where(accounts.c.id == account.id, accounts.c.refresh_owner == renewer)
                .values(refresh_owner=None, refresh_until=None)
            )
            if not refused:
                return
            noted = {"revoked_at": now, "renew_at": None, "updated_at": now}
            untold = accounts.c.revoked_at.is_(None)
            if self._change(connection, account.id, envelope, noted, untold):
                revoked = accounts_by_id(connection, [account.id])[account.id]
                look_after(connection, revoked, now)
                record_account(connection, SYSTEM, AuditAction.ACCOUNT_ACCESS_LOST, revoked, now)
                write_events(connection, [revoked_event(revoked, str(error), now)], now)

        await self.connecting.database.write(fail)

    def _change(
        self,
        connection: Connection,
        account_id: str,
        envelope: str,
        values: Mapping[str, Any],
        *more: Any,  # noqa: ANN401 - SQLAlchemy's conditions
    ) -> bool:
        """Change the account if its credentials are still these."""
        changed = connection.execute(
            update(accounts)
            .where(accounts.c.id == account_id, accounts.c.credentials == envelope, *more)
            .values(values)
        )
        return changed.rowcount == 1

    async def _insist(self, work: Callable[[Connection], T]) -> T:
        """Commit, and try again where the database was away for a moment."""
        for wait in COMMIT_AGAIN_AFTER_SECONDS:
            try:
                return await self.connecting.database.write(work)
            except DatabaseAwayError:
                log.warning("token.not_written", exc_info=True)
                await self.pause(wait)
        return await self.connecting.database.write(work)
