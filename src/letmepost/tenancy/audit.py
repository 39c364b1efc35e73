"""The audit log: who changed what, when and from where, written in the transaction of the change.

An entry holds names, ids and the words of settings, and nothing that gives access.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, insert, or_, select

from letmepost.kit.ids import new_id
from letmepost.kit.row_dicts import row_dicts
from letmepost.tenancy.keys import Caller, hidden_profile
from letmepost.tenancy.tables import audit_log


class ActorKind(StrEnum):
    """What kind of somebody made a change."""

    KEY = "key"
    MEMBER = "member"
    # A program that somebody allowed to act in their name.
    PROGRAM = "program"
    # Somebody with a connect link, or back from a platform's consent page.
    VISITOR = "visitor"
    PLATFORM = "platform"
    SYSTEM = "system"
    COMMAND = "command"


_KIND_OF_ID: Final = {
    "key": ActorKind.KEY,
    "mem": ActorKind.MEMBER,
    "grant": ActorKind.PROGRAM,
}


class AuditAction(StrEnum):
    """What was changed."""

    ORGANIZATION_CREATED = "organization.created"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    PROFILE_CREATED = "profile.created"
    PROFILE_CHANGED = "profile.changed"
    PROFILE_DELETED = "profile.deleted"
    PROFILE_ERASED = "profile.erased"
    ACCOUNT_CONNECTED = "account.connected"
    ACCOUNT_DISCONNECTED = "account.disconnected"
    ACCOUNT_PAUSED = "account.paused"
    ACCOUNT_RESUMED = "account.resumed"
    ACCOUNT_CHANGED = "account.changed"
    ACCOUNT_TOKEN_RENEWED = "account.token_renewed"  # noqa: S105 - an action's name
    ACCOUNT_ACCESS_LOST = "account.access_lost"
    CONNECT_LINK_CREATED = "connect_link.created"
    WEBHOOK_CREATED = "webhook_endpoint.created"
    WEBHOOK_CHANGED = "webhook_endpoint.changed"
    WEBHOOK_DELETED = "webhook_endpoint.deleted"
    WEBHOOK_SECRET_ROTATED = "webhook_endpoint.secret_rotated"  # noqa: S105 - as above
    WEBHOOK_PAUSED = "webhook_endpoint.paused"
    MEMBER_JOINED = "member.joined"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    MEMBER_REMOVED = "member.removed"
    INVITE_CREATED = "invite.created"
    INVITE_WITHDRAWN = "invite.withdrawn"
    SESSION_STARTED = "session.started"
    SESSION_ENDED = "session.ended"
    SESSIONS_ENDED = "session.others_ended"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - as above
    PASSWORD_RESET_LINK_CREATED = "password.reset_link_created"  # noqa: S105 - as above
    PASSWORD_RESET = "password.reset"  # noqa: S105 - as above
    GRANT_ALLOWED = "oauth_grant.allowed"
    GRANT_STARTED = "oauth_grant.started"
    GRANT_ENDED = "oauth_grant.ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who makes a change, in which request, from which address."""

    kind: ActorKind
    id: str | None = None
    request_id: str | None = None
    address: str | None = None


SYSTEM: Final = Actor(kind=ActorKind.SYSTEM)
COMMAND: Final = Actor(kind=ActorKind.COMMAND)


def actor_of(caller: Caller, request_id: str | None, address: str | None) -> Actor:
    """Who calls, as the log names them."""
    kind = _KIND_OF_ID.get(caller.key_id.partition("_")[0], ActorKind.SYSTEM)
    return Actor(kind=kind, id=caller.key_id, request_id=request_id, address=address)


def record(  # noqa: PLR0913 - an entry has these parts
    connection: Connection,
    by: Actor,
    action: AuditAction,
    *,
    organization_id: str,
    profile_id: str | None = None,
    target_id: str | None = None,
    details: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Write an entry in the caller's transaction."""
    connection.execute(
        insert(audit_log).values(
            id=new_id("aud"),
            organization_id=organization_id,
            profile_id=profile_id,
            actor_kind=by.kind.value,
            actor_id=by.id,
            action=action.value,
            target_id=target_id,
            details=dict(details or {}),
            request_id=by.request_id,
            address=by.address,
            created_at=now,
        )
    )


def record_key(connection: Connection, by: Actor, row: Mapping[str, Any], now: datetime) -> None:
    """Write that a key was made: what it may do, and nothing of the key itself."""
    record(
        connection,
        by,
        AuditAction.KEY_CREATED,
        organization_id=row["organization_id"],
        profile_id=row["profile_id"],
        target_id=row["id"],
        details={name: row[name] for name in ("name", "prefix", "scopes")},
        now=now,
    )


@dataclass(frozen=True, kw_only=True)
class AuditFilters:
    """What the log is narrowed to; every field is optional."""

    profile_id: str | None = None
    actions: Sequence[str] = ()
    actor_id: str | None = None
    target_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def list_entries(
    connection: Connection,
    caller: Caller,
    filters: AuditFilters,
    *,
    limit: int,
    after: tuple[datetime, str] | None,
) -> list[dict[str, Any]]:
    """The entries that the caller may see, newest first; a pinned key sees those of its profile."""
    if filters.profile_id is not None and not caller.sees(filters.profile_id):
        raise hidden_profile()
    rows = audit_log.c
    profile_id = filters.profile_id or caller.profile_id
    wanted = [
        rows.organization_id == caller.organization_id,
        *([rows.profile_id == profile_id] if profile_id is not None else []),
        *([rows.action.in_(filters.actions)] if filters.actions else []),
        *([rows.actor_id == filters.actor_id] if filters.actor_id is not None else []),
        *([rows.target_id == filters.target_id] if filters.target_id is not None else []),
        *([rows.created_at > filters.created_after] if filters.created_after else []),
        *([rows.created_at < filters.created_before] if filters.created_before else []),
    ]
    if after is not None:
        at, entry_id = after
        earlier = and_(rows.created_at == at, rows.id < entry_id)
        wanted.append(or_(rows.created_at < at, earlier))
    found = connection.execute(
        select(audit_log)
        .where(*wanted)
        .order_by(rows.created_at.desc(), rows.id.desc())
        .limit(limit)
    )
    return row_dicts(found)


def forget_entries(connection: Connection, now: datetime, keep: timedelta | None) -> int:
    """Delete entries past their time; how many."""
    if keep is None:
        return 0
    old = audit_log.c.created_at <= now - keep
    return connection.execute(delete(audit_log).where(old)).rowcount
