"""What waits to be delivered to webhook endpoints, and which endpoints fail."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from letmepost.webhooks.tables import is_pending, webhook_deliveries, webhook_endpoints


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts of this moment, without paused endpoints, which are to wait.

    `overdue` are deliveries whose time has come, to endpoints that answered last.
    """

    pending: int = 0
    overdue: int = 0
    oldest_overdue_seconds: float = 0.0
    endpoints_failing: int = 0
    endpoints_paused: int = 0


def backlog(connection: Connection, at: datetime) -> Backlog:
    """Count what is pending, by the partial index of it."""
    deliveries, endpoints = webhook_deliveries.c, webhook_endpoints.c
    # Behind an endpoint that fails, everything waits for the first that it refused.
    is_due = (deliveries.next_attempt_at <= at) & endpoints.failing_since.is_(None)
    pending, overdue, oldest = connection.execute(
        select(
            func.count(),
            func.count().filter(is_due),
            func.min(deliveries.next_attempt_at).filter(is_due),
        )
        .join(webhook_endpoints, endpoints.id == deliveries.endpoint_id)
        .where(is_pending, endpoints.paused_at.is_(None))
    ).one()
    is_paused = endpoints.paused_at.is_not(None)
    failing, paused = connection.execute(
        select(
            func.count().filter(endpoints.failing_since.is_not(None), ~is_paused),
            func.count().filter(is_paused),
        )
    ).one()
    return Backlog(
        pending=pending,
        overdue=overdue,
        oldest_overdue_seconds=(at - oldest).total_seconds() if oldest else 0.0,
        endpoints_failing=failing,
        endpoints_paused=paused,
    )
