"""Members of an organization: who they are, what their role allows, and how they come and go."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal

import regex
from sqlalchemy import Connection, Row, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from letmepost.kit.ids import new_id
from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import (
    EMAIL_FORMAT,
    EMAIL_TAKEN,
    MEMBER_LAST_OWNER,
    MEMBER_ROLE,
    MEMBER_UNKNOWN,
    SIGN_UP_CLOSED,
)
from letmepost.tenancy.audit import Actor, AuditAction, record
from letmepost.tenancy.grant_endings import end_of_member
from letmepost.tenancy.keys import ALL_SCOPES, DEFAULT_SCOPES, Caller
from letmepost.tenancy.passwords import NO_PASSWORD
from letmepost.tenancy.profiles import create_organization, first_organization
from letmepost.tenancy.tables import (
    invites,
    members,
    organizations,
    password_resets,
    removed_members,
)

SignUp = Literal["first-user", "open", "closed"]
TOKEN_RANDOM_BYTES: Final = 32
EMAIL_CHARACTERS_MAX: Final = 254
_EMAIL: Final = regex.compile(r"[^@\s\p{C}]+@[^@\s\p{C}]+")
_SIGN_UP_LOCK: Final = 0x1E77E9058  # Any number: first visitors take turns by it.


class Role(StrEnum):
    """What a member may do; each may what the next one may."""

    OWNER = "owner"
    MEMBER = "member"
    VIEWER = "viewer"


_SCOPES: Final[Mapping[Role, frozenset[str]]] = {
    Role.OWNER: frozenset(ALL_SCOPES),
    # Keys outlive whoever made them, so making them is an owner's.
    Role.MEMBER: frozenset(DEFAULT_SCOPES),
    Role.VIEWER: frozenset(each for each in DEFAULT_SCOPES if each.endswith(":read")),
}


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to an organization."""

    id: str
    organization_id: str
    organization_name: str
    email: str
    role: Role

    @property
    def caller(self) -> Caller:
        """The member as somebody who calls the API; requests are counted by member."""
        return Caller(
            key_id=self.id,
            organization_id=self.organization_id,
            profile_id=None,
            scopes=_SCOPES[self.role],
            sandbox=False,
        )

    def need_owner(self) -> None:
        """Raise the rule `member.role` unless this is an owner."""
        if self.role is not Role.OWNER:
            raise refuse(MEMBER_ROLE, actual=Role.OWNER.value)


def sha256_of(token: str) -> str:
    """What is kept of a token. Its 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    """A token that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_RANDOM_BYTES)


def email_of(written: str) -> str:
    """An e-mail address in the form in which addresses are compared; raise where it is none."""
    email = written.strip().lower()
    if len(email) > EMAIL_CHARACTERS_MAX or not _EMAIL.fullmatch(email):
        raise refuse(EMAIL_FORMAT)
    return email


def may_sign_up(connection: Connection, mode: SignUp) -> bool:
    """Whether a stranger can become a member without an invite."""
    if mode == "first-user":
        return connection.execute(select(members.c.id).limit(1)).one_or_none() is None
    return mode == "open"


def sign_up(  # noqa: PLR0913 - who comes, and how
    connection: Connection,
    mode: SignUp,
    *,
    email: str,
    password_hash: str,
    by: Actor,
    now: datetime,
) -> str:
    """Make an owner: of the first organization where it has nobody yet, else of a new one.

    Raises the rules `sign_up.closed` and `member.email.unique`.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _SIGN_UP_LOCK})
    if not may_sign_up(connection, mode):
        raise refuse(SIGN_UP_CLOSED)
    somebody = connection.execute(select(members.c.id).limit(1)).one_or_none()
    first = first_organization(connection) if somebody is None else None
    name = email.partition("@")[2]
    organization_id, _ = first or create_organization(connection, name, now)
    if first is None:
        record(
            connection,
            by,
            AuditAction.ORGANIZATION_CREATED,
            organization_id=organization_id,
            target_id=organization_id,
            details={"name": name},
            now=now,
        )
    return add_member(connection, organization_id, email, Role.OWNER, password_hash, by, now)


def add_member(  # noqa: PLR0913 - a member has these parts
    connection: Connection,
    organization_id: str,
    email: str,
    role: Role,
    password_hash: str,
    by: Actor,
    now: datetime,
) -> str:
    """Make a member without asking who lets them in; raise the rule `member.email.unique`."""
    member_id = new_id("mem")
    row = {
        "id": member_id,
        "organization_id": organization_id,
        "email": email,
        "role": role.value,
        "password_hash": password_hash,
        "created_at": now,
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(members).values(row))
    except IntegrityError:
        raise refuse(EMAIL_TAKEN, conflict=True) from None
    _take_back(connection, organization_id, email)
    details = {"email": email, "role": role.value}
    record_member(
        connection, by, AuditAction.MEMBER_JOINED, organization_id, member_id, details, now
    )
    return member_id


def _take_back(connection: Connection, organization_id: str, email: str) -> None:
    """Forget that somebody was removed."""
    connection.execute(
        delete(removed_members).where(
            removed_members.c.organization_id == organization_id, removed_members.c.email == email
        )
    )


def record_member(  # noqa: PLR0913 - an entry has these parts
    connection: Connection,
    by: Actor,
    action: AuditAction,
    organization_id: str,
    target_id: str,
    details: Mapping[str, Any],
    now: datetime,
) -> None:
    """Write what became of a member or of an invite into the audit log."""
    record(
        connection,
        by,
        action,
        organization_id=organization_id,
        target_id=target_id,
        details=details,
        now=now,
    )


def find_password(connection: Connection, email: str) -> tuple[str, str | None] | None:
    """The id of the member with an e-mail address and the password's hash, None without one."""
    row = connection.execute(
        select(members.c.id, members.c.password_hash).where(members.c.email == email)
    ).one_or_none()
    if row is None:
        return None
    return row.id, None if row.password_hash == NO_PASSWORD else row.password_hash


def has_password(connection: Connection, email: str) -> bool:
    """Whether the member with an e-mail address can sign in with a password."""
    _, hashed = find_password(connection, email) or (None, None)
    return hashed is not None


def list_members(connection: Connection, organization_id: str) -> list[Row[Any]]:
    """The members of an organization, oldest first."""
    return list(
        connection.execute(
            select(members.c.id, members.c.email, members.c.role, members.c.created_at)
            .where(members.c.organization_id == organization_id)
            .order_by(members.c.created_at, members.c.id)
        )
    )


def change_role(  # noqa: PLR0913 - who changes whom
    connection: Connection,
    owner: Member,
    member_id: str,
    role: Role,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Give a member another role; programs that act in the member's name have to ask again.

    Raises the rules `member.role`, `member.unknown` and `member.last_owner`.
    """
    email = _lock_other(connection, owner, member_id, stays_owner=role is Role.OWNER)
    connection.execute(update(members).where(members.c.id == member_id).values(role=role.value))
    details = {"email": email, "role": role.value}
    organization_id = owner.organization_id
    record_member(
        connection, by, AuditAction.MEMBER_ROLE_CHANGED, organization_id, member_id, details, now
    )
    end_of_member(connection, member_id, by, now)


def remove_member(
    connection: Connection, owner: Member, member_id: str, *, by: Actor, now: datetime
) -> None:
    """Take a member out, with all sessions, and with what programs were allowed in that name.

    The e-mail address comes back by invite alone. Raises the rules `member.role`,
    `member.unknown` and `member.last_owner`.
    """
    email = _lock_other(connection, owner, member_id, stays_owner=False)
    organization_id, details = owner.organization_id, {"email": email}
    record_member(
        connection, by, AuditAction.MEMBER_REMOVED, organization_id, member_id, details, now
    )
    end_of_member(connection, member_id, by, now)
    connection.execute(delete(members).where(members.c.id == member_id))
    _take_back(connection, organization_id, email)
    connection.execute(
        insert(removed_members).values(organization_id=organization_id, email=email, removed_at=now)
    )


def _lock_other(connection: Connection, owner: Member, member_id: str, *, stays_owner: bool) -> str:
    """Find a member to change, while no other owner changes one; the e-mail address."""
    owner.need_owner()
    # The organization's row is what owners take turns by.
    connection.execute(
        select(organizations.c.id)
        .where(organizations.c.id == owner.organization_id)
        .with_for_update()
    )
    rows = list_members(connection, owner.organization_id)
    roles: dict[str, str] = {row.id: row.role for row in rows}
    if member_id not in roles:
        raise refuse(MEMBER_UNKNOWN)
    others = [each for each in roles if each != member_id and roles[each] == Role.OWNER]
    if not others and not stays_owner:
        raise refuse(MEMBER_LAST_OWNER, conflict=True)
    email: str = next(row.email for row in rows if row.id == member_id)
    return email


def forget_links(connection: Connection, now: datetime) -> None:
    """Delete invites and links for a new password that have expired."""
    connection.execute(delete(invites).where(invites.c.expires_at <= now))
    connection.execute(delete(password_resets).where(password_resets.c.expires_at <= now))
