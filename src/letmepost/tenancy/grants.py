"""What people allow programs: a grant, the code it begins with, and the tokens that it lives by.

Codes and tokens are random, given out once and kept as hashes. A code works once; a refresh token
works once and is replaced. One that comes a second time was stolen by somebody, so the grant ends.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from letmepost.kit.ids import new_id
from letmepost.preflight.oauth_rules import OAUTH_INSUFFICIENT_SCOPE
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.audit import Actor, AuditAction, record, record_key
from letmepost.tenancy.grant_endings import end_grant, record_grant, revoke_keys
from letmepost.tenancy.keys import DEFAULT_SCOPES, LIVE, TEST, Caller, Scope, mint, unauthenticated
from letmepost.tenancy.oauth_clients import forget_clients
from letmepost.tenancy.tables import api_keys, members, oauth_grants, oauth_tokens

ACCESS_TOKEN: Final = "lmp_access_"  # noqa: S105 - how one begins
REFRESH_TOKEN: Final = "lmp_refresh_"  # noqa: S105 - as above
CODE: Final = "lmp_code_"
TOKEN_RANDOM_BYTES: Final = 32
CODE_LIVES: Final = timedelta(minutes=1)
ACCESS_LIVES: Final = timedelta(hours=1)
REFRESH_LIVES: Final = timedelta(days=30)
EXCHANGED_KEY_NAME: Final = "letmepost-cli"


class GrantScope(StrEnum):
    """How far a grant goes."""

    READ = "read"
    PUBLISH = "publish"


ALL_GRANT_SCOPES: Final = tuple(GrantScope)
# A program never gets to make keys as it likes.
_MIRRORED: Final = {
    GrantScope.READ: frozenset(each for each in DEFAULT_SCOPES if each.endswith(":read")),
    GrantScope.PUBLISH: frozenset(DEFAULT_SCOPES),
}


def mirrored(scopes: Collection[str]) -> frozenset[Scope]:
    """The scopes of keys that those of a grant stand for."""
    found: frozenset[Scope] = frozenset()
    for each in scopes:
        found |= _MIRRORED[GrantScope(each)]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What somebody allowed: `consenter` may do what it may, and the grant never more.

    `by_key` says that a key proved who consents: the grant then ends with the key, and otherwise
    with the membership of whoever was signed in.
    """

    client_id: str
    consenter: Caller
    by_key: bool
    audience: str
    scopes: Sequence[GrantScope]
    redirect_uri: str
    code_challenge: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a client gets, once."""

    access_token: str
    refresh_token: str
    scopes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a client gets no tokens: RFC 6749's word for it, and ours."""

    error: Literal["invalid_grant", "invalid_scope", "invalid_target"]
    description: str


@dataclass(frozen=True, slots=True)
class Access:
    """What a good access token stands for: who calls, and how far the grant goes."""

    caller: Caller
    scopes: frozenset[str]
    grant_id: str


def allow(connection: Connection, consent: Consent, by: Actor, now: datetime) -> str:
    """Begin a grant; the code that its client fetches tokens with."""
    code, grant_id = _new(CODE), new_id("grant")
    consenter = consent.consenter
    connection.execute(
        insert(oauth_grants).values(
            id=grant_id,
            client_id=consent.client_id,
            organization_id=consenter.organization_id,
            profile_id=consenter.profile_id,
            sandbox=consenter.sandbox,
            api_key_id=consenter.key_id if consent.by_key else None,
            member_id=None if consent.by_key else consenter.key_id,
            consenter_scopes=sorted(consenter.scopes),
            audience=consent.audience,
            scopes=[each.value for each in consent.scopes],
            redirect_uri=consent.redirect_uri,
            code_sha256=_sha256(code),
            code_challenge=consent.code_challenge,
            code_expires_at=now + CODE_LIVES,
            created_at=now,
        )
    )
    record(
        connection,
        by,
        AuditAction.GRANT_ALLOWED,
        organization_id=consenter.organization_id,
        profile_id=consenter.profile_id,
        target_id=grant_id,
        details={
            "clientId": consent.client_id,
            "scopes": [each.value for each in consent.scopes],
            "audience": consent.audience,
        },
        now=now,
    )
    return code


def redeem(  # noqa: PLR0913 - what a client shows with a code
    connection: Connection,
    *,
    client_id: str,
    code: str,
    verifier: str,
    redirect_uri: str | None,
    audience: str | None,
    by: Actor,
    now: datetime,
) -> Tokens | Refusal:
    """Tokens for a code. The first try spends the code, whatever comes of it."""
    grant = connection.execute(
        _usable_grants()
        .where(oauth_grants.c.code_sha256 == _sha256(code), oauth_grants.c.client_id == client_id)
        .with_for_update(of=oauth_grants)
    ).one_or_none()
    if grant is None:
        return Refusal("invalid_grant", "The code is unknown.")
    if grant.code_used_at is not None:
        end_grant(connection, grant, by, now)
        return Refusal("invalid_grant", "The code was used before, so what it gave has ended.")
    connection.execute(
        update(oauth_grants).where(oauth_grants.c.id == grant.id).values(code_used_at=now)
    )
    refusal = _refused(grant, verifier, redirect_uri, audience, now)
    if refusal is not None:
        return refusal
    record_grant(connection, by, AuditAction.GRANT_STARTED, grant, now)
    return _issue(connection, grant.id, grant.scopes, grant.scopes, now)


def _refused(
    grant: Row[Any], verifier: str, redirect_uri: str | None, audience: str | None, now: datetime
) -> Refusal | None:
    if grant.code_expires_at <= now:
        return Refusal("invalid_grant", "The code has expired.")
    if redirect_uri not in (None, grant.redirect_uri):
        return Refusal("invalid_grant", "The code was sent to another redirect_uri.")
    if not hmac.compare_digest(challenge_of(verifier), grant.code_challenge):
        return Refusal("invalid_grant", "The code_verifier is not the one of this code.")
    if audience not in (None, grant.audience):
        return Refusal("invalid_target", "The code was given for another resource.")
    return None


def refresh(  # noqa: PLR0913 - what a client shows with a token
    connection: Connection,
    *,
    client_id: str,
    token: str,
    scopes: Sequence[str] | None,
    audience: str | None,
    by: Actor,
    now: datetime,
) -> Tokens | Refusal:
    """New tokens for a refresh token, which is spent; with fewer scopes where they are named."""
    unknown = Refusal("invalid_grant", "The refresh token is unknown, expired or revoked.")
    # The grant's row is what two requests with one token take turns by.
    grant = connection.execute(
        _usable_grants()
        .where(
            oauth_grants.c.client_id == client_id,
            oauth_grants.c.id.in_(
                select(oauth_tokens.c.grant_id).where(
                    oauth_tokens.c.sha256 == _sha256(token), oauth_tokens.c.kind == "refresh"
                )
            ),
        )
        .with_for_update(of=oauth_grants)
    ).one_or_none()
    if grant is None:
        return unknown
    found = connection.execute(
        select(oauth_tokens).where(oauth_tokens.c.sha256 == _sha256(token))
    ).one_or_none()
    if found is None or found.expires_at <= now:
        return unknown
    if found.used_at is not None:
        end_grant(connection, grant, by, now)
        return Refusal("invalid_grant", "The refresh token was used before; the grant has ended.")
    if scopes is not None and not set(scopes) <= set(found.scopes):
        return Refusal("invalid_scope", "The refresh token stands for fewer scopes.")
    if audience not in (None, grant.audience):
        return Refusal("invalid_target", "The grant is for another resource.")
    connection.execute(
        update(oauth_tokens).where(oauth_tokens.c.sha256 == found.sha256).values(used_at=now)
    )
    return _issue(connection, grant.id, scopes or found.scopes, found.scopes, now)


def revoke(connection: Connection, client_id: str, token: str, *, by: Actor, now: datetime) -> None:
    """End the grant of a token, access or refresh; another's token changes nothing (RFC 7009)."""
    grant = connection.execute(
        select(oauth_grants).where(
            oauth_grants.c.client_id == client_id,
            oauth_grants.c.id.in_(
                select(oauth_tokens.c.grant_id).where(oauth_tokens.c.sha256 == _sha256(token))
            ),
        )
    ).one_or_none()
    if grant is not None:
        end_grant(connection, grant, by, now)


def find_access(connection: Connection, token: str, audience: str, now: datetime) -> Access | None:
    """What an access token stands for; None unless it is good, and good for this audience."""
    row = connection.execute(
        _usable_grants(oauth_tokens.c.scopes.label("token_scopes"))
        .join(oauth_tokens, oauth_tokens.c.grant_id == oauth_grants.c.id)
        .where(
            oauth_tokens.c.sha256 == _sha256(token),
            oauth_tokens.c.kind == "access",
            oauth_tokens.c.expires_at > now,
            oauth_grants.c.audience == audience,
        )
    ).one_or_none()
    if row is None:
        return None
    scopes = frozenset(row.token_scopes)
    caller = Caller(
        # Requests are counted by grant: a client gets no larger share with each new token.
        key_id=row.id,
        organization_id=row.organization_id,
        profile_id=row.profile_id,
        scopes=mirrored(scopes) & frozenset(row.consenter_scopes),
        sandbox=row.sandbox,
    )
    return Access(caller, scopes, row.id)


def exchange(connection: Connection, access: Access, by: Actor, now: datetime) -> str:
    """A key that may do what the grant allows, in place of the one that was given before.

    Raises the rule `oauth.insufficient_scope` where the grant allows nothing, and
    `unauthenticated` where it has ended.
    """
    caller = access.caller
    if not caller.scopes:
        raise refuse(OAUTH_INSUFFICIENT_SCOPE, actual=" or ".join(ALL_GRANT_SCOPES))
    grant = oauth_grants.c.id == access.grant_id
    before = connection.execute(
        select(oauth_grants.c.exchanged_key_id).where(grant).with_for_update()
    ).one_or_none()
    if before is None:
        raise unauthenticated("The access has just been taken back.")
    by = replace(by, id=access.grant_id)
    revoke_keys(connection, [before.exchanged_key_id], by, now)
    row, key = mint(
        connection,
        organization_id=caller.organization_id,
        name=EXCHANGED_KEY_NAME,
        prefix=TEST if caller.sandbox else LIVE,
        scopes=sorted(Scope(each) for each in caller.scopes),
        profile_id=caller.profile_id,
        now=now,
    )
    record_key(connection, by, row, now)
    connection.execute(update(oauth_grants).where(grant).values(exchanged_key_id=row["id"]))
    return key


def forget(connection: Connection, now: datetime) -> None:
    """Delete what has expired: tokens, grants that have none left, clients without a grant."""
    connection.execute(delete(oauth_tokens).where(oauth_tokens.c.expires_at <= now))
    connection.execute(
        delete(oauth_grants).where(
            oauth_grants.c.code_expires_at <= now,
            oauth_grants.c.id.not_in(select(oauth_tokens.c.grant_id)),
        )
    )
    forget_clients(connection, now)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _usable_grants(*more: Any) -> Any:  # noqa: ANN401 - a statement of these columns
    """Grants whose proof still stands: a key that is not revoked, or a member who is one."""
    return (
        select(oauth_grants, *more)
        .outerjoin(api_keys, api_keys.c.id == oauth_grants.c.api_key_id)
        .outerjoin(members, members.c.id == oauth_grants.c.member_id)
        .where(
            or_(oauth_grants.c.api_key_id.is_(None), api_keys.c.revoked_at.is_(None)),
            or_(oauth_grants.c.member_id.is_(None), members.c.id.is_not(None)),
        )
    )


def _issue(
    connection: Connection,
    grant_id: str,
    scopes: Sequence[str],
    refreshed_scopes: Sequence[str],
    now: datetime,
) -> Tokens:
    """An access token of some scopes, and a refresh token of as many as before or more."""
    tokens = Tokens(_new(ACCESS_TOKEN), _new(REFRESH_TOKEN), list(scopes))
    connection.execute(
        insert(oauth_tokens),
        [
            {
                "sha256": _sha256(token),
                "grant_id": grant_id,
                "kind": kind,
                "scopes": list(held),
                "expires_at": now + lives,
            }
            for token, kind, held, lives in (
                (tokens.access_token, "access", scopes, ACCESS_LIVES),
                (tokens.refresh_token, "refresh", refreshed_scopes, REFRESH_LIVES),
            )
        ],
    )
    return tokens


def _new(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(TOKEN_RANDOM_BYTES)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
