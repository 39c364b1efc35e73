"""Queue slots: the weekly times of each profile, and which of them is the next that is free.

What occupies a slot is a queued post of the profile at that very moment, however it came there.
Nothing else is written down, so a slot is free again as soon as its post is canceled or moved.
Whoever takes a slot holds the plan of the profile until the post is written: of two that ask at
once, one waits and then sees what the other has taken.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import islice, takewhile
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, insert, select

from letmepost.posts.slot_times import WEEKDAYS, SlotPlan, SlotTime
from letmepost.posts.tables import publications, slot_plans
from letmepost.preflight.queue_rules import SLOTS_TAKEN, SLOTS_UNSET
from letmepost.preflight.refuse import refuse
from letmepost.preflight.request_rules import SCHEDULE_AHEAD_SECONDS, SCHEDULE_HORIZON_YEARS
from letmepost.tenancy.tables import profiles

# As many slots as are looked up with one query.
_AT_A_TIME = 64


def read_plan(connection: Connection, profile_id: str) -> SlotPlan | None:
    """The plan of a profile; None where it was never given one."""
    row = connection.execute(
        select(slot_plans).where(slot_plans.c.profile_id == profile_id)
    ).one_or_none()
    if row is None:
        return None
    times = [
        SlotTime(WEEKDAYS.index(each["weekday"]), time.fromisoformat(each["time"]))
        for each in row.times
    ]
    return SlotPlan(ZoneInfo(row.time_zone), times)


def write_plan(connection: Connection, profile_id: str, plan: SlotPlan, now: datetime) -> None:
    """Give a profile another plan; posts that are queued already keep their times."""
    _hold(connection, [profile_id])
    connection.execute(delete(slot_plans).where(slot_plans.c.profile_id == profile_id))
    connection.execute(
        insert(slot_plans).values(
            profile_id=profile_id,
            time_zone=plan.zone.key,
            times=[
                {"weekday": WEEKDAYS[each.weekday], "time": f"{each.at:%H:%M}"}
                for each in sorted(set(plan.times))
            ],
            updated_at=now,
        )
    )


def free_slots(
    connection: Connection,
    profile_id: str,
    plan: SlotPlan,
    now: datetime,
    *,
    for_post: str | None = None,
) -> Iterator[datetime]:
    """The slots ahead that no queued post occupies, as far as posts may be scheduled.

    Of `for_post`, the publication that is to get one, it does not matter where it is now.
    """
    earliest = now + timedelta(seconds=SCHEDULE_AHEAD_SECONDS.value)
    latest = now + timedelta(days=366 * SCHEDULE_HORIZON_YEARS.value)
    ahead = takewhile(lambda moment: moment <= latest, plan.moments(earliest))
    while moments := list(islice(ahead, _AT_A_TIME)):
        occupied = _occupied(connection, profile_id, moments, for_post)
        yield from (each for each in moments if each not in occupied)


def next_slot(
    connection: Connection,
    profile_id: str,
    now: datetime,
    *,
    besides: Collection[datetime] = (),
    for_post: str | None = None,
) -> datetime:
    """The next free slot that is none of `besides`; raise a conflict where there is none."""
    plan = read_plan(connection, profile_id)
    if plan is None or not plan.times:
        raise refuse(SLOTS_UNSET, conflict=True, actual=profile_id)
    for moment in free_slots(connection, profile_id, plan, now, for_post=for_post):
        if moment not in besides:
            return moment
    years = SCHEDULE_HORIZON_YEARS.value
    raise refuse(SLOTS_TAKEN, conflict=True, actual=profile_id, limit=years)


class SlotBook:
    """Gives out slots in one transaction, each once; it holds the plans of their profiles."""

    def __init__(self, connection: Connection, profile_ids: Collection[str], now: datetime) -> None:
        self._connection = connection
        self._now = now
        self._given: set[tuple[str, datetime]] = set()
        _hold(connection, profile_ids)

    def take(
        self, profile_ids: Collection[str], for_post: str | None = None
    ) -> Mapping[str, datetime]:
        """A slot of each of these profiles, for one post; raise a conflict where there is none."""
        taken = {
            each: next_slot(
                self._connection,
                each,
                self._now,
                besides={moment for profile, moment in self._given if profile == each},
                for_post=for_post,
            )
            for each in sorted(set(profile_ids))
        }
        self._given.update(taken.items())
        return taken


def _hold(connection: Connection, profile_ids: Collection[str]) -> None:
    """Let nobody else take slots of these profiles until the transaction ends.

    The profile is held and not its plan, which may be about to be made. On SQLite there is one
    writer at a time.
    """
    if profile_ids:
        connection.execute(
            select(profiles.c.id)
            .where(profiles.c.id.in_(profile_ids))
            .order_by(profiles.c.id)
            .with_for_update(key_share=True)
        ).all()


def _occupied(
    connection: Connection, profile_id: str, moments: Sequence[datetime], for_post: str | None
) -> set[Any]:
    at = publications.c
    query = select(at.scheduled_at).where(
        at.state == "queued", at.scheduled_at.in_(moments), at.profile_id == profile_id
    )
    if for_post is not None:
        query = query.where(at.id != for_post)
    return set(connection.execute(query).scalars())
