"""How what people allowed programs ends, and what the audit log says of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from letmepost.tenancy.audit import Actor, ActorKind, AuditAction, record
from letmepost.tenancy.tables import api_keys, oauth_grants


def end_grant(connection: Connection, grant: Row[Any], by: Actor, now: datetime) -> None:
    """End a grant; its tokens go with it."""
    ended = connection.execute(delete(oauth_grants).where(oauth_grants.c.id == grant.id))
    if ended.rowcount == 1:
        record_grant(connection, by, AuditAction.GRANT_ENDED, grant, now)


def record_grant(
    connection: Connection, by: Actor, action: AuditAction, grant: Row[Any], now: datetime
) -> None:
    """Write an entry about a grant; a program that acts is named by its grant."""
    is_program = by.kind is ActorKind.PROGRAM
    record(
        connection,
        replace(by, id=grant.id) if is_program else by,
        action,
        organization_id=grant.organization_id,
        profile_id=grant.profile_id,
        target_id=grant.id,
        details={"clientId": grant.client_id},
        now=now,
    )


def end_of_member(connection: Connection, member_id: str, by: Actor, now: datetime) -> None:
    """End what programs were allowed in a member's name, with the keys that they got for it."""
    grants = connection.execute(
        select(oauth_grants).where(oauth_grants.c.member_id == member_id)
    ).all()
    revoke_keys(connection, [each.exchanged_key_id for each in grants], by, now)
    for each in grants:
        end_grant(connection, each, by, now)


def revoke_keys(
    connection: Connection, key_ids: Sequence[str | None], by: Actor, now: datetime
) -> None:
    """Revoke those keys that still work."""
    revoked = connection.execute(
        update(api_keys)
        .where(
            api_keys.c.id.in_([each for each in key_ids if each is not None]),
            api_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(api_keys.c.id, api_keys.c.organization_id, api_keys.c.profile_id)
    ).all()
    for row in revoked:
        record(
            connection,
            by,
            AuditAction.KEY_REVOKED,
            organization_id=row.organization_id,
            profile_id=row.profile_id,
            target_id=row.id,
            now=now,
        )
