"""Invites: links by which an organization lets somebody in, once and for a week."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select

from letmepost.kit.ids import new_id
from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import INVITE_UNKNOWN, MEMBER_UNKNOWN
from letmepost.tenancy.audit import Actor, AuditAction
from letmepost.tenancy.members import (
    Member,
    Role,
    add_member,
    new_token,
    record_member,
    sha256_of,
)
from letmepost.tenancy.tables import invites, organizations

INVITE_LIVES: Final = timedelta(days=7)


def invite(  # noqa: PLR0913 - an invite has these parts
    connection: Connection, owner: Member, *, role: Role, note: str, by: Actor, now: datetime
) -> str:
    """Make an invite; its token, which nobody can read again. Raises the rule `member.role`."""
    owner.need_owner()
    token, invite_id = new_token(), new_id("inv")
    connection.execute(
        insert(invites).values(
            id=invite_id,
            organization_id=owner.organization_id,
            sha256=sha256_of(token),
            role=role.value,
            note=note,
            created_at=now,
            expires_at=now + INVITE_LIVES,
        )
    )
    details = {"role": role.value, "note": note}
    organization_id = owner.organization_id
    record_member(
        connection, by, AuditAction.INVITE_CREATED, organization_id, invite_id, details, now
    )
    return token


def list_invites(connection: Connection, organization_id: str, now: datetime) -> list[Row[Any]]:
    """The invites that still work, newest first."""
    return list(
        connection.execute(
            select(invites.c.id, invites.c.role, invites.c.note, invites.c.expires_at)
            .where(invites.c.organization_id == organization_id, invites.c.expires_at > now)
            .order_by(invites.c.created_at.desc())
        )
    )


def withdraw_invite(
    connection: Connection, owner: Member, invite_id: str, *, by: Actor, now: datetime
) -> None:
    """End an invite. Raises the rules `member.role` and `member.unknown`."""
    owner.need_owner()
    ended = connection.execute(
        delete(invites).where(
            invites.c.id == invite_id, invites.c.organization_id == owner.organization_id
        )
    )
    if ended.rowcount != 1:
        raise refuse(MEMBER_UNKNOWN)
    record_member(
        connection, by, AuditAction.INVITE_WITHDRAWN, owner.organization_id, invite_id, {}, now
    )


def find_invite(connection: Connection, token: str, now: datetime) -> Row[Any]:
    """The invite of a link, with its organization's name; raise the rule `invite.unknown`."""
    return _usable_invite(connection, sha256_of(token), now)


def _usable_invite(connection: Connection, sha256: str, now: datetime) -> Row[Any]:
    found = connection.execute(
        select(invites, organizations.c.name.label("organization_name"))
        .join(organizations, organizations.c.id == invites.c.organization_id)
        .where(invites.c.sha256 == sha256, invites.c.expires_at > now)
    ).one_or_none()
    if found is None:
        raise refuse(INVITE_UNKNOWN)
    return found


def accept_invite(  # noqa: PLR0913 - who comes, and how
    connection: Connection,
    token: str,
    *,
    email: str,
    password_hash: str,
    by: Actor,
    now: datetime,
) -> str:
    """Make whoever holds an invite a member, once; the member's id.

    Raises the rules `invite.unknown` and `member.email.unique`.
    """
    return join(
        connection, sha256_of(token), email=email, password_hash=password_hash, by=by, now=now
    )


def join(  # noqa: PLR0913 - as above
    connection: Connection,
    invite_sha256: str,
    *,
    email: str,
    password_hash: str,
    by: Actor,
    now: datetime,
) -> str:
    """Spend the invite with this hash as `accept_invite` does."""
    found = _usable_invite(connection, invite_sha256, now)
    spent = connection.execute(delete(invites).where(invites.c.id == found.id))
    if spent.rowcount != 1:
        raise refuse(INVITE_UNKNOWN)
    role = Role(found.role)
    return add_member(connection, found.organization_id, email, role, password_hash, by, now)
