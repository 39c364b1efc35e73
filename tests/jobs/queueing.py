"""Jobs of no kind in particular, and workers that claim them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from letmepost.jobs.claiming import Room, claim_due
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import Claim, NewJob, database_now, enqueue, extend
from letmepost.jobs.tables import jobs
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database

KIND = "chore"


@dataclass
class Worker:
    """One that claims by hand, with a clock of its own."""

    database: Database
    clock: Clock
    name: str = "worker"
    lease: Lease = field(default_factory=Lease)

    async def claim(self, limit: int = 32, **lanes: Any) -> list[Claim]:
        now = self.clock.now()
        return await self.database.write(
            lambda connection: claim_due(
                connection, [KIND], self.name, Room(limit, **lanes), self.lease, now
            )
        )

    async def extend(self, claims: Sequence[Claim], *, skip_locked: bool = False) -> set[str]:
        now = self.clock.now()
        return await self.database.write(
            lambda connection: extend(connection, claims, self.lease, now, skip_locked=skip_locked)
        )


async def add(database: Database, clock: Clock, due: Sequence[tuple[str, str, float]]) -> None:
    """Add jobs, each by its key, its lane, and the seconds until it is due."""
    now = clock.now()

    def write(connection: Any) -> None:
        at = database_now(connection, now)
        added = [
            NewJob(KIND, key, lane, at + timedelta(seconds=seconds)) for key, lane, seconds in due
        ]
        enqueue(connection, added, now)

    await database.write(write)


async def end_leases(database: Database, clock: Clock, seconds: float = 1.0) -> None:
    """Let the leases of all jobs have ended, whichever clock they go by."""
    now = clock.now()

    def write(connection: Any) -> None:
        ended = database_now(connection, now) - timedelta(seconds=seconds)
        connection.execute(update(jobs).where(jobs.c.owner.is_not(None)).values(due_at=ended))

    await database.write(write)


async def rows(database: Database) -> list[dict[str, Any]]:
    """Every job, by key."""
    found = await database.read(
        lambda connection: connection.execute(select(jobs).order_by(jobs.c.key)).all()
    )
    return [dict(row._mapping) for row in found]


async def seconds_ahead(database: Database, clock: Clock, at: datetime) -> float:
    """How far ahead of the database's time a time is."""
    now = clock.now()
    read = await database.read(lambda connection: database_now(connection, now))
    return (at - read).total_seconds()
