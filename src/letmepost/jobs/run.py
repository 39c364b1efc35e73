"""The runner: claims due jobs, runs their handlers side by side, renews leases, stops cleanly."""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Counter as CounterMetric
from prometheus_client import Gauge
from sqlalchemy import Connection

from letmepost.jobs.claiming import Room, claim_due
from letmepost.jobs.crowding import Crowding, group_of
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import (
    Claim,
    LeaseLostError,
    extend,
    held,
    put_back,
    seconds_until_due,
)
from letmepost.kit import traces
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.kit.ids import new_id

log = structlog.get_logger()

POLL_SECONDS = 1.0
BATCH = 64
# What runs side by side commits together: with twice as many, each post costs a fifth less.
CONCURRENCY = 128
# Of one account, and of one platform: a slow one leaves room for the others.
LANE_CONCURRENCY = 4
GROUP_CONCURRENCY = 96
HOST_CHARACTERS = 30

_LEASE_LOSSES = CounterMetric(
    "letmepost_lease_losses", "Results of this process that a fence refused."
)
_LAST_LOOK = Gauge(
    "letmepost_worker_last_look_timestamp_seconds",
    "When this process last looked for due jobs, in Unix time; 0 where it takes none.",
)


@dataclass
class Held:
    """A claim and how long it holds, by this process's monotonic clock."""

    claim: Claim
    holds_until: float


Handler = Callable[["Held"], Awaitable[None]]


class Runner:
    """The jobs of one process. `handlers` has one entry for each kind that it may claim."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        handlers: Mapping[str, Handler],
        *,
        lease: Lease,
        concurrency: int = CONCURRENCY,
    ) -> None:
        self.lease = lease
        # Cut, since a host's name may be longer than the column of owners.
        host = socket.gethostname()[:HOST_CHARACTERS]
        self.owner = f"{host}:{os.getpid()}:{new_id('run')}"
        self._database = database
        self._clock = clock
        self._handlers = handlers
        self._room = concurrency
        self._held: dict[str, Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        # The last claim took as many as it could, so the next need not look before it takes.
        self._more_due = False
        self._crowding = Crowding()
        self._loops: list[asyncio.Task[None]] = []
        self.leases_lost = 0

    @property
    def has_room(self) -> bool:
        """Whether this process has fewer jobs in hand than it works on side by side."""
        return len(self._tasks) < self._room

    def start(self, *, claiming: bool) -> None:
        """Begin to renew leases and, when `claiming`, to take due jobs."""
        self._loops = [asyncio.create_task(self._renew_leases())]
        if claiming:
            self._loops.append(asyncio.create_task(self._claim_and_run()))

    def wake(self) -> None:
        """Look for due jobs now: something was just enqueued."""
        self._wake.set()

    def adopt(self, claim: Claim) -> asyncio.Task[None]:
        """Run a job that was enqueued as already claimed by this process."""
        return self._run(claim)

    async def stop(self) -> None:
        """Take no more jobs, and wait half a lease for those in hand; the rest it gives back."""
        for loop in self._loops[1:]:
            loop.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.lease.seconds / 2)
        for task in [*self._tasks, *self._loops]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._loops, return_exceptions=True)

    def _run(self, claim: Claim) -> asyncio.Task[None]:
        held = Held(claim, self._clock.monotonic() + self.lease.seconds)
        self._held[claim.id] = held
        task = asyncio.create_task(self._handle(held))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _handle(self, held: Held) -> None:
        claim = held.claim
        try:
            with traces.span(f"job {claim.kind}", "consumer"):
                await self._handlers[claim.kind](held)
        except LeaseLostError:
            self.leases_lost += 1
            _LEASE_LOSSES.inc()
            log.warning("job.lease_lost", kind=claim.kind, key=claim.key)
        except Exception:
            log.exception("job.failed", kind=claim.kind, key=claim.key)
            await self._give_back(claim)
        finally:
            self._held.pop(claim.id, None)
            self._wake.set()

    async def _give_back(self, claim: Claim) -> None:
        now = self._clock.now()
        try:
            await self._database.write(
                lambda connection: _give_back(connection, claim, self.lease.length, now)
            )
        except Exception:  # noqa: BLE001 - the lease gives it back when the database cannot
            log.warning("job.not_given_back", kind=claim.kind, key=claim.key)

    async def _claim_and_run(self) -> None:
        kinds = sorted(self._handlers)
        while True:
            self._wake.clear()
            wait = POLL_SECONDS
            try:
                room = min(BATCH, self._room - len(self._tasks))
                if room > 0:
                    wait = await self._claim(kinds, room)
                _LAST_LOOK.set(self._clock.now().timestamp())
            except Exception:
                log.exception("job.claim_failed")
            # Not wait_for: before Python 3.12 it forgets that it was canceled where something ended
            # at the same moment, and a worker that is to stop would go on.
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    async def _claim(self, kinds: list[str], room: int) -> float:
        """Take what is due; how many seconds until it is worth looking again."""
        lanes = Counter(held.claim.lane for held in self._held.values())
        groups = Counter(group_of(held.claim.lane) for held in self._held.values())
        full_lanes = [lane for lane, running in lanes.items() if running >= LANE_CONCURRENCY]
        full_groups = [group for group, running in groups.items() if running >= GROUP_CONCURRENCY]
        now = self._clock.now()
        if not self._more_due:
            ahead = await self._database.read(
                lambda connection: seconds_until_due(connection, kinds, now)
            )
            if ahead is None or ahead > 0:
                return POLL_SECONDS if ahead is None else min(ahead, POLL_SECONDS)
        wanted = Room(
            jobs=room,
            lane_room=LANE_CONCURRENCY,
            running_lanes=list(lanes),
            full_lanes=full_lanes,
            full_groups=full_groups,
        )
        try:
            claims = await self._database.write(
                lambda connection: claim_due(
                    connection, kinds, self.owner, wanted, self.lease, now, self._crowding
                )
            )
        except BaseException:
            self._crowding.forget()
            raise
        self._more_due = len(claims) == room
        for claim in claims:
            self._run(claim)
        return 0.0 if claims else POLL_SECONDS

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(self.lease.renew_every_seconds)
            held = dict(self._held)
            if not held:
                continue
            began = self._clock.monotonic()
            claims = [each.claim for each in held.values()]
            now = self._clock.now()
            try:
                renewed = await self._database.write(
                    # Of all that is in hand, in no order that others keep: to wait for one while
                    # holding another's could go round in a circle. The next time is soon enough.
                    lambda connection, claims=claims, now=now: extend(  # type: ignore[misc]
                        connection, claims, self.lease, now, skip_locked=True
                    )
                )
            except Exception:
                log.exception("job.renew_failed")
                continue
            for claim_id in renewed:
                held[claim_id].holds_until = began + self.lease.seconds


def _give_back(connection: Connection, claim: Claim, wait: timedelta, now: datetime) -> None:
    if held(connection, [claim]):
        put_back(connection, [(claim, wait)], now)
