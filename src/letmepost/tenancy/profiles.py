"""Profiles: the parts of an organization that accounts, files and pinned keys belong to."""

from datetime import datetime
from typing import Any

import regex
from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from letmepost.content.errors import LetmepostError
from letmepost.kit.ids import new_id
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import (
    PROFILE_NOT_EMPTY,
    PROFILE_SLUG_UNIQUE,
    PROFILE_UNKNOWN,
)
from letmepost.tenancy.audit import Actor, AuditAction, record
from letmepost.tenancy.keys import Caller, hidden_profile
from letmepost.tenancy.tables import organizations, profiles

DEFAULT_SLUG = "default"
SLUG_CHARACTERS = 64
_NOT_SLUG = regex.compile(r"[^a-z0-9]+")


def create_organization(connection: Connection, name: str, now: datetime) -> tuple[str, str]:
    """Make an organization with its default profile; both ids."""
    organization_id = new_id("org")
    connection.execute(insert(organizations).values(id=organization_id, name=name, created_at=now))
    profile = _insert(connection, organization_id, "Default", DEFAULT_SLUG, now)
    return organization_id, profile["id"]


def first_organization(connection: Connection) -> tuple[str, str] | None:
    """The oldest organization and its oldest profile."""
    row = connection.execute(
        select(organizations.c.id, profiles.c.id)
        .join(profiles, profiles.c.organization_id == organizations.c.id)
        .order_by(organizations.c.created_at, profiles.c.created_at)
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def slug_of(name: str) -> str:
    """The slug that a name gives; `profile` where the name has no letter of the alphabet."""
    return _NOT_SLUG.sub("-", name.lower()).strip("-")[:SLUG_CHARACTERS].strip("-") or "profile"


def _insert(
    connection: Connection, organization_id: str, name: str, slug: str, now: datetime
) -> dict[str, Any]:
    row = {
        "id": new_id("prof"),
        "organization_id": organization_id,
        "name": name,
        "slug": slug,
        "created_at": now,
        "updated_at": now,
    }
    connection.execute(insert(profiles).values(row))
    return row


def _slug_taken(slug: str) -> LetmepostError:
    return refuse(PROFILE_SLUG_UNIQUE, conflict=True, actual=slug)


def create(  # noqa: PLR0913 - who makes what
    connection: Connection,
    caller: Caller,
    *,
    name: str,
    slug: str | None,
    by: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Make a profile; raise a conflict when its slug is taken."""
    if caller.profile_id is not None:
        raise hidden_profile()
    chosen = slug or slug_of(name)
    try:
        with connection.begin_nested():
            made = _insert(connection, caller.organization_id, name, chosen, now)
    except IntegrityError:
        raise _slug_taken(chosen) from None
    _record(connection, caller, by, AuditAction.PROFILE_CREATED, made["id"], {"name": name}, now)
    return made


def _record(  # noqa: PLR0913 - an entry has these parts
    connection: Connection,
    caller: Caller,
    by: Actor,
    action: AuditAction,
    profile_id: str,
    details: dict[str, Any],
    now: datetime,
) -> None:
    record(
        connection,
        by,
        action,
        organization_id=caller.organization_id,
        profile_id=profile_id,
        target_id=profile_id,
        details=details,
        now=now,
    )


# Made once: every page of the dashboard asks for it.
_OF_ORGANIZATION = (
    select(profiles)
    .where(profiles.c.organization_id == bindparam("organization_id"))
    .order_by(profiles.c.created_at, profiles.c.id)
)


def list_profiles(connection: Connection, caller: Caller) -> list[Row[Any]]:
    """The profiles that the caller may see, oldest first."""
    query = _OF_ORGANIZATION
    if caller.profile_id is not None:
        query = query.where(profiles.c.id == caller.profile_id)
    return list(connection.execute(query, {"organization_id": caller.organization_id}))


def get(connection: Connection, caller: Caller, profile_id: str) -> Row[Any]:
    """One profile; raise `not_found` when the caller sees none of this id."""
    if not caller.sees(profile_id):
        raise hidden_profile()
    row = connection.execute(
        select(profiles).where(
            profiles.c.id == profile_id, profiles.c.organization_id == caller.organization_id
        )
    ).one_or_none()
    if row is None:
        raise refuse(PROFILE_UNKNOWN)
    return row


def change(  # noqa: PLR0913 - two optional fields
    connection: Connection,
    caller: Caller,
    profile_id: str,
    *,
    name: str | None,
    slug: str | None,
    by: Actor,
    now: datetime,
) -> Row[Any]:
    """Rename a profile; raise a conflict when its new slug is taken."""
    get(connection, caller, profile_id)
    values: dict[str, Any] = {"updated_at": now}
    if name is not None:
        values["name"] = name
    if slug is not None:
        values["slug"] = slug
    try:
        with connection.begin_nested():
            connection.execute(update(profiles).where(profiles.c.id == profile_id).values(values))
    except IntegrityError:
        raise _slug_taken(slug or "") from None
    changed: dict[str, Any] = {word: values[word] for word in ("name", "slug") if word in values}
    record_change(connection, caller, by, profile_id, changed, now)
    return get(connection, caller, profile_id)


def record_change(  # noqa: PLR0913 - an entry has these parts
    connection: Connection,
    caller: Caller,
    by: Actor,
    profile_id: str,
    details: dict[str, Any],
    now: datetime,
) -> None:
    """Write into the audit log that something of a profile was changed."""
    _record(connection, caller, by, AuditAction.PROFILE_CHANGED, profile_id, details, now)


def remove(
    connection: Connection, caller: Caller, profile_id: str, *, by: Actor, now: datetime
) -> None:
    """Delete an empty profile; raise a conflict while something belongs to it."""
    get(connection, caller, profile_id)
    others = connection.execute(
        select(func.count())
        .select_from(profiles)
        .where(profiles.c.organization_id == caller.organization_id, profiles.c.id != profile_id)
    ).scalar_one()
    try:
        if not others:
            raise _not_empty()
        with connection.begin_nested():
            connection.execute(delete(profiles).where(profiles.c.id == profile_id))
    except IntegrityError:
        # Accounts, files and keys keep their profile by a foreign key.
        raise _not_empty() from None
    _record(connection, caller, by, AuditAction.PROFILE_DELETED, profile_id, {}, now)


def _not_empty() -> LetmepostError:
    return refuse(PROFILE_NOT_EMPTY, conflict=True)


def profile_for(connection: Connection, caller: Caller, profile_id: str | None) -> str:
    """The profile that a request works in: the one it names, the key's own, or the default."""
    if profile_id is not None:
        return str(get(connection, caller, profile_id).id)
    if caller.profile_id is not None:
        return caller.profile_id
    found: str = connection.execute(
        select(profiles.c.id)
        .where(profiles.c.organization_id == caller.organization_id)
        .order_by((profiles.c.slug != DEFAULT_SLUG), profiles.c.created_at)
        .limit(1)
    ).scalar_one()
    return found
