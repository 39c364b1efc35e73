"""What an account got lately and will get: the same content twice, and more than a quota takes."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from letmepost.content.draft import Draft
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.kit.shared import Shared
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.posts.tables import publications
from letmepost.preflight.delivery_rules import DUPLICATE_WINDOW_MINUTES, QUOTA_FORECAST
from letmepost.preflight.refuse import found
from letmepost.preflight.run import Finding

_WINDOW = timedelta(minutes=DUPLICATE_WINDOW_MINUTES.value)
_NOT_SENT = ("draft", "rejected", "failed", "canceled")
# A forecast warns and refuses nothing, so a count may be this old.
FORECAST_AGE_SECONDS = 10.0
FORECASTS_KEPT = 10_000
_ROWS = publications.c
# By content alone: an index finds it, and other accounts' rows of the same are few.
_SAME_CONTENT = (
    select(_ROWS.account_id, _ROWS.content_sha256, _ROWS.id)
    .where(
        _ROWS.content_sha256.in_(bindparam("contents", expanding=True)),
        _ROWS.created_at > bindparam("since"),
        _ROWS.state.not_in(_NOT_SENT),
    )
    .order_by(_ROWS.created_at)
)
_PLANNED = (
    select(func.count())
    .select_from(publications)
    .where(
        _ROWS.account_id == bindparam("account_id"),
        _ROWS.scheduled_at >= bindparam("start"),
        _ROWS.scheduled_at < bindparam("end"),
        _ROWS.state.not_in(_NOT_SENT),
    )
)


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
    contents = list({row["content_sha256"] for row in rows})
    earlier = connection.execute(_SAME_CONTENT, {"contents": contents, "since": now - _WINDOW})
    return {(row.account_id, row.content_sha256): row.id for row in earlier}


class Window(NamedTuple):
    """A stretch of time in which an account's posts are counted; `end` is not in it."""

    account_id: str
    start: datetime
    end: datetime


class QuotaForecast:
    """Warns when more posts of an account fall into a window than its platform takes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._counts: dict[Window, tuple[float, int]] = {}
        self._read = Shared(self._count)

    async def warnings(
        self, target: int, account_id: str, platform_name: str, at: datetime
    ) -> list[Finding]:
        """What to say of one more post of this account at this time."""
        platform = platforms()[platform_name]
        findings = []
        for quota in platform.quotas:
            start = _window_start(at, quota.window)
            planned = 1 + await self._planned(Window(account_id, start, start + quota.window))
            if planned > quota.limit.value:
                findings.append(_finding(target, platform, planned, quota.limit))
        return findings

    async def _planned(self, window: Window) -> int:
        known = self._counts.get(window)
        if known is None or self._clock.monotonic() >= known[0]:
            await self._read(window)
        until, count = self._counts.get(window, (0.0, 0))
        # This one is planned too, from now on.
        self._counts[window] = (until, count + 1)
        return count

    async def _count(self, window: Window) -> None:
        count = await self._database.read(lambda connection: _count(connection, window))
        if len(self._counts) >= FORECASTS_KEPT:
            self._counts.clear()
        self._counts[window] = (self._clock.monotonic() + FORECAST_AGE_SECONDS, count)


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


def _count(connection: Connection, window: Window) -> int:
    counted: int = connection.execute(_PLANNED, window._asdict()).scalar_one()
    return counted
