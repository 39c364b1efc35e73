"""Change, cancel and retry publications; each is one conditional update that one side wins.

Until a worker has claimed a publication's job, the job's row decides: whoever changes it first
has won, and the other side finds it changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update
from sqlalchemy.exc import IntegrityError

from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.queue import NewJob, database_now, enqueue, notify
from letmepost.jobs.tables import jobs
from letmepost.kit.clock import wire_time
from letmepost.posts.body import NEXT_SLOT, NextSlot
from letmepost.posts.content_media import media_ids
from letmepost.posts.ledger import JOB_KIND, lane_of
from letmepost.posts.media_use import forget_uses, missing_media, rewrite_uses
from letmepost.posts.post_events import (
    queued_event,
    rescheduled_event,
    terminal_event,
    updated_event,
)
from letmepost.posts.show import deleted_json, status_of
from letmepost.posts.slots import SlotBook
from letmepost.posts.tables import posts, publications
from letmepost.preflight import delivery_rules as rules
from letmepost.preflight.media_rules import RETRY_MEDIA_MISSING
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import MEDIA_UNKNOWN, OUTCOME_UNKNOWN, POST_STATUS
from letmepost.tenancy.keys import Caller
from letmepost.webhooks.events import write_events

RETRYABLE = frozenset({"failed", "rejected", "canceled"})


@dataclass(frozen=True, slots=True)
class Seen:
    """A publication as a change finds it."""

    row: dict[str, Any]
    connected: bool


def no_such_post(what: str = "post") -> LetmepostError:
    """The answer where the caller can see no such post."""
    return LetmepostError(
        code=ErrorCode.NOT_FOUND, message=f"No {what} with this id is visible to this key."
    )


def see(
    connection: Connection, caller: Caller, publication_id: str, asked_for: str = "post"
) -> Seen:
    """Read a publication that the caller may change; raise `not_found` of what was asked for."""
    query = (
        select(publications, accounts.c.disconnected_at)
        .join(accounts, accounts.c.id == publications.c.account_id)
        .where(
            publications.c.id == publication_id,
            publications.c.organization_id == caller.organization_id,
        )
    )
    found = connection.execute(query).one_or_none()
    if found is None or not caller.sees(found.profile_id):
        raise no_such_post(asked_for)
    row = dict(found._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    disconnected_at = row.pop("disconnected_at")
    if row["sandbox"] != caller.sandbox:
        made_with = "test" if row["sandbox"] else "live"
        raise refuse(rules.POST_ENVIRONMENT, conflict=True, actual=made_with)
    return Seen(row, disconnected_at is None)


def refuse_unless_changeable(seen: Seen) -> None:
    """Raise a conflict when the publication neither waits for its time nor is a draft."""
    if seen.row["state"] not in ("queued", "draft"):
        raise refuse(POST_STATUS, conflict=True, actual=status_of(seen.row["state"]))


def _job_still_ahead(connection: Connection, publication_id: str, now: datetime) -> Any:  # noqa: ANN401 - SQL
    return (
        (jobs.c.kind == JOB_KIND)
        & (jobs.c.key == publication_id)
        & jobs.c.owner.is_(None)
        & (jobs.c.due_at > database_now(connection, now))
    )


def apply_edit(  # noqa: PLR0913 - what, by whom and when
    connection: Connection,
    seen: Seen,
    values: Mapping[str, Any],
    changed: Sequence[str],
    *,
    request_id: str,
    now: datetime,
) -> dict[str, Any]:
    """Write a checked change, if no worker and no other change came first."""
    publication_id, state = seen.row["id"], seen.row["state"]
    if values.get("scheduled_at") == NEXT_SLOT:
        values = {**values, "scheduled_at": _take_slot(connection, seen.row, now)}
    due_at = values.get("scheduled_at")
    if state == "queued":
        _move_job(connection, publication_id, due_at, now)
    after = {**seen.row, **values, "updated_at": now}
    happened = []
    if due_at is not None:
        after["event_count"] += 1
        previous = seen.row["scheduled_at"]
        happened.append(rescheduled_event(after, previous, request_id))
    if changed and state == "queued":
        after["event_count"] += 1
        happened.append(updated_event(after, changed, request_id))
    written = connection.execute(
        update(publications)
        .where(
            publications.c.id == publication_id,
            publications.c.state == state,
            publications.c.updated_at == seen.row["updated_at"],
        )
        .values(**values, updated_at=now, event_count=after["event_count"])
    )
    if written.rowcount != 1:
        raise refuse(rules.POST_CHANGED, conflict=True)
    if "content" in values:
        gone = missing_media(connection, media_ids(values["content"]))
        if gone:
            raise refuse(MEDIA_UNKNOWN, actual=", ".join(gone))
        rewrite_uses(connection, publication_id, values["content"])
    write_events(connection, happened, now)
    return after


def _take_slot(connection: Connection, row: Mapping[str, Any], now: datetime) -> datetime:
    """The next free slot of a publication's profile, which is the publication's from here on."""
    profile_id = row["profile_id"]
    return SlotBook(connection, [profile_id], now).take([profile_id], row["id"])[profile_id]


def _move_job(
    connection: Connection, publication_id: str, due_at: datetime | None, now: datetime
) -> None:
    """Move the job of a queued publication, or only see that no worker has it yet."""
    ahead = _job_still_ahead(connection, publication_id, now)
    moved = connection.execute(
        update(jobs).where(ahead).values(due_at=jobs.c.due_at if due_at is None else due_at)
    )
    if moved.rowcount != 1:
        raise refuse(rules.SCHEDULE_WINDOW, conflict=True)
    if due_at is not None:
        notify(connection, due_at, now)


def cancel(
    connection: Connection, caller: Caller, publication_id: str, request_id: str, now: datetime
) -> dict[str, Any]:
    """Cancel a publication that no worker has yet; remove one that is a draft."""
    seen = see(connection, caller, publication_id)
    if seen.row["state"] == "draft":
        return _remove(connection, seen.row, now)
    refuse_unless_changeable(seen)
    gone = connection.execute(delete(jobs).where(_job_still_ahead(connection, publication_id, now)))
    if gone.rowcount != 1:
        raise refuse(rules.SCHEDULE_WINDOW, conflict=True)
    after = {
        **seen.row,
        "state": "canceled",
        "event_count": seen.row["event_count"] + 1,
        "updated_at": now,
    }
    changed = connection.execute(
        update(publications)
        .where(publications.c.id == publication_id, publications.c.state == "queued")
        .values(state="canceled", event_count=after["event_count"], updated_at=now)
    )
    if changed.rowcount != 1:
        raise refuse(POST_STATUS, conflict=True, actual="not queued any more")
    write_events(connection, [terminal_event(after, request_id, now)], now)
    return {"id": publication_id, "status": "canceled"}


def hold_saved(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Let nobody else change these drafts; raise a conflict where one has moved since it was read.

    Held before the files that they name are let go: a change takes them in this order as well.
    """
    held = connection.execute(
        select(publications.c.id, publications.c.updated_at)
        .where(publications.c.id.in_([row["id"] for row in rows]), publications.c.state == "draft")
        .order_by(publications.c.id)
        .with_for_update()
    )
    if {tuple(each) for each in held} != {(row["id"], row["updated_at"]) for row in rows}:
        raise refuse(rules.POST_CHANGED, conflict=True)


def _remove(connection: Connection, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Remove a draft; of what nobody was told of, nothing need be kept."""
    hold_saved(connection, [row])
    forget_uses(connection, [row["id"]])
    connection.execute(delete(publications).where(publications.c.id == row["id"]))
    others = select(publications.c.id).where(publications.c.post_id == row["post_id"])
    connection.execute(delete(posts).where(posts.c.id == row["post_id"], ~exists(others)))
    return deleted_json({**row, "state": "deleted", "deleted_at": now})


def retry(  # noqa: PLR0913 - which, when, by whom
    connection: Connection,
    caller: Caller,
    publication_id: str,
    *,
    scheduled_at: datetime | NextSlot | None,
    accept_duplicate_risk: bool,
    request_id: str,
    now: datetime,
) -> dict[str, Any]:
    """Put a publication that has ended without being published back into the queue."""
    seen = see(connection, caller, publication_id)
    before = seen.row
    if before["state"] not in RETRYABLE:
        raise refuse(rules.RETRY_STATUS, conflict=True, actual=status_of(before["state"]))
    if not seen.connected:
        raise refuse(rules.RETRY_ACCOUNT_MISSING, conflict=True)
    unknown = (before["error"] or {}).get("rule") == OUTCOME_UNKNOWN.id
    if unknown and not accept_duplicate_risk:
        raise refuse(rules.RETRY_ACCEPT_RISK, conflict=True)
    gone = missing_media(connection, media_ids(before["content"]))
    if gone:
        raise refuse(RETRY_MEDIA_MISSING, conflict=True, actual=", ".join(gone))
    if scheduled_at == NEXT_SLOT:
        scheduled_at = _take_slot(connection, before, now)
    due_at = scheduled_at or database_now(connection, now)
    values = {
        "state": "queued",
        "scheduled_at": due_at,
        "error": None,
        "error_code": None,
        "failed_tries": 0,
        # The keys of a post whose fate is unknown are kept: where the platform lets us choose
        # keys, the same key cannot make a second post. So is what was out for sure, such as the
        # first posts of a thread.
        "checkpoint": before["checkpoint"] if unknown else {},
        "plan": before["plan"] if unknown else {},
        "event_count": before["event_count"] + 1,
        "updated_at": now,
    }
    changed = connection.execute(
        update(publications)
        .where(
            publications.c.id == publication_id,
            publications.c.state == before["state"],
            publications.c.updated_at == before["updated_at"],
        )
        .values(values)
    )
    if changed.rowcount != 1:
        raise refuse(rules.RETRY_RACED, conflict=True)
    job = NewJob(
        JOB_KIND, publication_id, lane_of(before["platform"], before["account_id"]), due_at
    )
    try:
        with connection.begin_nested():
            enqueue(connection, [job], now)
    except IntegrityError:
        raise refuse(rules.RETRY_RACED, conflict=True) from None
    write_events(connection, [queued_event({**before, **values}, request_id, now)], now)
    return {"id": publication_id, "status": "queued", "scheduledAt": wire_time(due_at)}
