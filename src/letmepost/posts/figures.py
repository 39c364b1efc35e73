"""What an operator needs to see of the ledger: due, overdue, in flight, waiting, unknown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from letmepost.jobs.queue import database_now
from letmepost.jobs.tables import jobs
from letmepost.posts.ledger import JOB_KIND
from letmepost.posts.tables import attempts, publications

IN_FLIGHT = ("claimed", "sending")
LOOKED_BACK = timedelta(hours=1)
COUNTED = (*IN_FLIGHT, "waiting", "unknown")


@dataclass(frozen=True)
class Figures:
    """Counts of this moment; `oldest_overdue_seconds` is 0 when nothing is overdue."""

    scheduled: int = 0
    overdue: int = 0
    oldest_overdue_seconds: float = 0.0
    in_flight: int = 0
    waiting: int = 0
    unknown: int = 0
    attempts_last_hour: Mapping[tuple[str, str], int] = field(default_factory=dict)


def figures(connection: Connection, now: datetime) -> Figures:
    """Count by index: the figures of jobs are those that no worker has in hand."""
    at = database_now(connection, now)
    ours = jobs.c.kind == JOB_KIND
    # A job in living hands is due at the end of its lease, so one that is due is nobody's.
    overdue, oldest = connection.execute(
        select(func.count(), func.min(jobs.c.due_at)).where(ours, jobs.c.due_at <= at)
    ).one()
    scheduled = connection.execute(
        select(func.count())
        .select_from(jobs)
        .where(ours, jobs.c.owner.is_(None), jobs.c.due_at > at)
    ).scalar_one()
    by_state: dict[str, int] = {
        row[0]: row[1]
        for row in connection.execute(
            select(publications.c.state, func.count())
            .where(publications.c.state.in_(COUNTED))
            .group_by(publications.c.state)
        )
    }
    ended = connection.execute(
        select(attempts.c.purpose, attempts.c.outcome, func.count())
        .where(attempts.c.finished_at > at - LOOKED_BACK)
        .group_by(attempts.c.purpose, attempts.c.outcome)
    )
    return Figures(
        scheduled=scheduled,
        overdue=overdue,
        oldest_overdue_seconds=(at - oldest).total_seconds() if oldest else 0.0,
        in_flight=sum(by_state.get(state, 0) for state in IN_FLIGHT),
        waiting=by_state.get("waiting", 0),
        unknown=by_state.get("unknown", 0),
        attempts_last_hour={(row[0], row[1]): row[2] for row in ended},
    )
