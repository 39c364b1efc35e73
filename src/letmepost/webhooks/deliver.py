"""Deliver what is pending at one endpoint: the handler of the job that each endpoint has.

What was sent is written down together, so a process that dies in between sends some of it again:
every event arrives at least once. An endpoint that answers nothing is not called on and on, and
holds up nobody else, since it has one job only.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import structlog
from prometheus_client import Counter
from sqlalchemy import Connection, bindparam, func, literal, select, update

from letmepost.jobs.queue import Claim, LeaseLostError, database_now, finish, held, put_back
from letmepost.jobs.run import Held
from letmepost.kit.clock import Clock, wire_time
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.kit.json_bytes import to_json
from letmepost.kit.row_dicts import row_dict, row_dicts
from letmepost.tenancy.audit import SYSTEM, AuditAction, record
from letmepost.webhooks.events import Event, event_body, write_events
from letmepost.webhooks.queueing import NEVER
from letmepost.webhooks.sealed_secret import open_secret
from letmepost.webhooks.send import RetryPlan, Tried, send_once
from letmepost.webhooks.sign import Sent, signed_headers
from letmepost.webhooks.tables import events, is_pending, webhook_deliveries, webhook_endpoints

log = structlog.get_logger()

BATCH: Final = 400
AT_A_TIME: Final = 16
WRITTEN_EVERY_SECONDS: Final = 1.0
# So many in a row that failed, and the others wait for the first of them to be tried again.
FAILURES_IN_A_ROW: Final = 16
PAUSED_AFTER: Final = timedelta(days=3)
Row = Mapping[str, Any]

_ATTEMPTS = Counter(
    "letmepost_webhook_attempts",
    "Attempts to deliver to webhook endpoints, by `outcome`: delivered, retried, or failed for "
    "good.",
    ("outcome",),
)
_ENDPOINT = select(webhook_endpoints).where(webhook_endpoints.c.id == bindparam("endpoint_id"))
_DUE = (
    select(
        webhook_deliveries.c.id.label("delivery_id"),
        webhook_deliveries.c.attempts,
        webhook_deliveries.c.reason,
        events,
    )
    .join(events, events.c.id == webhook_deliveries.c.event_id)
    .where(
        webhook_deliveries.c.endpoint_id == bindparam("endpoint_id"),
        is_pending,
        webhook_deliveries.c.next_attempt_at <= bindparam("at"),
    )
    .order_by(webhook_deliveries.c.next_attempt_at, webhook_deliveries.c.id)
    .limit(BATCH)
)
# A paused one waits to be resumed.
_NEXT_DUE = (
    select(func.min(webhook_deliveries.c.next_attempt_at))
    .join(webhook_endpoints, webhook_endpoints.c.id == webhook_deliveries.c.endpoint_id)
    .where(
        webhook_deliveries.c.endpoint_id == bindparam("endpoint_id"),
        is_pending,
        webhook_endpoints.c.paused_at.is_(None),
    )
)
_WRITE = (
    update(webhook_deliveries)
    .where(webhook_deliveries.c.id == bindparam("delivery_id"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "status",
                "attempts",
                "next_attempt_at",
                "last_attempt_at",
                "response_status",
                "response_excerpt",
                "duration_ms",
                "failure",
                "finished_at",
            )
        }
    )
)


@dataclass
class _Round:
    """The deliveries of one look at an endpoint, on their way."""

    left: Iterator[Row]
    # What the database's clock is ahead of this machine's.
    ahead: timedelta
    results: list[dict[str, Any]] = field(default_factory=list)
    failures_in_a_row: int = 0
    stopped: bool = False
    # The earliest that one of those that failed is tried again.
    again_at: datetime | None = None
    gone: bool = False


@dataclass(frozen=True)
class Delivering:
    """The handler of the kind `deliver`."""

    database: Database
    clock: Clock
    session: aiohttp.ClientSession
    keyring: Keyring
    plan: RetryPlan

    async def handle(self, held_job: Held) -> None:
        """Send everything that is due at an endpoint, and leave its job for the next time."""
        claim = held_job.claim
        while True:
            now = self.clock.now()
            endpoint, due = await self.database.read(
                lambda connection, now=now: _due(connection, claim.key, now)  # type: ignore[misc]
            )
            if endpoint is None:
                await self.database.write(lambda connection: finish(connection, [claim]))
                return
            if not due or endpoint["paused_at"] is not None:
                break
            turn = await self._send(claim, endpoint, due)
            if turn.failures_in_a_row:
                await self._pause_if_hopeless(claim.key, gone=turn.gone)
            if turn.stopped:
                await self._rest(claim, turn.again_at)
                return
        await self._rest(claim, None)

    async def _send(self, claim: Claim, endpoint: Row, due: Sequence[Row]) -> _Round:
        """Send a batch side by side, writing down what came of it every second."""
        turn = _Round(iter(due), ahead=endpoint["read_at"] - self.clock.now())
        secrets = self._secrets(endpoint)
        senders = [
            asyncio.create_task(self._pump(turn, endpoint["url"], secrets))
            for _ in range(min(AT_A_TIME, len(due)))
        ]
        try:
            pending = set(senders)
            while pending:
                _, pending = await asyncio.wait(pending, timeout=WRITTEN_EVERY_SECONDS)
                await self._write(claim, turn)
        finally:
            for sender in senders:
                sender.cancel()
        for sender in senders:
            # A fault of our own is told by the runner.
            await sender
        return turn

    def _secrets(self, endpoint: Row) -> list[str]:
        """The secret, and for a day the one before it."""
        found = [endpoint["secret"]]
        until = endpoint["previous_secret_until"]
        if endpoint["previous_secret"] and until is not None and until > self.clock.now():
            found.append(endpoint["previous_secret"])
        return [open_secret(self.keyring, endpoint["id"], each) for each in found]

    async def _pump(self, turn: _Round, url: str, secrets: Sequence[str]) -> None:
        for row in turn.left:
            if turn.stopped:
                return
            body = to_json(event_body(row))
            sent = Sent(
                event_id=row["id"],
                event_type=row["type"],
                delivery_id=row["delivery_id"],
                request_id=row["request_id"],
                body=body,
            )
            headers = signed_headers(sent, secrets, self.clock.now())
            tried = await send_once(self.session, url, headers, body, self.clock)
            self._note(turn, row, tried)

    def _note(self, turn: _Round, row: Row, tried: Tried) -> None:
        now, attempts = self.clock.now() + turn.ahead, row["attempts"] + 1
        wait = None if tried.delivered else self.plan.wait(attempts, tried)
        again_at = None if wait is None else now + wait
        status = "delivered" if tried.delivered else "failed" if wait is None else "pending"
        _ATTEMPTS.labels(status if again_at is None else "retried").inc()
        turn.results.append(
            {
                "delivery_id": row["delivery_id"],
                "new_status": status,
                "new_attempts": attempts,
                "new_next_attempt_at": again_at,
                "new_last_attempt_at": now,
                "new_response_status": tried.status,
                "new_response_excerpt": tried.excerpt,
                "new_duration_ms": tried.duration_ms,
                "new_failure": tried.failure,
                "new_finished_at": None if again_at else now,
            }
        )
        turn.gone = turn.gone or tried.is_gone
        if tried.delivered:
            turn.failures_in_a_row = 0
            return
        turn.failures_in_a_row += 1
        if again_at is not None:
            turn.again_at = min(again_at, turn.again_at or again_at)
        if turn.failures_in_a_row >= FAILURES_IN_A_ROW or tried.is_gone:
            turn.stopped = True

    async def _write(self, claim: Claim, turn: _Round) -> None:
        """Write down what came of attempts; raise `LeaseLostError` where another has the job."""
        if not turn.results:
            return
        results = turn.results[:]

        def write(connection: Connection) -> None:
            _refuse_lost(connection, claim)
            connection.execute(_WRITE, results)
            connection.execute(
                update(webhook_endpoints)
                .where(webhook_endpoints.c.id == claim.key)
                .values(_of_the_endpoint(results))
            )

        await self.database.write(write)
        del turn.results[: len(results)]

    async def _rest(self, claim: Claim, not_before: datetime | None) -> None:
        """Give the job back for the next time that something is due.

        Whoever queues a delivery meanwhile waits for the job's row, so none is overlooked.
        """
        now = self.clock.now()

        def rest(connection: Connection) -> None:
            _refuse_lost(connection, claim)
            due_at = connection.execute(_NEXT_DUE, {"endpoint_id": claim.key}).scalar() or NEVER
            wait = max(due_at, not_before or due_at) - database_now(connection, now)
            put_back(connection, [(claim, wait)], now, count_try=False)

        await self.database.write(rest)

    async def _pause_if_hopeless(self, endpoint_id: str, *, gone: bool) -> None:
        now = self.clock.now()
        paused = await self.database.write(
            lambda connection: pause_if_hopeless(connection, endpoint_id, now, gone=gone)
        )
        if paused:
            log.warning("webhook.paused", endpoint=endpoint_id)


def _refuse_lost(connection: Connection, claim: Claim) -> None:
    if not held(connection, [claim]):
        raise LeaseLostError(claim.id)


def _due(
    connection: Connection, endpoint_id: str, now: datetime
) -> tuple[Row | None, Sequence[Row]]:
    """An endpoint and what is due there by the database's clock, oldest first."""
    at = database_now(connection, now)
    endpoint = row_dict(connection.execute(_ENDPOINT, {"endpoint_id": endpoint_id}))
    if endpoint is None:
        return None, []
    due = connection.execute(_DUE, {"endpoint_id": endpoint_id, "at": at})
    return {**endpoint, "read_at": at}, row_dicts(due)


def _of_the_endpoint(results: Sequence[Row]) -> dict[str, Any]:
    """What the endpoint's row says of its deliveries from now on."""
    last = results[-1]
    delivered = [each for each in results if each["new_status"] == "delivered"]
    failed = [each for each in results if each["new_failure"] is not None]
    values: dict[str, Any] = {}
    if delivered:
        values |= {"last_delivery_at": delivered[-1]["new_last_attempt_at"], "failing_since": None}
    if failed:
        values["last_failure_reason"] = failed[-1]["new_failure"]
    if not delivered:
        since = webhook_endpoints.c.failing_since
        now = literal(last["new_last_attempt_at"], since.type)
        values["failing_since"] = func.coalesce(since, now)
    return values


def pause_if_hopeless(
    connection: Connection, endpoint_id: str, now: datetime, *, gone: bool
) -> bool:
    """Pause an endpoint that has failed for three days, or that wants nothing any more.

    Its organization's other endpoints are told.
    """
    rows = webhook_endpoints.c
    hopeless = rows.failing_since <= now - PAUSED_AFTER
    query = select(webhook_endpoints).where(rows.id == endpoint_id, rows.paused_at.is_(None))
    row = connection.execute(query if gone else query.where(hopeless)).one_or_none()
    if row is None:
        return False
    reason = "gone" if gone else "failing"
    changed = connection.execute(
        update(webhook_endpoints)
        .where(rows.id == endpoint_id, rows.paused_at.is_(None))
        .values(paused_at=now, paused_reason=reason, updated_at=now)
    )
    if changed.rowcount != 1:
        return False
    record(
        connection,
        SYSTEM,
        AuditAction.WEBHOOK_PAUSED,
        organization_id=row.organization_id,
        profile_id=row.profile_id,
        target_id=endpoint_id,
        details={"reason": reason},
        now=now,
    )
    since = row.failing_since
    paused = Event(
        type="webhook.paused",
        organization_id=row.organization_id,
        profile_id=row.profile_id,
        subject_id=endpoint_id,
        sequence=0,
        data={
            "endpointId": endpoint_id,
            "url": row.url,
            "reason": reason,
            "failingSince": wire_time(since) if since else None,
            "lastFailureReason": row.last_failure_reason,
            "pausedAt": wire_time(now),
        },
    )
    write_events(connection, [paused], now)
    return True
