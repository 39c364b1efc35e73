"""The days of a calendar: whatever goes out, went out or failed on each, in a time zone.

The time of a publication is the one that it is scheduled for, or else that at which it was asked
for. An index has them in this order, so that a day costs what it shows, however many others are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CompoundSelect,
    Connection,
    Integer,
    Select,
    bindparam,
    literal_column,
    select,
    union_all,
)

from letmepost.posts.tables import publications, time_of_post
from letmepost.tenancy.keys import Caller, hidden_profile

# As much of a publication as is read.
Read = TypeVar("Read")
# What is not shown of a day is not counted further than this.
COUNTED_MAX = 20
# What nobody waits for, nobody can see, or has no time yet.
# Written out in the statement: bound, each would be put into it anew for each day.
_IS_SHOWN = publications.c.state.not_in(
    [literal_column(f"'{state}'") for state in ("canceled", "deleted", "draft")]
)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a time zone; `end` is not in it. Where clocks change, it has 23 or 25 hours."""

    date: date
    start: datetime
    end: datetime

    @property
    def bounds(self) -> tuple[tuple[str, datetime], tuple[str, datetime]]:
        """Its two ends by name."""
        return ("start", self.start), ("end", self.end)


@dataclass(frozen=True, slots=True)
class FilledDay(Generic[Read]):
    """A day with its first publications by time, and how many follow, counted up to a limit."""

    day: Day
    publications: Sequence[Read]
    more: int


@lru_cache(maxsize=64)
def days_of(first: date, count: int, zone: ZoneInfo) -> Sequence[Day]:
    """So many days of a time zone from the first on; each ends where the next one begins."""
    starts = [_midnight(first + _DAY * number, zone) for number in range(count + 1)]
    return [
        Day(first + _DAY * number, start, end)
        for number, (start, end) in enumerate(pairwise(starts))
    ]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment at which a day begins, in UTC; where midnight is skipped, that after the gap."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def read_days(  # noqa: PLR0913 - what of them, and how it is read
    connection: Connection,
    caller: Caller,
    days: Sequence[Day],
    read: Callable[[Connection, Sequence[str]], Mapping[str, Read]],
    *,
    profile_id: str | None,
    shown: int,
    counted: int = COUNTED_MAX,
) -> list[FilledDay[Read]]:
    """The publications of each day that the caller may see, less those that are not shown.

    `read` reads publications by their ids, as much of each as is needed. `counted` is how far
    those are counted that follow the `shown`.
    """
    if profile_id is not None and not caller.sees(profile_id):
        raise hidden_profile()
    only = profile_id or caller.profile_id
    bounds = {f"{name}_{number}": at for number, day in enumerate(days) for name, at in day.bounds}
    asked = {
        **bounds,
        "organization_id": caller.organization_id,
        "most": shown + counted,
        **({} if only is None else {"profile_id": only}),
    }
    found: list[list[str]] = [[] for _ in days]
    statement = _statement(len(days), of_profile=only is not None)
    # Fetched at once: one by one, a thousand rows take as long as the rest of the page.
    for number, publication_id in connection.execute(statement, asked).all():
        found[number].append(publication_id)
    first = [publication_id for ids in found for publication_id in ids[:shown]]
    rows = read(connection, first)
    return [
        FilledDay(day, [rows[each] for each in ids[:shown]], max(0, len(ids) - shown))
        for day, ids in zip(days, found, strict=True)
    ]


# Made once: to put together the parts for a month takes longer than to read it.
@cache
def _statement(days: int, *, of_profile: bool) -> CompoundSelect[Any]:
    return union_all(*(_of_day(number, of_profile=of_profile) for number in range(days)))


def _of_day(number: int, *, of_profile: bool) -> Select[Any]:
    rows = publications.c
    query = select(
        literal_column(str(number)).label("day"), rows.id, time_of_post.label("at")
    ).where(
        rows.organization_id == bindparam("organization_id"),
        time_of_post >= bindparam(f"start_{number}"),
        time_of_post < bindparam(f"end_{number}"),
        _IS_SHOWN,
    )
    if of_profile:
        query = query.where(rows.profile_id == bindparam("profile_id"))
    # SQLite takes an order and a limit in a part of a union only where it stands in brackets.
    first = query.order_by(time_of_post, rows.id).limit(bindparam("most", type_=Integer)).subquery()
    return select(first.c.day, first.c.id)
