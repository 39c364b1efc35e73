"""What an operator needs to see of the ledger: due, overdue, in flight, waiting, unknown."""

from dataclasses import dataclass
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

    scheduled: int
    overdue: int
    oldest_overdue_seconds: float
    in_flight: int
    waiting: int
    unknown: int
    attempts_last_hour: dict[tuple[str, str], int]


def figures(connection: Connection, now: datetime) -> Figures:
    """Count by index: the figures of jobs are those that no worker has taken."""
    at = database_now(connection, now)
    free = (jobs.c.kind == JOB_KIND) & jobs.c.owner.is_(None)
    overdue, oldest = connection.execute(
        select(func.count(), func.min(jobs.c.due_at)).where(free, jobs.c.due_at <= at)
    ).one()
    scheduled = connection.execute(
        select(func.count()).select_from(jobs).where(free, jobs.c.due_at > at)
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
