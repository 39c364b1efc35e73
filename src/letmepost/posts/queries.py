"""Read posts and publications back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    or_,
    select,
    union_all,
)

from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.row_dicts import row_dict, row_dicts
from letmepost.posts.show import attempt_json, batch_json, flat_json, publication_json, states_of
from letmepost.posts.tables import attempts, posts, publications, time_of_post
from letmepost.tenancy.keys import Caller, hidden_profile


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list of publications is narrowed to; every field is optional."""

    profile_id: str | None = None
    platforms: Sequence[str] = ()
    statuses: Sequence[str] = ()
    error_codes: Sequence[str] = ()
    contains: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    time_from: datetime | None = None
    time_before: datetime | None = None

    @property
    def by_time(self) -> bool:
        """Whether the list is in the order of times at which posts go out."""
        return self.time_from is not None or self.time_before is not None


WITH_ACCOUNT = select(publications, accounts.c.platform_account_id, accounts.c.display_name).join(
    accounts, accounts.c.id == publications.c.account_id
)
_ONE = WITH_ACCOUNT.where(
    publications.c.organization_id == bindparam("organization_id"),
    publications.c.id == bindparam("id"),
)
_ATTEMPTS = (
    select(attempts).where(attempts.c.publication_id == bindparam("id")).order_by(attempts.c.number)
)
_POST = select(posts).where(
    posts.c.id == bindparam("id"), posts.c.organization_id == bindparam("organization_id")
)
_OF_POST = (
    select(publications)
    .where(publications.c.post_id == bindparam("id"))
    .order_by(publications.c.position)
)


def _visible(caller: Caller) -> Select[Any]:
    """Publications that the caller may see, with what their accounts are called."""
    query = WITH_ACCOUNT.where(publications.c.organization_id == caller.organization_id)
    if caller.profile_id is not None:
        query = query.where(publications.c.profile_id == caller.profile_id)
    return query


def _narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    rows = publications.c
    if filters.profile_id is not None:
        query = query.where(rows.profile_id == filters.profile_id)
    if filters.platforms:
        query = query.where(rows.platform.in_(filters.platforms))
    if filters.error_codes:
        query = query.where(rows.error_code.in_(filters.error_codes))
    if filters.contains is not None:
        query = query.where(rows.text.icontains(filters.contains, autoescape=True))
    if filters.created_after is not None:
        query = query.where(rows.created_at > filters.created_after)
    if filters.created_before is not None:
        query = query.where(rows.created_at < filters.created_before)
    if filters.time_from is not None:
        query = query.where(time_of_post >= filters.time_from)
    if filters.time_before is not None:
        query = query.where(time_of_post < filters.time_before)
    return query


def list_publications(
    connection: Connection,
    caller: Caller,
    filters: Filters,
    *,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[dict[str, Any]]:
    """Publications that the caller may see, newest first, from after a place in that order.

    The order is that of their making; of times to go out, where the list is narrowed to these.
    """
    if filters.profile_id is not None and not caller.sees(filters.profile_id):
        raise hidden_profile()
    rows = publications.c
    query = _narrowed(_visible(caller), filters)
    order = time_of_post if filters.by_time else rows.created_at
    if after is not None:
        at, publication_id = after
        query = query.where(or_(order < at, and_(order == at, rows.id < publication_id)))
    if filters.statuses:
        query = _in_states(caller, query, states_of(filters.statuses), order, limit)
    return row_dicts(connection.execute(_newest_first(query, order, limit)))


def _in_states(
    caller: Caller,
    query: Select[Any],
    states: Sequence[str],
    order: ColumnElement[datetime],
    limit: int,
) -> Select[Any]:
    """Those in one of the states.

    Asked for several at once, a planner walks through all posts to spare a sort.
    """
    rows = publications.c
    first, *others = dict.fromkeys(states)
    if not others:
        return query.where(rows.state == first)
    newest = [
        _newest_first(query.with_only_columns(rows.id).where(rows.state == state), order, limit)
        for state in (first, *others)
    ]
    ids = union_all(*(select(each.subquery().c.id) for each in newest))
    return _visible(caller).where(rows.id.in_(ids))


def _newest_first(query: Select[Any], order: ColumnElement[datetime], limit: int) -> Select[Any]:
    return query.order_by(order.desc(), publications.c.id.desc()).limit(limit)


def time_place(row: Mapping[str, Any]) -> tuple[datetime, str]:
    """The place of a publication in the order of times at which posts go out."""
    return row["scheduled_at"] or row["created_at"], row["id"]


def publications_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """These publications, by id; whoever names them has seen to it that they may be seen.

    With the organization as a condition too, SQLite reads all that it has.
    """
    query = WITH_ACCOUNT.where(publications.c.id.in_(ids))
    return {row["id"]: row for row in row_dicts(connection.execute(query))}


def read_publication(connection: Connection, caller: Caller, publication_id: str) -> dict[str, Any]:
    """One publication with its attempts; raise `not_found`."""
    row = row_dict(
        connection.execute(_ONE, {"organization_id": caller.organization_id, "id": publication_id})
    )
    if row is None or not caller.sees(row["profile_id"]):
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND, message="No post with this id is visible to this key."
        )
    shown = publication_json(row)
    shown["attempts"] = []
    if row["attempt_count"]:
        made = row_dicts(connection.execute(_ATTEMPTS, {"id": publication_id}))
        shown["attempts"] = [attempt_json(each) for each in made]
    return shown


@dataclass(frozen=True)
class Answered:
    """A post as the request that made it is answered: the shape, the states, the body."""

    shape: str
    states: Sequence[str]
    body: dict[str, Any]


def read_post(connection: Connection, organization_id: str, post_id: str) -> Answered | None:
    """A post in the shape in which it was asked for."""
    post = row_dict(connection.execute(_POST, {"organization_id": organization_id, "id": post_id}))
    if post is None:
        return None
    rows = row_dicts(connection.execute(_OF_POST, {"id": post_id}))
    return answer_of_rows(post, rows)


def answer_of_rows(post: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Answered:
    """The answer of a post from its rows."""
    states = [row["state"] for row in rows]
    if post["shape"] == "account":
        return Answered("account", states, flat_json(rows[0]))
    return Answered("targets", states, batch_json(post, rows))


def read_batch(connection: Connection, caller: Caller, post_id: str) -> dict[str, Any]:
    """A post with the results that the caller may see; raise `not_found`."""
    post = row_dict(
        connection.execute(_POST, {"organization_id": caller.organization_id, "id": post_id})
    )
    rows = []
    if post is not None:
        query = _visible(caller).where(publications.c.post_id == post_id)
        found = connection.execute(query.order_by(publications.c.position))
        rows = row_dicts(found)
    if post is None or not rows:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND, message="No batch with this id is visible to this key."
        )
    return batch_json(post, rows)
