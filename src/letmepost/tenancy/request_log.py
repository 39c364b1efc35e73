"""The log of requests: what was asked of the API, by whom, and how it ended.

A request is noted in memory, and a group of them is written once a second: no request waits for
the log, and a crash forgets the last second of it. Neither bodies nor headers are noted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import Connection, Row, Select, delete, insert, select

from letmepost.kit.database import Database
from letmepost.tenancy.tables import api_keys, members, organizations, request_log

log = structlog.get_logger()

WRITTEN_EVERY_SECONDS: Final = 1.0
# While the database takes nothing, no more than these wait for it.
WAITING_MAX: Final = 20_000
KEPT_MAX: Final = 100_000
BATCH: Final = 2_000


class Noted(NamedTuple):
    """One request that was answered. `key_id` is that of a key, or of a member on a page."""

    organization_id: str
    at: datetime
    request_id: str
    method: str
    route: str
    status: int
    error_code: str | None
    duration_ms: float
    key_id: str
    profile_id: str | None
    post_id: str | None


class RequestLog:
    """What a process notes of its requests until it is written."""

    def __init__(self, database: Database, *, on: bool) -> None:
        self._database = database
        self._on = on
        self._waiting: list[Noted] = []
        self._lost = 0

    def note(self, noted: Noted) -> None:
        """Note a request that was answered."""
        if not self._on:
            return
        if len(self._waiting) < WAITING_MAX:
            self._waiting.append(noted)
        else:
            self._lost += 1

    async def write(self) -> None:
        """Write what was noted; what cannot be written waits for the next time."""
        waiting, self._waiting = self._waiting, []
        if self._lost:
            log.warning("request_log.lost", count=self._lost)
            self._lost = 0
        if not waiting:
            return
        try:
            rows = [each._asdict() for each in waiting]
            await self._database.write(
                lambda connection: connection.execute(insert(request_log), rows)
            )
        except Exception:
            self._waiting = [*waiting, *self._waiting][:WAITING_MAX]
            raise


@dataclass(frozen=True, kw_only=True)
class RequestFilters:
    """What a list of requests is narrowed to; every field is optional.

    `statuses` are the first and the last status of a class.
    """

    request_id: str | None = None
    statuses: tuple[int, int] | None = None
    method: str | None = None
    key_id: str | None = None


def _named(organization_id: str) -> Select[Any]:
    """Requests of an organization with what their keys and members are called."""
    rows = request_log.c
    return (
        select(
            request_log,
            api_keys.c.name.label("key_name"),
            api_keys.c.prefix.label("key_prefix"),
            api_keys.c.last4.label("key_last4"),
            members.c.email.label("member_email"),
        )
        .outerjoin(api_keys, api_keys.c.id == rows.key_id)
        .outerjoin(members, members.c.id == rows.key_id)
        .where(rows.organization_id == organization_id)
    )


def list_requests(
    connection: Connection,
    organization_id: str,
    filters: RequestFilters,
    *,
    limit: int,
    before: int | None,
) -> list[Row[Any]]:
    """Requests of an organization, newest first, from before a place in the log."""
    rows = request_log.c
    query = _named(organization_id)
    if filters.request_id is not None:
        query = query.where(rows.request_id == filters.request_id)
    if filters.statuses is not None:
        query = query.where(rows.status.between(*filters.statuses))
    if filters.method is not None:
        query = query.where(rows.method == filters.method)
    if filters.key_id is not None:
        query = query.where(rows.key_id == filters.key_id)
    if before is not None:
        query = query.where(rows.id < before)
    return list(connection.execute(query.order_by(rows.id.desc()).limit(limit)))


def keys_of(connection: Connection, organization_id: str, most: int) -> list[Row[Any]]:
    """The keys of an organization, the newest first, by which its requests can be chosen."""
    at = api_keys.c
    return list(
        connection.execute(
            select(at.id, at.name, at.prefix, at.last4, at.revoked_at)
            .where(at.organization_id == organization_id)
            .order_by(at.created_at.desc(), at.id.desc())
            .limit(most)
        )
    )


async def forget_requests(
    database: Database, now: datetime, keep: timedelta, kept_max: int = KEPT_MAX
) -> None:
    """Delete what is past its time, and what an organization has too much of, in batches."""
    while await database.write(lambda each: _forget_old(each, now - keep)) == BATCH:
        pass
    found = await database.read(lambda each: each.execute(select(organizations.c.id)).all())
    for (organization_id,) in found:
        surplus = partial(_forget_surplus, organization_id=organization_id, kept_max=kept_max)
        while await database.write(surplus) == BATCH:
            pass


def _forget_old(connection: Connection, before: datetime) -> int:
    rows = request_log.c
    # The log grows in the order of time, so its first rows tell whether any is old.
    first = connection.execute(select(rows.id, rows.at).order_by(rows.id).limit(BATCH))
    return _delete(connection, [row.id for row in first if row.at <= before])


def _forget_surplus(connection: Connection, organization_id: str, kept_max: int) -> int:
    rows = request_log.c
    surplus = (
        select(rows.id)
        .where(rows.organization_id == organization_id)
        .order_by(rows.id.desc())
        .offset(kept_max)
        .limit(BATCH)
    )
    return _delete(connection, connection.execute(surplus).scalars().all())


def _delete(connection: Connection, ids: Sequence[int]) -> int:
    if ids:
        connection.execute(delete(request_log).where(request_log.c.id.in_(ids)))
    return len(ids)
