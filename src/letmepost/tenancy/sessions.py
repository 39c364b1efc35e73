"""Sessions of members: a cookie's random token, of which the server keeps the hash.

A session ends two weeks after it was last used, and three months after it began in any case.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.kit.ids import new_id
from letmepost.preflight.refuse import refuse
from letmepost.preflight.sign_in_rules import MEMBER_UNKNOWN
from letmepost.tenancy.audit import Actor, ActorKind, AuditAction, record
from letmepost.tenancy.members import Member, Role, forget_links, new_token, sha256_of
from letmepost.tenancy.openid import forget_attempts
from letmepost.tenancy.tables import members, organizations, profiles, sessions

IDLE: Final = timedelta(days=14)
LONGEST: Final = timedelta(days=90)
# Written no more often: a page must not cost a write.
SEEN_EVERY: Final = timedelta(minutes=5)
ADDRESS_CHARACTERS: Final = 64
USER_AGENT_CHARACTERS: Final = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a session is used from, as far as a server is told."""

    address: str
    user_agent: str
    request_id: str | None = None

    @property
    def actor(self) -> Actor:
        """Somebody who is not signed in yet, for the audit log."""
        return Actor(
            kind=ActorKind.VISITOR, request_id=self.request_id, address=self.address or None
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A member who is signed in. `key` is what a form's token is made from."""

    id: str
    key: str
    member: Member
    profile_id: str | None


def begin(connection: Connection, member_id: str, visitor: Visitor, now: datetime) -> str:
    """Begin a session; the token for its cookie."""
    token, session_id = new_token(), new_id("ses")
    connection.execute(
        insert(sessions).values(
            id=session_id,
            sha256=sha256_of(token),
            member_id=member_id,
            address=visitor.address[:ADDRESS_CHARACTERS],
            user_agent=visitor.user_agent[:USER_AGENT_CHARACTERS],
            created_at=now,
            seen_at=now,
            expires_at=now + IDLE,
        )
    )
    by = replace(visitor.actor, kind=ActorKind.MEMBER, id=member_id)
    record(
        connection,
        by,
        AuditAction.SESSION_STARTED,
        organization_id=connection.execute(
            select(members.c.organization_id).where(members.c.id == member_id)
        ).scalar_one(),
        target_id=session_id,
        details={"userAgent": visitor.user_agent[:USER_AGENT_CHARACTERS]},
        now=now,
    )
    return token


# Made once: every page asks for it, and making it takes longer than its answer.
_FIND = (
    select(
        sessions,
        members.c.organization_id,
        members.c.email,
        members.c.role,
        organizations.c.name.label("organization_name"),
    )
    .join(members, members.c.id == sessions.c.member_id)
    .join(organizations, organizations.c.id == members.c.organization_id)
    .where(sessions.c.sha256 == bindparam("sha256"), sessions.c.expires_at > bindparam("now"))
)


def find(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The session of a token with its member; None where it has ended."""
    return connection.execute(_FIND, {"sha256": sha256_of(token), "now": now}).one_or_none()


def list_sessions(connection: Connection, member_id: str, now: datetime) -> list[Row[Any]]:
    """The sessions of a member, the one used last first."""
    return list(
        connection.execute(
            select(sessions)
            .where(sessions.c.member_id == member_id, sessions.c.expires_at > now)
            .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
        )
    )


def end(
    connection: Connection, member: Member, session_id: str, *, by: Actor, now: datetime
) -> None:
    """End one session of a member; raise the rule `member.unknown` where there is none."""
    ended = connection.execute(
        delete(sessions).where(sessions.c.id == session_id, sessions.c.member_id == member.id)
    )
    if ended.rowcount != 1:
        raise refuse(MEMBER_UNKNOWN)
    record(
        connection,
        by,
        AuditAction.SESSION_ENDED,
        organization_id=member.organization_id,
        target_id=session_id,
        now=now,
    )


def end_others(
    connection: Connection, member: Member, kept_id: str, *, by: Actor, now: datetime
) -> None:
    """End every session of a member but one."""
    ended = connection.execute(
        delete(sessions).where(sessions.c.member_id == member.id, sessions.c.id != kept_id)
    )
    record(
        connection,
        by,
        AuditAction.SESSIONS_ENDED,
        organization_id=member.organization_id,
        target_id=member.id,
        details={"count": ended.rowcount},
        now=now,
    )


def choose_profile(connection: Connection, session: Session, profile_id: str | None) -> None:
    """Show one profile from here on, or all; one that the organization has not is none."""
    known = connection.execute(
        select(profiles.c.id).where(
            profiles.c.id == profile_id,
            profiles.c.organization_id == session.member.organization_id,
        )
    ).scalar_one_or_none()
    connection.execute(update(sessions).where(sessions.c.id == session.id).values(profile_id=known))


@dataclass(frozen=True)
class Sessions:
    """Finds who is signed in by the cookie of a request."""

    database: Database
    clock: Clock
    public_url: str

    @property
    def secure(self) -> bool:
        """Whether browsers must send the cookie over TLS alone."""
        return self.public_url.startswith("https:")

    @property
    def cookie(self) -> str:
        """The cookie's name; with the prefix, browsers let no other host set it."""
        return "__Host-lmp_session" if self.secure else "lmp_session"

    async def of(self, cookies: Mapping[str, str]) -> Session | None:
        """The session of a browser's cookies, which is prolonged; None where it has none."""
        token = cookies.get(self.cookie)
        if not token:
            return None
        now = self.clock.now()
        row = await self.database.read(lambda connection: find(connection, token, now))
        if row is None:
            return None
        if now - row.seen_at >= SEEN_EVERY:
            expires_at = min(now + IDLE, row.created_at + LONGEST)
            await self.database.write(
                lambda connection: connection.execute(
                    update(sessions)
                    .where(sessions.c.id == row.id)
                    .values(seen_at=now, expires_at=expires_at)
                )
            )
        member = Member(
            row.member_id, row.organization_id, row.organization_name, row.email, Role(row.role)
        )
        return Session(row.id, row.sha256, member, row.profile_id)

    async def forget_old(self) -> None:
        """Delete sessions that have ended, links that have expired, and sign-ins left half done."""
        now = self.clock.now()

        def forget(connection: Connection) -> None:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            forget_links(connection, now)
            forget_attempts(connection, now)

        await self.database.write(forget)
