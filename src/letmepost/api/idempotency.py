"""Idempotency-Key: the same request twice is one request, whoever crashes in between.

An entry is claimed before the request does anything, under a lease that is renewed as long as
the request runs: nobody takes over from a request that lives. A post names itself in its entry in
the transaction that creates it, so after a crash the same key answers from that post.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from letmepost.api.tables import idempotency_keys as entries
from letmepost.content.errors import LetmepostError
from letmepost.kit.clock import Clock
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database, DatabaseAwayError
from letmepost.kit.sealed import SealedColumn
from letmepost.kit.together import Together
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import (
    IDEMPOTENCY_BODY_MISMATCH,
    IDEMPOTENCY_KEY_CHARACTERS,
    IDEMPOTENCY_LENGTH,
)

log = structlog.get_logger()

LEASE = timedelta(seconds=30)
RENEW_EVERY_SECONDS = 10.0
KEPT_FOR = timedelta(hours=24)


def _place(organization_id: str, method: str, path: str, key: str) -> str:
    return f"idempotency/{organization_id}/{method}/{path}/{key}"


SEALED_ANSWERS: Final = SealedColumn(
    entries.c.body, place=lambda row: _place(row.organization_id, row.method, row.path, row.key)
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes two requests the same one, and the fingerprint of this one's body."""

    organization_id: str
    method: str
    path: str
    key: str
    fingerprint: str

    @property
    def place(self) -> str:
        """Where the sealed answer belongs."""
        return _place(self.organization_id, self.method, self.path, self.key)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given the first time."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class InProgress:
    """The first request still runs."""


@dataclass(frozen=True, slots=True)
class LeftPost:
    """The first request died after it had created this post."""

    post_id: str


@dataclass(slots=True)
class Entry:
    """The entry of a request that runs. `post_id` is set once it has created a post."""

    identity: Identity
    owner: str
    post_id: str | None = None
    answered: bool = field(default=False)

    def name_post(self, connection: Connection, post_id: str) -> None:
        """Name the post that the request creates, in the transaction that creates it."""
        changed = connection.execute(
            update(entries)
            .where(*_at(self.identity), entries.c.owner == self.owner)
            .values(post_id=post_id)
        )
        if changed.rowcount != 1:
            raise RuntimeError("the idempotency entry of a running request is gone")


Begun = Entry | Kept | InProgress | LeftPost


def fingerprint(body: bytes) -> str:
    """What a body is compared by."""
    return hashlib.sha256(body).hexdigest()


def refuse_length(key: str) -> None:
    """Raise when a key is empty or too long to keep."""
    if not 1 <= len(key) <= IDEMPOTENCY_KEY_CHARACTERS.value:
        raise refuse(IDEMPOTENCY_LENGTH, actual=len(key))


def _at(identity: Identity) -> tuple[Any, ...]:
    return (
        entries.c.organization_id == identity.organization_id,
        entries.c.method == identity.method,
        entries.c.path == identity.path,
        entries.c.key == identity.key,
    )


@dataclass(frozen=True, slots=True)
class _Claiming:
    identity: Identity
    owner: str


@dataclass(frozen=True, slots=True)
class _Answered:
    entry: Entry
    answer: Kept
    sealed: str


def _let_go(connection: Connection, entry: Entry) -> None:
    # That the post was committed may be what the database could no longer answer, and without its
    # entry the next request would make it again.
    connection.execute(
        delete(entries).where(
            *_at(entry.identity), entries.c.owner == entry.owner, entries.c.post_id.is_(None)
        )
    )


def release_dead_requests(connection: Connection, now: datetime) -> None:
    """End the lease of every request that runs: for a process that knows that it is alone."""
    connection.execute(update(entries).where(entries.c.status.is_(None)).values(lease_until=now))


class Idempotency:
    """The entries of a database, as one process works with them."""

    def __init__(self, database: Database, clock: Clock, keyring: Keyring, owner: str) -> None:
        self._database = database
        self._clock = clock
        self._keyring = keyring
        self._owner = owner
        self._serial = 0
        self._begin_together = Together[_Claiming, Begun](self._begin_all)
        self._keep_together = Together[_Answered, None](self._keep_all)

    async def begin(self, identity: Identity) -> Begun:
        """Claim the entry, or say what became of the request that has it.

        Raises `idempotency_key.body_mismatch` for another body under the same key.
        """
        self._serial += 1
        owner = f"{self._owner}:{self._serial}"
        try:
            return await self._begin_together(_Claiming(identity, owner))
        except IntegrityError:
            # Two processes inserted at the same moment, and the other was first.
            return InProgress()

    async def _begin_all(self, claims: Sequence[_Claiming]) -> Sequence[Begun | BaseException]:
        now = self._clock.now()

        def begin(connection: Connection) -> list[Begun | BaseException]:
            begun: list[Begun | BaseException] = []
            for each in claims:
                try:
                    begun.append(self._begin(connection, each.identity, each.owner, now))
                except LetmepostError as refused:
                    begun.append(refused)
            return begun

        return await self._database.write(begin)

    def _begin(
        self, connection: Connection, identity: Identity, owner: str, now: datetime
    ) -> Begun:
        row = connection.execute(
            select(entries).where(*_at(identity)).with_for_update()
        ).one_or_none()
        if row is not None and row.expires_at <= now:
            connection.execute(delete(entries).where(*_at(identity)))
            row = None
        claim = {"owner": owner, "lease_until": now + LEASE}
        if row is None:
            connection.execute(
                insert(entries).values(
                    organization_id=identity.organization_id,
                    method=identity.method,
                    path=identity.path,
                    key=identity.key,
                    fingerprint=identity.fingerprint,
                    post_id=None,
                    status=None,
                    headers=None,
                    body=None,
                    created_at=now,
                    expires_at=now + KEPT_FOR,
                    **claim,
                )
            )
            return Entry(identity, owner)
        if row.fingerprint != identity.fingerprint:
            raise refuse(IDEMPOTENCY_BODY_MISMATCH)
        if row.status is not None:
            return Kept(row.status, row.headers, self._keyring.open(row.body, identity.place))
        if row.lease_until > now:
            return InProgress()
        if row.post_id is not None:
            return LeftPost(row.post_id)
        connection.execute(update(entries).where(*_at(identity)).values(claim))
        return Entry(identity, owner)

    @asynccontextmanager
    async def running(self, entry: Entry) -> AsyncIterator[None]:
        """Keep the lease while the request runs; let the entry go if it ends unanswered."""
        renewing = asyncio.create_task(self._renew(entry))
        try:
            yield
        finally:
            renewing.cancel()
            if not entry.answered and entry.post_id is None:
                # The lease lets it go where the database cannot.
                with suppress(DatabaseAwayError):
                    await self._database.write(lambda connection: _let_go(connection, entry))

    async def _renew(self, entry: Entry) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_SECONDS)
            until = self._clock.now() + LEASE
            try:
                await self._database.write(
                    lambda connection, until=until: connection.execute(  # type: ignore[misc]
                        update(entries)
                        .where(*_at(entry.identity), entries.c.owner == entry.owner)
                        .values(lease_until=until)
                    )
                )
            except Exception:
                log.exception("idempotency.renew_failed")

    async def keep(self, entry: Entry, answer: Kept) -> None:
        """Keep the answer for whoever sends the same request again."""
        sealed = self._keyring.seal(answer.body, entry.identity.place)
        await self._keep_together(_Answered(entry, answer, sealed))
        entry.answered = True

    async def _keep_all(self, answered: Sequence[_Answered]) -> Sequence[None]:
        def keep(connection: Connection) -> list[None]:
            for each in answered:
                connection.execute(
                    update(entries)
                    .where(*_at(each.entry.identity), entries.c.owner == each.entry.owner)
                    .values(
                        status=each.answer.status, headers=each.answer.headers, body=each.sealed
                    )
                )
            return [None] * len(answered)

        return await self._database.write(keep)

    async def delete_expired(self) -> None:
        """Forget answers that are older than a day."""
        now = self._clock.now()
        await self._database.write(
            lambda connection: connection.execute(
                delete(entries).where(entries.c.expires_at <= now)
            )
        )
