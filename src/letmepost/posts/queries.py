"""Read posts and publications back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select, union_all

from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.posts.show import attempt_json, batch_json, flat_json, publication_json, states_of
from letmepost.posts.tables import attempts, posts, publications
from letmepost.tenancy.keys import Caller, hidden_profile


def _dict(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


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


def with_accounts() -> Select[Any]:
    """Publications, each with the name of its account."""
    return select(publications, accounts.c.platform_account_id, accounts.c.display_name).join(
        accounts, accounts.c.id == publications.c.account_id
    )


def _visible(caller: Caller) -> Select[Any]:
    query = with_accounts().where(publications.c.organization_id == caller.organization_id)
    if caller.profile_id is not None:
        query = query.where(publications.c.profile_id == caller.profile_id)
    return query


def list_publications(
    connection: Connection,
    caller: Caller,
    filters: Filters,
    *,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[dict[str, Any]]:
    """Publications that the caller may see, newest first, from after a place in that order."""
    if filters.profile_id is not None and not caller.sees(filters.profile_id):
        raise hidden_profile()
    rows = publications.c
    query = _visible(caller)
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
    if after is not None:
        at, publication_id = after
        query = query.where(
            or_(
                rows.created_at < at,
                and_(rows.created_at == at, rows.id < publication_id),
            )
        )
    if filters.statuses:
        query = _in_states(caller, query, states_of(filters.statuses), limit)
    return [_dict(row) for row in connection.execute(_newest_first(query, limit))]


def _in_states(
    caller: Caller, query: Select[Any], states: Sequence[str], limit: int
) -> Select[Any]:
    """Those in one of the states.

    Asked for several at once, a planner walks through all posts to spare a sort.
    """
    rows = publications.c
    first, *others = dict.fromkeys(states)
    if not others:
        return query.where(rows.state == first)
    newest = [
        _newest_first(query.with_only_columns(rows.id).where(rows.state == state), limit)
        for state in (first, *others)
    ]
    ids = union_all(*(select(each.subquery().c.id) for each in newest))
    return _visible(caller).where(rows.id.in_(ids))


def _newest_first(query: Select[Any], limit: int) -> Select[Any]:
    rows = publications.c
    return query.order_by(rows.created_at.desc(), rows.id.desc()).limit(limit)


def read_publication(connection: Connection, caller: Caller, publication_id: str) -> dict[str, Any]:
    """One publication with its attempts; raise `not_found`."""
    row = connection.execute(
        _visible(caller).where(publications.c.id == publication_id)
    ).one_or_none()
    if row is None:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND, message="No post with this id is visible to this key."
        )
    made = connection.execute(
        select(attempts)
        .where(attempts.c.publication_id == publication_id)
        .order_by(attempts.c.number)
    )
    shown = publication_json(_dict(row))
    shown["attempts"] = [attempt_json(_dict(each)) for each in made]
    return shown


@dataclass(frozen=True)
class Answered:
    """A post as the request that made it is answered: the shape, the states, the body."""

    shape: str
    states: Sequence[str]
    body: dict[str, Any]


def read_post(connection: Connection, organization_id: str, post_id: str) -> Answered | None:
    """A post in the shape in which it was asked for."""
    post = connection.execute(
        select(posts).where(posts.c.id == post_id, posts.c.organization_id == organization_id)
    ).one_or_none()
    if post is None:
        return None
    rows = [
        _dict(row)
        for row in connection.execute(
            select(publications)
            .where(publications.c.post_id == post_id)
            .order_by(publications.c.position)
        )
    ]
    return answer_of_rows(_dict(post), rows)


def answer_of_rows(post: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Answered:
    """The answer of a post from its rows."""
    states = [row["state"] for row in rows]
    if post["shape"] == "account":
        return Answered("account", states, flat_json(rows[0]))
    return Answered("targets", states, batch_json(post, rows))


def read_batch(connection: Connection, caller: Caller, post_id: str) -> dict[str, Any]:
    """A post with the results that the caller may see; raise `not_found`."""
    post = connection.execute(
        select(posts).where(
            posts.c.id == post_id, posts.c.organization_id == caller.organization_id
        )
    ).one_or_none()
    rows = []
    if post is not None:
        query = _visible(caller).where(publications.c.post_id == post_id)
        found = connection.execute(query.order_by(publications.c.position))
        rows = [_dict(row) for row in found]
    if post is None or not rows:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND, message="No batch with this id is visible to this key."
        )
    return batch_json(_dict(post), rows)
