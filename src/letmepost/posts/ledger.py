"""The ledger: how a publication changes state, each change one conditional update.

Every function here is a unit of work inside the caller's transaction. A worker's word counts
only while its fence is the job's: each change that a worker makes begins with `hold`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from letmepost.accounts.queries import Account, by_id
from letmepost.jobs.queue import Claim, NewJob, database_now, enqueue, finish, hold, put_back
from letmepost.kit.ids import new_id
from letmepost.media.library import StoredMedia, find_media
from letmepost.posts.post_events import terminal_event
from letmepost.posts.tables import attempts, posts, publications
from letmepost.webhooks.events import write_events

JOB_KIND = "publish"
VERIFY_KIND = "verify"
VERIFY_AFTER = timedelta(seconds=60)
TERMINAL = frozenset({"published", "rejected", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Loaded:
    """A publication with what an attempt at it needs."""

    row: dict[str, Any]
    request_id: str | None
    account: Account
    media: Mapping[str, StoredMedia]
    unfinished: Mapping[str, Any] | None
    last_sending_at: datetime | None
    now: datetime

    @property
    def id(self) -> str:
        """The publication's id."""
        return str(self.row["id"])

    @property
    def state(self) -> str:
        """Where it stands."""
        return str(self.row["state"])


@dataclass(slots=True)
class Attempt:
    """An attempt that runs. `sent` says that a call which may create something was let go."""

    id: str
    number: int
    sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What an attempt changes: the publication's new values, and what the attempt's row keeps.

    `look_again_after` keeps the job for later; None ends it. `verify` asks for a look at the
    published post a minute later.
    """

    outcome: str
    values: Mapping[str, Any]
    error: Mapping[str, Any] | None = None
    look_again_after: timedelta | None = None
    verify: bool = False


def load(connection: Connection, publication_id: str, now: datetime) -> Loaded | None:
    """Read a publication, its account, its files and the attempt that never ended, if any."""
    row = connection.execute(
        select(publications, posts.c.request_id)
        .join(posts, posts.c.id == publications.c.post_id)
        .where(publications.c.id == publication_id)
    ).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    request_id = values.pop("request_id")
    account = by_id(connection, values["account_id"])
    if account is None:
        raise LookupError(values["account_id"])
    ids = [item["mediaId"] for item in values["content"]["media"]]
    media = find_media(connection, values["organization_id"], ids) if ids else {}
    unfinished = last_sending_at = None
    if values["attempt_count"]:
        made = connection.execute(
            select(attempts.c.id, attempts.c.number, attempts.c.sending_at, attempts.c.finished_at)
            .where(attempts.c.publication_id == publication_id)
            .order_by(attempts.c.number)
        ).all()
        sent = [each.sending_at for each in made if each.sending_at]
        last_sending_at = max(sent) if sent else None
        if made[-1].finished_at is None:
            unfinished = dict(made[-1]._mapping)  # noqa: SLF001 - as above
    at = database_now(connection, now)
    return Loaded(values, request_id, account, media, unfinished, last_sending_at, at)


def new_attempt(publication_id: str, number: int, purpose: str, now: datetime) -> dict[str, Any]:
    """The row of an attempt that begins."""
    return {
        "id": new_id("att"),
        "publication_id": publication_id,
        "number": number,
        "purpose": purpose,
        "started_at": now,
        "sending_at": None,
        "finished_at": None,
        "outcome": None,
        "error_code": None,
        "error_message": None,
        "platform_response": None,
        "transcript": [],
    }


def begin_attempt(
    connection: Connection,
    claim: Claim,
    loaded: Loaded,
    purpose: str,
    values: Mapping[str, Any],
) -> Attempt:
    """Write down that an attempt begins; one that a dead worker left open is closed first.

    `values` are what the publication gets with it, such as the plan of a first try.
    """
    now = loaded.now
    hold(connection, claim)
    if loaded.unfinished is not None:
        outcome = "unknown" if loaded.unfinished["sending_at"] else "interrupted"
        connection.execute(
            update(attempts)
            .where(attempts.c.id == loaded.unfinished["id"])
            .values(
                finished_at=now,
                outcome=outcome,
                error_message="The process ended before the attempt did.",
            )
        )
    row = new_attempt(loaded.id, loaded.row["attempt_count"] + 1, purpose, now)
    connection.execute(insert(attempts).values(row))
    connection.execute(
        update(publications)
        .where(publications.c.id == loaded.id)
        .values(attempt_count=row["number"], updated_at=now, **values)
    )
    return Attempt(row["id"], row["number"])


def park(connection: Connection, claim: Claim, loaded: Loaded, wait: timedelta) -> None:
    """Put a publication off whose account is paused; it counts as no try."""
    put_back(connection, claim, wait, loaded.now, count_try=False)
    if loaded.unfinished is not None:
        connection.execute(
            update(attempts)
            .where(attempts.c.id == loaded.unfinished["id"])
            .values(finished_at=loaded.now, outcome="paused")
        )
    connection.execute(
        update(publications)
        .where(publications.c.id == loaded.id)
        .values(state="queued", updated_at=loaded.now)
    )


def mark_sending(
    connection: Connection, publication_id: str, attempt: Attempt, now: datetime
) -> None:
    """Say that a call which may create something comes next.

    From here on only a look-up upstream may tell what became of it.
    """
    connection.execute(update(attempts).where(attempts.c.id == attempt.id).values(sending_at=now))
    connection.execute(
        update(publications)
        .where(publications.c.id == publication_id)
        .values(state="sending", updated_at=now)
    )


def end_attempt(  # noqa: PLR0913 - an attempt's record has these parts
    connection: Connection,
    claim: Claim,
    loaded: Loaded,
    attempt: Attempt | None,
    ending: Ending,
    transcript: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Write down how an attempt ended, with the next job and the event, in one transaction."""
    if ending.look_again_after is None:
        finish(connection, claim)
    else:
        put_back(connection, claim, ending.look_again_after, now)
    if ending.verify:
        later = NewJob(VERIFY_KIND, loaded.id, loaded.account.id, now + VERIFY_AFTER)
        enqueue(connection, [later], now)
    if attempt is not None:
        error = ending.error or {}
        connection.execute(
            update(attempts)
            .where(attempts.c.id == attempt.id)
            .values(
                finished_at=now,
                outcome=ending.outcome,
                error_code=error.get("code"),
                error_message=error.get("message"),
                platform_response=error.get("platformResponse"),
                transcript=list(transcript),
            )
        )
    values = {
        **ending.values,
        "error": dict(ending.error) if ending.error else None,
        "error_code": ending.error["code"] if ending.error else None,
        "updated_at": now,
    }
    if values["state"] in TERMINAL:
        values["event_count"] = loaded.row["event_count"] + 1
        after = {**loaded.row, **values}
        write_events(connection, [terminal_event(after, loaded.request_id, now)], now)
    connection.execute(update(publications).where(publications.c.id == loaded.id).values(values))
