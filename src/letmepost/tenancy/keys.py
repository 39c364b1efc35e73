"""API keys: made once, kept as a hash, looked up at every request, and seen revoked within 1 s."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock
from letmepost.kit.database import Database
from letmepost.kit.ids import new_id
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import (
    API_KEY_PROFILE_SCOPE,
    API_KEY_SCOPE,
    PROFILE_UNKNOWN,
)
from letmepost.tenancy.tables import api_keys, profiles
from letmepost.tenancy.wrong_keys import WrongKeys

Prefix = Literal["lmp_live_", "lmp_test_"]
LIVE: Prefix = "lmp_live_"
TEST: Prefix = "lmp_test_"
KEY_RANDOM_BYTES = 24
REVOCATION_SEEN_WITHIN_SECONDS = 1.0
CACHED_KEYS = 10_000


class Scope(StrEnum):
    """What a key may do."""

    POSTS_READ = "posts:read"
    POSTS_WRITE = "posts:write"
    MEDIA_READ = "media:read"
    MEDIA_WRITE = "media:write"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_WRITE = "accounts:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    KEYS_WRITE = "keys:write"
    PROFILES_WRITE = "profiles:write"
    AUDIT_READ = "audit:read"


ALL_SCOPES = tuple(Scope)
# What makes further keys, or tells who did what from where, is asked for by name.
_BY_NAME = (Scope.KEYS_WRITE, Scope.AUDIT_READ)
DEFAULT_SCOPES = tuple(scope for scope in Scope if scope not in _BY_NAME)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: one key, its organization, and the profile that it is pinned to, if any."""

    key_id: str
    organization_id: str
    profile_id: str | None
    scopes: frozenset[str]
    sandbox: bool

    def need(self, scope: Scope) -> None:
        """Raise `unauthorized` when the key does not hold the scope."""
        if scope not in self.scopes:
            raise refuse(API_KEY_SCOPE, actual=scope.value)

    def default_scopes(self) -> tuple[Scope, ...]:
        """What a key holds that this one makes without naming scopes: none that it lacks."""
        return tuple(scope for scope in DEFAULT_SCOPES if scope in self.scopes)

    def lacking(self, scopes: Sequence[Scope]) -> tuple[Scope, ...]:
        """Those of some scopes that it does not hold, and so cannot give to a key that it makes."""
        return tuple(scope for scope in scopes if scope not in self.scopes)

    def sees(self, profile_id: str) -> bool:
        """Whether things of a profile exist for this key."""
        return self.profile_id is None or self.profile_id == profile_id


def hidden_profile() -> LetmepostError:
    """The answer to a pinned key that names another profile: it does not exist."""
    return refuse(API_KEY_PROFILE_SCOPE)


def unauthenticated(message: str) -> LetmepostError:
    """The answer to a request without a good key."""
    return LetmepostError(code=ErrorCode.UNAUTHENTICATED, message=message)


def key_sha256(key: str) -> str:
    """What is kept of a key. Its 192 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def mint(  # noqa: PLR0913 - a key has these parts
    connection: Connection,
    *,
    organization_id: str,
    name: str,
    prefix: Prefix,
    scopes: Sequence[Scope],
    profile_id: str | None,
    now: datetime,
) -> tuple[dict[str, Any], str]:
    """Make a key; the row, and the key itself, which nobody can read again."""
    if profile_id is not None:
        known = connection.execute(
            select(profiles.c.id).where(
                profiles.c.id == profile_id, profiles.c.organization_id == organization_id
            )
        ).one_or_none()
        if known is None:
            raise refuse(PROFILE_UNKNOWN)
    key = prefix + secrets.token_urlsafe(KEY_RANDOM_BYTES)
    row = {
        "id": new_id("key"),
        "organization_id": organization_id,
        "profile_id": profile_id,
        "name": name,
        "prefix": prefix,
        "last4": key[-4:],
        "sha256": key_sha256(key),
        "scopes": [scope.value for scope in scopes],
        "created_at": now,
        "last_used_at": None,
        "revoked_at": None,
    }
    connection.execute(insert(api_keys).values(row))
    return row, key


def list_keys(
    connection: Connection, caller: Caller, *, limit: int, after: tuple[datetime, str] | None
) -> list[Row[Any]]:
    """The keys that the caller may see, newest first, revoked ones included."""
    query = select(api_keys).where(api_keys.c.organization_id == caller.organization_id)
    if caller.profile_id is not None:
        query = query.where(api_keys.c.profile_id == caller.profile_id)
    if after is not None:
        at, key_id = after
        query = query.where(
            or_(
                api_keys.c.created_at < at,
                and_(api_keys.c.created_at == at, api_keys.c.id < key_id),
            )
        )
    newest_first = query.order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc())
    return list(connection.execute(newest_first.limit(limit)))


def revoke(connection: Connection, caller: Caller, key_id: str, now: datetime) -> str | None:
    """Revoke a key for good; its profile. Raise `not_found` when there is none to revoke."""
    query = update(api_keys).where(
        api_keys.c.id == key_id,
        api_keys.c.organization_id == caller.organization_id,
        api_keys.c.revoked_at.is_(None),
    )
    if caller.profile_id is not None:
        query = query.where(api_keys.c.profile_id == caller.profile_id)
    revoked = query.values(revoked_at=now).returning(api_keys.c.profile_id)
    row = connection.execute(revoked).one_or_none()
    if row is None:
        raise LetmepostError(
            code=ErrorCode.NOT_FOUND, message="No such key, or it is revoked already."
        )
    profile_id: str | None = row.profile_id
    return profile_id


def _find(connection: Connection, sha256: str) -> Caller | None:
    row = connection.execute(
        select(api_keys).where(api_keys.c.sha256 == sha256, api_keys.c.revoked_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return Caller(
        key_id=row.id,
        organization_id=row.organization_id,
        profile_id=row.profile_id,
        scopes=frozenset(row.scopes),
        sandbox=row.prefix == TEST,
    )


class KeyCache:
    """Finds the caller of a request; a key is read from the database at most once a second."""

    def __init__(self, database: Database, clock: Clock, wrong: WrongKeys) -> None:
        self._wrong = wrong
        self._database = database
        self._clock = clock
        self._callers: dict[str, tuple[float, Caller]] = {}
        self._used: dict[str, datetime] = {}

    async def authenticate(self, authorization: str | None, address: str) -> Caller:
        """The caller of an `Authorization` header; raise `unauthenticated`.

        An address that sent too many wrong keys is `rate_limited` before anything is looked up,
        but for keys that were good before.
        """
        if not authorization:
            raise unauthenticated("The request carries no API key.")
        scheme, _, key = authorization.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key.startswith((LIVE, TEST)) or not key.isascii():
            await self._wrong.refuse(address)
            await self._wrong.count(address)
            raise unauthenticated("The Authorization header is not `Bearer lmp_...`.")
        sha256 = key_sha256(key)
        now = self._clock.monotonic()
        cached = self._callers.get(sha256)
        if cached is None:
            await self._wrong.refuse(address)
        if cached is None or now >= cached[0]:
            caller = await self._database.read(lambda connection: _find(connection, sha256))
            if caller is None:
                self._callers.pop(sha256, None)
                await self._wrong.count(address)
                raise unauthenticated("The API key is unknown or revoked.")
            if len(self._callers) >= CACHED_KEYS:
                self._callers.clear()
            self._callers[sha256] = (now + REVOCATION_SEEN_WITHIN_SECONDS, caller)
            self._used[caller.key_id] = self._clock.now()
            return caller
        return cached[1]

    def forget(self) -> None:
        """Read every key anew: one was revoked in this process."""
        self._callers.clear()

    async def write_last_used(self) -> None:
        """Write down when keys were last used; called now and then, lost at a crash."""
        used, self._used = self._used, {}
        if not used:
            return

        def write(connection: Connection) -> None:
            for key_id, at in used.items():
                connection.execute(
                    update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=at)
                )

        await self._database.write(write)
