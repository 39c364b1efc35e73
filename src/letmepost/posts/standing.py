"""How an organization's posts stand at a glance: how many there are of each kind, and which.

Counts end where nobody counts along any more, so that an overview of many posts is as quick as one
of few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Integer,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    func,
    select,
    union_all,
)

from letmepost.posts.brief import BRIEF
from letmepost.posts.show import states_of
from letmepost.posts.tables import publications
from letmepost.tenancy.keys import Caller, hidden_profile

COUNTED_MAX: Final = 1000
_WENT: Final = ("published",)
_DUE: Final = ("queued",)
_UNDER_WAY: Final = ("publishing",)
_BROKEN: Final = ("failed", "rejected")
Posts = Sequence[Row[Any]]


@dataclass(frozen=True)
class Kind:
    """How many posts are of a kind, up to one more than `COUNTED_MAX`, and the first of them."""

    count: int
    posts: Posts


@dataclass(frozen=True)
class Standing:
    """The newest that went out or did not, the ones due next, and those without an answer."""

    went: Kind
    due: Kind
    under_way: Kind
    broken: Kind

    @property
    def unknown(self) -> Posts:
        """Those under way of which nobody knows whether the platform has them."""
        return [each for each in self.under_way.posts if each.state == "unknown"]


def standing(
    connection: Connection, caller: Caller, profile_id: str | None, *, since: datetime, shown: int
) -> Standing:
    """What a caller may see of a profile, or of all; of the past, what was asked for since then.

    Raises `not_found` for a profile of somebody else.
    """
    if profile_id is not None and not caller.sees(profile_id):
        raise hidden_profile()
    only = profile_id or caller.profile_id
    given = {"organization": caller.organization_id, "since": since, "shown": shown}
    if only is not None:
        given["profile"] = only
    made = _statements(of_profile=only is not None)
    counts = connection.execute(made.counts, given).one()._mapping  # noqa: SLF001 - public name

    def kind(name: str) -> Kind:
        if not counts[name]:
            return Kind(0, [])
        return Kind(counts[name], connection.execute(made.lists[name], given).all())

    return Standing(kind("went"), kind("due"), kind("under_way"), kind("broken"))


@dataclass(frozen=True)
class _Statements:
    counts: Select[Any]
    lists: Mapping[str, Select[Any]]


@cache
def _statements(*, of_profile: bool) -> _Statements:
    """Built once: that would take longer than what they ask a database for."""
    rows = publications.c

    def ids(state: str, *, recent: bool) -> Select[Any]:
        query = select(rows.id).where(
            rows.organization_id == bindparam("organization"), rows.state == state
        )
        if of_profile:
            query = query.where(rows.profile_id == bindparam("profile"))
        return query.where(rows.created_at > bindparam("since")) if recent else query

    def count(states: Sequence[str], *, recent: bool) -> ScalarSelect[int]:
        few = union_all(
            *(
                select(ids(each, recent=recent).limit(COUNTED_MAX + 1).subquery().c.id)
                for each in states
            )
        ).limit(COUNTED_MAX + 1)
        return select(func.count()).select_from(few.subquery()).scalar_subquery()

    def listed(states: Sequence[str], *, recent: bool, by_time: bool) -> Select[Any]:
        order = (
            (rows.scheduled_at, rows.id) if by_time else (rows.created_at.desc(), rows.id.desc())
        )
        shown = bindparam("shown", type_=Integer)
        first = [ids(each, recent=recent).order_by(*order).limit(shown) for each in states]
        found = union_all(*(select(each.subquery().c.id) for each in first))
        brief = BRIEF.add_columns(rows.error, rows.published_at)
        return brief.where(rows.id.in_(found)).order_by(*order).limit(shown)

    kinds = {
        "went": (_WENT, True),
        "due": (_DUE, False),
        "under_way": (_UNDER_WAY, False),
        "broken": (_BROKEN, True),
    }
    counts: list[Any] = [
        count(states_of(statuses), recent=recent).label(name)
        for name, (statuses, recent) in kinds.items()
    ]
    return _Statements(
        select(*counts),
        {
            name: listed(states_of(statuses), recent=recent, by_time=name == "due")
            for name, (statuses, recent) in kinds.items()
        },
    )
