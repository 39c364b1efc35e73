"""What an account got lately and will get: the same content twice, and more than a quota takes."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from letmepost.content.draft import Draft
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.posts.tables import publications
from letmepost.preflight.delivery_rules import DUPLICATE_WINDOW_MINUTES, QUOTA_FORECAST
from letmepost.preflight.refuse import found
from letmepost.preflight.run import Finding

_WINDOW = timedelta(minutes=DUPLICATE_WINDOW_MINUTES.value)
_NOT_SENT = ("rejected", "failed", "canceled")
# A forecast warns and refuses nothing, so a count may be this old.
FORECAST_AGE_SECONDS = 10.0
FORECASTS_KEPT = 10_000


def content_sha256(draft: Draft) -> str:
    """What makes two posts on one account the same: text, comment and the bytes of the files."""
    parts = [draft.text, draft.first_comment or ""]
    parts += [f"{item.kind}:{item.facts.sha256 if item.facts else ''}" for item in draft.media]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def same_content(
    connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime
) -> dict[tuple[str, str], str]:
    """Earlier publications of the last minutes with the content of these rows, by its place."""
    if not rows:
        return {}
    at = publications.c
    # By content alone: an index finds it, and other accounts' rows of the same are few.
    earlier = connection.execute(
        select(at.account_id, at.content_sha256, at.id)
        .where(
            at.content_sha256.in_({row["content_sha256"] for row in rows}),
            at.created_at > now - _WINDOW,
            at.state.not_in(_NOT_SENT),
        )
        .order_by(at.created_at)
    )
    return {(row.account_id, row.content_sha256): row.id for row in earlier}


class QuotaForecast:
    """Warns when more posts of an account fall into a window than its platform takes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counts: dict[tuple[str, timedelta, datetime], tuple[float, int]] = {}

    async def warnings(
        self, target: int, account_id: str, platform_name: str, at: datetime
    ) -> list[Finding]:
        """What to say of one more post of this account at this time."""
        platform = platforms()[platform_name]
        findings = []
        for quota in platform.quotas:
            start = _window_start(at, quota.window)
            planned = 1 + await self._planned(account_id, quota.window, start)
            if planned > quota.limit.value:
                findings.append(_finding(target, platform, planned, quota.limit))
        return findings

    async def _planned(self, account_id: str, window: timedelta, start: datetime) -> int:
        key = (account_id, window, start)
        now = self._clock.monotonic()
        known = self._counts.get(key)
        if known is None or now >= known[0]:
            count = await self._database.read(
                lambda connection: _count(connection, account_id, start, start + window)
            )
            if len(self._counts) >= FORECASTS_KEPT:
                self._counts.clear()
            known = (now + FORECAST_AGE_SECONDS, count)
        # This one is planned too, from now on.
        self._counts[key] = (known[0], known[1] + 1)
        return known[1]


def _finding(target: int, platform: Platform, planned: int, limit: Any) -> Finding:  # noqa: ANN401 - a Limit
    return found(
        QUOTA_FORECAST,
        "scheduledAt",
        target=target,
        actual=planned,
        limit=limit.value,
        window=limit.unit.rpartition("per ")[2],
        platform=platform.title,
    )


def _window_start(at: datetime, window: timedelta) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (at - midnight) // window * window


def _count(connection: Connection, account_id: str, start: datetime, end: datetime) -> int:
    counted: int = connection.execute(
        select(func.count())
        .select_from(publications)
        .where(
            publications.c.account_id == account_id,
            publications.c.scheduled_at >= start,
            publications.c.scheduled_at < end,
            publications.c.state.not_in(_NOT_SENT),
        )
    ).scalar_one()
    return counted
