"""Claim jobs that are due: the longest due first, and none that others must wait behind."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Row, Select, bindparam, select, update

from letmepost.jobs.crowding import Crowding, covers, is_prefix, prefix_of
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import KIND, Claim, database_now
from letmepost.jobs.tables import jobs
from letmepost.kit.database import EPOCH

# Made once: to make a statement takes as long as to run it.
_CLAIM = (
    update(jobs)
    .where(jobs.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        owner=bindparam("new_owner"),
        due_at=bindparam("until"),
        fence=jobs.c.fence + 1,
        tries=jobs.c.tries + 1,
    )
    .returning(jobs.c.id, jobs.c.kind, jobs.c.key, jobs.c.lane, jobs.c.fence, jobs.c.tries)
)


DueRow = Row[str, str | None, str, datetime]


@dataclass(frozen=True, slots=True)
class Room:
    """How many jobs a worker has room for, and what it is full of already.

    `running_lanes` have jobs in hand: others come first. `full_lanes` and `full_groups` take no
    more, and every other lane takes at most `lane_room`.
    """

    jobs: int
    lane_room: int | None = None
    running_lanes: Sequence[str] = ()
    full_lanes: Sequence[str] = ()
    full_groups: Sequence[str] = ()


def claim_due(  # noqa: PLR0913 - who claims what, by which clock
    connection: Connection,
    kinds: Sequence[str],
    owner: str,
    room: Room,
    lease: Lease,
    now: datetime,
    crowding: Crowding | None = None,
) -> list[Claim]:
    """Take jobs that are due, the longest due first; at most one worker gets each.

    Lanes with nothing in hand go first, so a long backlog of some does not keep others waiting.
    With the `crowding` of earlier claims, that backlog is not read again.
    """
    at, crowding = database_now(connection, now), crowding or Crowding()
    full = frozenset([*room.full_lanes, *map(prefix_of, room.full_groups)])
    running = frozenset(each for each in room.running_lanes if not covers(full, each))
    looks = [_look(connection, kinds, at, room.jobs, full | running, crowding)]
    found = looks[0].found
    if running and len(found) < room.jobs:
        looks.append(_look(connection, kinds, at, room.jobs, full, crowding))
        taken = {row.id for row in found}
        found = found + [row for row in looks[1].found if row.id not in taken]
    found, left = _within(found, room)
    for look in looks:
        if len(look.found) < room.jobs:
            crowding.note(look.without, look.began_at, at, left)
    return _claimed(connection, found, owner, at + lease.length)


@dataclass(frozen=True, slots=True)
class _Look:
    """As many as there is room for of what is due, outside some lanes and groups.

    Of what was due at `began_at`, it was known already that nothing is left.
    """

    found: list[DueRow]
    without: frozenset[str]
    began_at: datetime | None


def _look(  # noqa: PLR0913 - what is due, how much of it, and what is left out
    connection: Connection,
    kinds: Sequence[str],
    at: datetime,
    limit: int,
    without: frozenset[str],
    crowding: Crowding,
) -> _Look:
    began_at = crowding.begins_at(without)
    prefixes = tuple(sorted(each for each in without if is_prefix(each)))
    sought = {
        "kinds": kinds,
        "after": began_at or EPOCH,
        "at": at,
        # No lane is called nothing, and of no names at all SQLAlchemy makes a subquery.
        "lanes": ["", *without.difference(prefixes)],
        "most": limit,
    }
    return _Look(list(connection.execute(_due(prefixes), sought)), without, began_at)


@cache
def _due(without_prefixes: tuple[str, ...]) -> Select[str, str | None, str, datetime]:
    due = (
        select(jobs.c.id, jobs.c.owner, jobs.c.lane, jobs.c.due_at)
        .where(
            jobs.c.due_at > bindparam("after"),
            jobs.c.due_at <= bindparam("at"),
            KIND.in_(bindparam("kinds", expanding=True)),
            jobs.c.lane.not_in(bindparam("lanes", expanding=True)),
        )
        .order_by(jobs.c.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    for prefix in without_prefixes:
        due = due.where(~jobs.c.lane.startswith(prefix, autoescape=True))
    return due


def _within(found: Sequence[DueRow], room: Room) -> tuple[list[DueRow], set[str]]:
    """As many as there is room for, in all and in each lane, and the lanes of the others."""
    taken: Counter[str] = Counter()
    kept: list[DueRow] = []
    left: set[str] = set()
    most = room.jobs if room.lane_room is None else room.lane_room
    for row in found:
        if len(kept) < room.jobs and taken[row.lane] < most:
            taken[row.lane] += 1
            kept.append(row)
        else:
            left.add(row.lane)
    return kept, left


def _claimed(
    connection: Connection, found: Sequence[DueRow], owner: str, until: datetime
) -> list[Claim]:
    if not found:
        return []
    due_at = {row.id: row.due_at for row in found}
    left_behind = {row.id for row in found if row.owner is not None}
    claimed = connection.execute(
        _CLAIM, {"ids": [row.id for row in found], "new_owner": owner, "until": until}
    )
    return [
        Claim(
            id=row.id,
            kind=row.kind,
            key=row.key,
            lane=row.lane,
            fence=row.fence,
            tries=row.tries,
            due_at=due_at[row.id],
            leased_until=until,
            taken_over=row.id in left_behind,
        )
        for row in claimed
    ]
