"""Figures for Prometheus, without a key."""

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from letmepost.api.state import State
from letmepost.posts.figures import Figures, figures


class _Collector(Collector):
    """One scrape: figures that were read for it, in Prometheus's words."""

    def __init__(self, read: Figures, leases_lost: int) -> None:
        self._read = read
        self._leases_lost = leases_lost

    def collect(self) -> list[Metric]:
        """Every figure."""
        read = self._read
        gauges: list[Metric] = [
            GaugeMetricFamily(f"letmepost_{name}", words, value=value)
            for name, words, value in (
                ("posts_scheduled", "Posts whose time is ahead.", read.scheduled),
                ("posts_overdue", "Posts that are due and that no worker has.", read.overdue),
                (
                    "oldest_overdue_seconds",
                    "How long the oldest of them has been due.",
                    read.oldest_overdue_seconds,
                ),
                ("posts_in_flight", "Posts in a worker's hands.", read.in_flight),
                ("posts_waiting", "Posts that a platform works on.", read.waiting),
                ("posts_unknown", "Posts sent without an answer, to be looked up.", read.unknown),
            )
        ]
        ended = GaugeMetricFamily(
            "letmepost_attempts_last_hour",
            "Attempts of all workers in the last hour, by how they ended.",
            labels=("purpose", "outcome"),
        )
        for (purpose, outcome), count in sorted(read.attempts_last_hour.items()):
            ended.add_metric((purpose, outcome), count)
        lost = CounterMetricFamily(
            "letmepost_lease_losses",
            "Results of this process that a fence refused.",
            value=self._leases_lost,
        )
        return [*gauges, ended, lost]


async def metrics(request: Request) -> Response:
    """The figures of this moment."""
    state: State = request.app.state.letmepost
    now = state.clock.now()
    read = await state.database.read(lambda connection: figures(connection, now))
    registry = CollectorRegistry()
    registry.register(_Collector(read, state.runner.leases_lost))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
