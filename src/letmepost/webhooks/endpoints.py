"""Webhook endpoints: made, read, changed, deleted, and given another secret."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import Connection, Select, and_, delete, insert, or_, select, update

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.crypto import Keyring
from letmepost.kit.ids import new_id
from letmepost.kit.row_dicts import row_dict, row_dicts
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import PROFILE_UNKNOWN
from letmepost.preflight.webhook_rules import WEBHOOK_EVENTS_UNKNOWN
from letmepost.tenancy.audit import Actor, AuditAction, record
from letmepost.tenancy.keys import Caller, hidden_profile
from letmepost.tenancy.tables import profiles
from letmepost.webhooks.event_types import EVENT_TYPES
from letmepost.webhooks.queueing import add_job, remove_job, wake
from letmepost.webhooks.sealed_secret import seal_secret
from letmepost.webhooks.secret import draw_secret
from letmepost.webhooks.tables import webhook_endpoints

# How long deliveries are signed with the secret before the present one too.
OLD_SECRET_LASTS: Final = timedelta(hours=24)
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Makes the secrets of endpoints, and seals them."""

    keyring: Keyring
    random_bytes: Callable[[int], bytes]

    def new(self, endpoint_id: str) -> tuple[str, str]:
        """A secret, and the envelope of it that its endpoint's row keeps."""
        secret = draw_secret(self.random_bytes)
        return secret, seal_secret(self.keyring, endpoint_id, secret)


def wanted_types(names: Sequence[str]) -> list[str]:
    """The types that an endpoint asks for, each once; raise where one is unknown."""
    for each in names:
        if each not in EVENT_TYPES:
            raise refuse(WEBHOOK_EVENTS_UNKNOWN, actual=each[:80])
    return list(dict.fromkeys(names))


def create_endpoint(  # noqa: PLR0913 - an endpoint has these parts
    connection: Connection,
    caller: Caller,
    secrets: Secrets,
    *,
    url: str,
    types: Sequence[str],
    description: str | None,
    profile_id: str | None,
    by: Actor,
    now: datetime,
) -> tuple[Row, str]:
    """Make an endpoint with its job; its row, and its secret, which nobody can read again.

    A key that is pinned to a profile makes endpoints of that profile.
    """
    profile_id = profile_id or caller.profile_id
    if profile_id is not None:
        _refuse_profile(connection, caller, profile_id)
    endpoint_id = new_id("whe")
    secret, sealed = secrets.new(endpoint_id)
    row = {
        "id": endpoint_id,
        "organization_id": caller.organization_id,
        "profile_id": profile_id,
        "url": url,
        "events": wanted_types(types),
        "description": description,
        "secret": sealed,
        "previous_secret": None,
        "previous_secret_until": None,
        "paused_at": None,
        "paused_reason": None,
        "failing_since": None,
        "last_delivery_at": None,
        "last_failure_reason": None,
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(webhook_endpoints).values(row))
    add_job(connection, endpoint_id, now)
    _record(connection, by, AuditAction.WEBHOOK_CREATED, row, _words(row), now)
    return row, secret


def _words(values: Mapping[str, Any]) -> Row:
    """What the audit log says of an endpoint. An address may hold a secret beside its host."""
    host = {"host": urlsplit(values["url"]).hostname} if "url" in values else {}
    return {**host, **{name: values[name] for name in ("events", "description") if name in values}}


def _record(  # noqa: PLR0913 - an entry has these parts
    connection: Connection, by: Actor, action: AuditAction, row: Row, details: Row, now: datetime
) -> None:
    record(
        connection,
        by,
        action,
        organization_id=row["organization_id"],
        profile_id=row["profile_id"],
        target_id=row["id"],
        details=details,
        now=now,
    )


def _refuse_profile(connection: Connection, caller: Caller, profile_id: str) -> None:
    if not caller.sees(profile_id):
        raise hidden_profile()
    known = select(profiles.c.id).where(
        profiles.c.id == profile_id, profiles.c.organization_id == caller.organization_id
    )
    if connection.execute(known).one_or_none() is None:
        raise refuse(PROFILE_UNKNOWN)


def _visible(caller: Caller) -> Select[Any]:
    query = select(webhook_endpoints).where(
        webhook_endpoints.c.organization_id == caller.organization_id
    )
    if caller.profile_id is not None:
        query = query.where(webhook_endpoints.c.profile_id == caller.profile_id)
    return query


def no_endpoint() -> LetmepostError:
    """The answer to a request that names an endpoint which the caller does not see."""
    return LetmepostError(
        code=ErrorCode.NOT_FOUND,
        message="No webhook endpoint with this id is visible to this key.",
    )


def get_endpoint(
    connection: Connection, caller: Caller, endpoint_id: str, *, lock: bool = False
) -> Row:
    """An endpoint that the caller may see, locked where it is to be changed; or `not_found`."""
    query = _visible(caller).where(webhook_endpoints.c.id == endpoint_id)
    # Events are still queued for it meanwhile: they need its id alone.
    locked = query.with_for_update(key_share=True)
    row = row_dict(connection.execute(locked if lock else query))
    if row is None:
        raise no_endpoint()
    return row


def list_endpoints(
    connection: Connection,
    caller: Caller,
    *,
    profile_id: str | None,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[Row]:
    """The endpoints that the caller may see, newest first."""
    query, rows = _visible(caller), webhook_endpoints.c
    if profile_id is not None:
        if not caller.sees(profile_id):
            raise hidden_profile()
        query = query.where(rows.profile_id == profile_id)
    if after is not None:
        at, endpoint_id = after
        earlier = and_(rows.created_at == at, rows.id < endpoint_id)
        query = query.where(or_(rows.created_at < at, earlier))
    newest_first = query.order_by(rows.created_at.desc(), rows.id.desc()).limit(limit)
    return row_dicts(connection.execute(newest_first))


def change_endpoint(  # noqa: PLR0913 - who changes what
    connection: Connection,
    caller: Caller,
    endpoint_id: str,
    changed: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> Row:
    """Change `url`, `events`, `description` or `active`; its row afterwards.

    Paused, it gets no events; resumed, what was pending goes out at once.
    """
    get_endpoint(connection, caller, endpoint_id)
    active = changed.get("active")
    if active is True:
        # The job before the endpoint, as everybody does who touches both.
        wake(connection, [endpoint_id], now)
    before = get_endpoint(connection, caller, endpoint_id, lock=True)
    values: Row = {name: changed[name] for name in ("url", "description") if name in changed}
    if "events" in changed:
        values["events"] = wanted_types(changed["events"])
    if active is False and before["paused_at"] is None:
        values |= {"paused_at": now, "paused_reason": None}
    elif active is True:
        values |= {"paused_at": None, "paused_reason": None}
        if before["paused_at"] is not None:
            # It is given all its time again before this server pauses it.
            values["failing_since"] = None
    values["updated_at"] = now
    connection.execute(
        update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id).values(values)
    )
    said = {**_words(values), **({} if active is None else {"active": active})}
    _record(connection, by, AuditAction.WEBHOOK_CHANGED, before, said, now)
    return {**before, **values}


def delete_endpoint(
    connection: Connection, caller: Caller, endpoint_id: str, *, by: Actor, now: datetime
) -> None:
    """Delete an endpoint with its deliveries and its job."""
    before = get_endpoint(connection, caller, endpoint_id)
    # The job before the endpoint, as everybody does who touches both.
    remove_job(connection, endpoint_id)
    connection.execute(delete(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id))
    _record(connection, by, AuditAction.WEBHOOK_DELETED, before, _words(before), now)


def rotate_secret(  # noqa: PLR0913 - who changes what
    connection: Connection,
    caller: Caller,
    secrets: Secrets,
    endpoint_id: str,
    *,
    by: Actor,
    now: datetime,
) -> tuple[Row, str]:
    """Give an endpoint another secret; its row, and the secret, which nobody can read again.

    The one before signs beside it for a day; one before that ends now.
    """
    before = get_endpoint(connection, caller, endpoint_id, lock=True)
    secret, sealed = secrets.new(endpoint_id)
    values = {
        "secret": sealed,
        "previous_secret": before["secret"],
        "previous_secret_until": now + OLD_SECRET_LASTS,
        "updated_at": now,
    }
    connection.execute(
        update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint_id).values(values)
    )
    _record(connection, by, AuditAction.WEBHOOK_SECRET_ROTATED, before, {}, now)
    return {**before, **values}, secret
