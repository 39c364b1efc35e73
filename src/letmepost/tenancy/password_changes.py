"""New passwords of members: chosen by who knows the one before, or by a link."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import RESET_UNKNOWN
from letmepost.tenancy.audit import COMMAND, Actor, AuditAction, record
from letmepost.tenancy.members import find_password, new_token, sha256_of
from letmepost.tenancy.tables import members, password_resets, sessions

RESET_LIVES: Final = timedelta(hours=1)


def _set_password(connection: Connection, member_id: str, password_hash: str) -> None:
    """Keep another password; links for a new one end."""
    connection.execute(
        update(members).where(members.c.id == member_id).values(password_hash=password_hash)
    )
    connection.execute(delete(password_resets).where(password_resets.c.member_id == member_id))


def make_reset(connection: Connection, email: str, now: datetime) -> str | None:
    """A token that sets a new password once; None where nobody has the e-mail address."""
    found = find_password(connection, email)
    if found is None:
        return None
    token = new_token()
    connection.execute(
        insert(password_resets).values(
            sha256=sha256_of(token), member_id=found[0], expires_at=now + RESET_LIVES
        )
    )
    _record_password(connection, COMMAND, AuditAction.PASSWORD_RESET_LINK_CREATED, found[0], now)
    return token


def find_reset(connection: Connection, token: str, now: datetime) -> tuple[str, str]:
    """Whose password a link sets: id and e-mail; raise the rule `password.reset.unknown`."""
    found = connection.execute(
        select(password_resets.c.member_id, members.c.email)
        .join(members, members.c.id == password_resets.c.member_id)
        .where(password_resets.c.sha256 == sha256_of(token), password_resets.c.expires_at > now)
    ).one_or_none()
    if found is None:
        raise refuse(RESET_UNKNOWN)
    return found.member_id, found.email


def reset_password(
    connection: Connection, token: str, password_hash: str, *, by: Actor, now: datetime
) -> str:
    """Set a new password by a link, which ends, as do all sessions; the member's id."""
    member_id, _ = find_reset(connection, token, now)
    spent = connection.execute(
        delete(password_resets).where(password_resets.c.sha256 == sha256_of(token))
    )
    if spent.rowcount != 1:
        raise refuse(RESET_UNKNOWN)
    _set_password(connection, member_id, password_hash)
    _record_password(connection, by, AuditAction.PASSWORD_RESET, member_id, now)
    connection.execute(delete(sessions).where(sessions.c.member_id == member_id))
    return member_id


def change_password(
    connection: Connection, member_id: str, password_hash: str, *, by: Actor, now: datetime
) -> None:
    """Keep another password, which the member who knows the one before has chosen."""
    _set_password(connection, member_id, password_hash)
    _record_password(connection, by, AuditAction.PASSWORD_CHANGED, member_id, now)


def _record_password(
    connection: Connection, by: Actor, action: AuditAction, member_id: str, now: datetime
) -> None:
    organization_id: str = connection.execute(
        select(members.c.organization_id).where(members.c.id == member_id)
    ).scalar_one()
    record(connection, by, action, organization_id=organization_id, target_id=member_id, now=now)
