"""Figures for Prometheus, without a key: of the whole installation, and of this process."""

from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from letmepost.api.state import State
from letmepost.jobs.queue import database_now
from letmepost.kit.process_metrics import CONTENT_TYPE_LATEST, process_metrics
from letmepost.posts.figures import Figures, figures
from letmepost.webhooks.backlog import Backlog, backlog

log = structlog.get_logger()

_OURS = ("letmepost_", "process_")


# A registry keeps its collectors in a set, by identity.
@dataclass(frozen=True, slots=True, eq=False)
class _Read(Collector):
    """One scrape: what was read for it from the database, in Prometheus's words."""

    posts: Figures
    webhooks: Backlog

    def collect(self) -> list[Metric]:
        """Every figure; any process of an installation gives the same."""
        posts, webhooks = self.posts, self.webhooks
        gauges: list[Metric] = [
            GaugeMetricFamily(f"letmepost_{name}", words, value=value)
            for name, words, value in (
                ("posts_scheduled", "Posts whose time is ahead.", posts.scheduled),
                ("posts_overdue", "Posts that are due and that no worker has.", posts.overdue),
                (
                    "oldest_overdue_seconds",
                    "How long the oldest of them has been due.",
                    posts.oldest_overdue_seconds,
                ),
                ("posts_in_flight", "Posts in a worker's hands.", posts.in_flight),
                ("posts_waiting", "Posts that a platform works on.", posts.waiting),
                ("posts_unknown", "Posts sent without an answer, to be looked up.", posts.unknown),
                (
                    "webhook_deliveries_pending",
                    "Deliveries to webhook endpoints that are still to be made.",
                    webhooks.pending,
                ),
                (
                    "webhook_deliveries_overdue",
                    "Those that are due, to endpoints that do not fail.",
                    webhooks.overdue,
                ),
                (
                    "webhook_oldest_overdue_seconds",
                    "How long the oldest of them has been due.",
                    webhooks.oldest_overdue_seconds,
                ),
                (
                    "webhook_endpoints_failing",
                    "Webhook endpoints whose last deliveries all failed.",
                    webhooks.endpoints_failing,
                ),
                (
                    "webhook_endpoints_paused",
                    "Webhook endpoints that get nothing until they are resumed.",
                    webhooks.endpoints_paused,
                ),
            )
        ]
        ended = GaugeMetricFamily(
            "letmepost_attempts_last_hour",
            "Attempts of all workers in the last hour, by `purpose` and `outcome`.",
            labels=("purpose", "outcome"),
        )
        for (purpose, outcome), count in sorted(posts.attempts_last_hour.items()):
            ended.add_metric((purpose, outcome), count)
        return [*gauges, ended]


@dataclass(frozen=True, slots=True, eq=False)
class _Answered(Collector):
    """Whether the database answered this scrape."""

    answered: bool

    def collect(self) -> list[Metric]:
        """One for yes."""
        words = "1 where the database answered this scrape; 0 leaves out what is read there."
        return [GaugeMetricFamily("letmepost_database_up", words, value=int(self.answered))]


async def metrics(request: Request) -> Response:
    """The figures of this moment; those of this process also while the database is away."""
    state: State = request.app.state.letmepost
    now = state.clock.now()

    def read(connection: Connection) -> _Read:
        at = database_now(connection, now)
        return _Read(figures(connection, now), backlog(connection, at))

    registry = CollectorRegistry()
    try:
        registry.register(await state.database.read(read))
    except Exception:
        # Whatever the driver raises: what this process counts is wanted most when it does.
        log.exception("metrics.not_read")
        registry.register(_Answered(answered=False))
    else:
        registry.register(_Answered(answered=True))
    return Response(generate_latest(registry) + process_metrics(), media_type=CONTENT_TYPE_LATEST)


def declared_metrics() -> Iterator[tuple[str, str, str]]:
    """Name, kind and words of every figure of ours, for the documentation."""
    read = _Read(Figures(), Backlog())
    for each in (*read.collect(), *_Answered(answered=True).collect(), *REGISTRY.collect()):
        if each.name.startswith(_OURS):
            name = f"{each.name}_total" if each.type == "counter" else each.name
            yield name, each.type, each.documentation
