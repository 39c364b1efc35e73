"""How an organization's posts stand at a glance: how many there are of each kind, and which.

Counts end where nobody counts along any more, so that an overview of many posts is as quick as one
of few.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, ScalarSelect, Select, func, select

from letmepost.posts.queries import Filters, list_publications, visible
from letmepost.posts.show import publication_json, states_of
from letmepost.posts.tables import publications
from letmepost.tenancy.keys import Caller

COUNTED_MAX: Final = 1000
_WENT: Final = ("published",)
_DUE: Final = ("queued",)
_UNDER_WAY: Final = ("publishing",)
_BROKEN: Final = ("failed", "rejected")
Posts = Sequence[Mapping[str, Any]]


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
        return [each for each in self.under_way.posts if each["phase"] == "unknown"]


def standing(
    connection: Connection, caller: Caller, profile_id: str | None, *, since: datetime, shown: int
) -> Standing:
    """What a caller may see of a profile, or of all; of the past, what was asked for since then.

    Raises `not_found` for a profile of somebody else.
    """
    counted = select(
        _count(caller, profile_id, _WENT, since).label("went"),
        _count(caller, profile_id, _DUE).label("due"),
        _count(caller, profile_id, _UNDER_WAY).label("under_way"),
        _count(caller, profile_id, _BROKEN, since).label("broken"),
    )
    counts = connection.execute(counted).one()

    def kind(count: int, statuses: Sequence[str], since: datetime | None = None) -> Kind:
        filters = Filters(profile_id=profile_id, statuses=statuses, created_after=since)
        rows = list_publications(connection, caller, filters, limit=shown, after=None)
        return Kind(count, [publication_json(row) for row in rows])

    return Standing(
        went=kind(counts.went, _WENT, since),
        due=Kind(counts.due, _next_due(connection, caller, profile_id, shown)),
        under_way=kind(counts.under_way, _UNDER_WAY) if counts.under_way else Kind(0, []),
        broken=kind(counts.broken, _BROKEN, since) if counts.broken else Kind(0, []),
    )


def _count(
    caller: Caller, profile_id: str | None, statuses: Sequence[str], since: datetime | None = None
) -> ScalarSelect[int]:
    query = _of(select(publications.c.id), caller, profile_id, statuses)
    if since is not None:
        query = query.where(publications.c.created_at > since)
    few = query.limit(COUNTED_MAX + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def _next_due(connection: Connection, caller: Caller, profile_id: str | None, shown: int) -> Posts:
    query = _of(visible(caller), caller, profile_id, _DUE)
    soonest = query.order_by(publications.c.scheduled_at).limit(shown)
    return [publication_json(dict(row)) for row in connection.execute(soonest).mappings()]


def _of(
    query: Select[Any], caller: Caller, profile_id: str | None, statuses: Sequence[str]
) -> Select[Any]:
    rows = publications.c
    query = query.where(
        rows.organization_id == caller.organization_id, rows.state.in_(states_of(statuses))
    )
    only = profile_id or caller.profile_id
    return query.where(rows.profile_id == only) if only is not None else query
