"""Members by accounts of an OpenID Connect provider, and the sign-ins that browsers have begun.

An account is an issuer and a subject: the e-mail address is looked at the first time alone, since
providers give addresses that became free to others. What could go wrong, and what stops it:

- somebody else's sign-in is finished in a victim's browser, or twice: an attempt belongs to the
  browser that began it, and is deleted before anything else is done with it;
- the address is not theirs: it must be verified, and nothing is linked where addresses were typed
  by strangers (the settings refuse `SIGNUP=open` beside a provider);
- an address changes hands: a member who has an account of the provider gets no second one;
- a stranger known to the provider: needs an invite or an allowed domain, and becomes an owner only
  where nobody is one yet and `SIGNUP` lets the first visitor in;
- somebody who was removed: an allowed domain does not let them in again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, or_, select, update

from letmepost.preflight.openid_rules import OPENID_EMAIL, OPENID_LINKED, OPENID_STRANGER
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.audit import Actor
from letmepost.tenancy.invites import join
from letmepost.tenancy.members import (
    Role,
    SignUp,
    add_member,
    email_of,
    may_sign_up,
    sha256_of,
    sign_up,
)
from letmepost.tenancy.passwords import NO_PASSWORD
from letmepost.tenancy.profiles import first_organization
from letmepost.tenancy.tables import members, openid_attempts, removed_members

ATTEMPT_LIVES: Final = timedelta(minutes=10)
NEXT_CHARACTERS_MAX: Final = 2048


@dataclass(frozen=True, slots=True)
class Identity:
    """An account as a provider has proved it; `label` is what its provider is called here."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    label: str

    @property
    def verified_email(self) -> str:
        """The address as members have it; raise the rule `openid.email.verified`."""
        if not self.email or not self.email_verified:
            raise refuse(OPENID_EMAIL, provider=self.label)
        return email_of(self.email)


@dataclass(frozen=True, slots=True)
class Joining:
    """Who may come in without an invite."""

    sign_up: SignUp
    domains: tuple[str, ...]

    def admits(self, email: str) -> bool:
        """Whether an address is of an allowed domain, not of one below it."""
        return email.rpartition("@")[2] in self.domains


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser was about when it went to the provider."""

    invite_sha256: str | None
    next_path: str


def begin_attempt(  # noqa: PLR0913 - an attempt has these parts
    connection: Connection,
    *,
    state: str,
    browser: str,
    invite_token: str | None,
    next_path: str,
    now: datetime,
) -> None:
    """Remember that a browser went to the provider."""
    connection.execute(
        insert(openid_attempts).values(
            state_sha256=sha256_of(state),
            browser_sha256=sha256_of(browser),
            invite_sha256=invite_token and sha256_of(invite_token),
            next_path=next_path if len(next_path) <= NEXT_CHARACTERS_MAX else "",
            expires_at=now + ATTEMPT_LIVES,
        )
    )


def end_attempt(connection: Connection, state: str, browser: str, now: datetime) -> Attempt | None:
    """Take the attempt that this browser began, so that nobody gets it again; None where none."""
    found = connection.execute(
        delete(openid_attempts)
        .where(
            openid_attempts.c.state_sha256 == sha256_of(state),
            openid_attempts.c.browser_sha256 == sha256_of(browser),
            openid_attempts.c.expires_at > now,
        )
        .returning(openid_attempts.c.invite_sha256, openid_attempts.c.next_path)
    ).one_or_none()
    return Attempt(found.invite_sha256, found.next_path) if found else None


def forget_attempts(connection: Connection, now: datetime) -> None:
    """Delete attempts that were not ended in time."""
    connection.execute(delete(openid_attempts).where(openid_attempts.c.expires_at <= now))


def enter(  # noqa: PLR0913 - who comes, and how
    connection: Connection,
    identity: Identity,
    joining: Joining,
    invite_sha256: str | None,
    *,
    by: Actor,
    now: datetime,
) -> str:
    """The id of the member whose account this is, who may be new.

    Raises the rules `openid.email.verified`, `openid.member.unknown`, `openid.member.linked`,
    `sign_up.closed`, `invite.unknown` and `member.email.unique`.
    """
    known: str | None = connection.execute(
        select(members.c.id).where(
            members.c.openid_issuer == identity.issuer,
            members.c.openid_subject == identity.subject,
        )
    ).scalar_one_or_none()
    if known is not None:
        return known
    email = identity.verified_email
    if invite_sha256 is not None:
        member_id = join(
            connection, invite_sha256, email=email, password_hash=NO_PASSWORD, by=by, now=now
        )
    else:
        member_id = _by_email(connection, email) or _new(connection, identity, joining, by, now)
    _link(connection, member_id, identity)
    return member_id


def _by_email(connection: Connection, email: str) -> str | None:
    found: str | None = connection.execute(
        select(members.c.id).where(members.c.email == email)
    ).scalar_one_or_none()
    return found


def _new(
    connection: Connection, identity: Identity, joining: Joining, by: Actor, now: datetime
) -> str:
    email = identity.verified_email
    first_may = joining.admits(email) or not joining.domains
    if first_may and may_sign_up(connection, "first-user"):
        # Not the setting's own mode: whatever it is, there is one owner who was not invited.
        mode: SignUp = "closed" if joining.sign_up == "closed" else "first-user"
        return sign_up(connection, mode, email=email, password_hash=NO_PASSWORD, by=by, now=now)
    organization = first_organization(connection)
    if organization is None or not joining.admits(email):
        raise refuse(OPENID_STRANGER, actual=email, provider=identity.label)
    removed = connection.execute(
        select(removed_members.c.email).where(
            removed_members.c.organization_id == organization[0], removed_members.c.email == email
        )
    ).one_or_none()
    if removed is not None:
        raise refuse(OPENID_STRANGER, actual=email, provider=identity.label)
    return add_member(connection, organization[0], email, Role.MEMBER, NO_PASSWORD, by, now)


def _link(connection: Connection, member_id: str, identity: Identity) -> None:
    """Keep the account, in the place of one of another provider but not of this one."""
    linked = connection.execute(
        update(members)
        .where(
            members.c.id == member_id,
            or_(
                members.c.openid_issuer.is_(None),
                members.c.openid_issuer != identity.issuer,
            ),
        )
        .values(openid_issuer=identity.issuer, openid_subject=identity.subject)
    )
    if linked.rowcount != 1:
        raise refuse(OPENID_LINKED, actual=identity.verified_email, provider=identity.label)
