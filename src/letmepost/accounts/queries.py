"""Read connected accounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.clock import Clock, wire_time
from letmepost.kit.database import Database
from letmepost.platforms import platforms
from letmepost.tenancy.keys import Caller

CACHE_SECONDS = 1.0
# The detail of an account that the consent at another platform gave, with one of its own.
GIVEN_BY = "givenBy"
CACHED_LISTS = 1000


@dataclass(frozen=True, slots=True)
class Account:
    """A connected account, without its credentials."""

    id: str
    organization_id: str
    profile_id: str
    platform: str
    platform_account_id: str
    display_name: str | None
    details: Mapping[str, Any]
    token_expires_at: datetime | None
    scopes: Sequence[str] | None
    renewable: bool
    renewable_until: datetime | None
    refreshed_at: datetime | None
    renew_at: datetime | None
    revoked_at: datetime | None
    warned_days: int | None
    sandbox: bool
    paused_at: datetime | None
    slow_until: datetime | None
    disconnected_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def given_by(self) -> str:
        """The platform whose consent gave the access: its own, or one that it is linked at."""
        platform: str = self.details.get(GIVEN_BY, self.platform)
        return platform

    @property
    def access_ends_at(self) -> datetime | None:
        """When nothing but a person can give access again; None where no end is known."""
        if self.revoked_at is not None or not self.renewable:
            return self.revoked_at or self.token_expires_at
        if self.renewable_until is None:
            return None
        # What was renewed at the last moment lives on for its whole life.
        return max(self.renewable_until, self.token_expires_at or self.renewable_until)

    def slowed(self, now: datetime) -> datetime | None:
        """Until when its platform wants fewer calls; None where that is over."""
        return self.slow_until if self.slow_until is not None and self.slow_until > now else None

    def to_json(self) -> dict[str, Any]:
        """As the API shows it: never a credential."""
        expires = self.token_expires_at
        platform = platforms().get(self.platform)
        shown = platform.shown_of_account if platform else None
        return {
            "id": self.id,
            "profileId": self.profile_id,
            "platform": self.platform,
            "platformAccountId": self.platform_account_id,
            "displayName": self.display_name,
            "tokenExpiresAt": wire_time(expires) if expires else None,
            "sandbox": self.sandbox,
            "pausedAt": wire_time(self.paused_at) if self.paused_at else None,
            "slowUntil": wire_time(self.slow_until) if self.slow_until else None,
            "createdAt": wire_time(self.created_at),
            "updatedAt": wire_time(self.updated_at),
            **({self.platform: dict(shown.of(self.details))} if shown else {}),
        }


def account_facts(account: Account) -> Mapping[str, Any]:
    """What rules may ask of an account: what its platform told, and when access ends for good."""
    ends_at = account.access_ends_at
    return {**account.details, "tokenExpiresAt": wire_time(ends_at)} if ends_at else account.details


_COLUMNS = [column for column in accounts.c if column.key in Account.__dataclass_fields__]

# Made once: that takes as long as to read the accounts.
_VISIBLE = (
    select(*_COLUMNS)
    .where(
        accounts.c.organization_id == bindparam("organization_id"),
        accounts.c.disconnected_at.is_(None),
    )
    .order_by(accounts.c.created_at, accounts.c.id)
)
_BY_ID = select(*_COLUMNS).where(accounts.c.id.in_(bindparam("ids", expanding=True)))
_NAMES = [column.key for column in _COLUMNS]
_WITH_CREDENTIALS = _BY_ID.add_columns(accounts.c.credentials)


def _account(row: Row[Any]) -> Account:
    return Account(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it


def visible(connection: Connection, organization_id: str, now: datetime) -> list[Account]:
    """The accounts of an organization that are connected now, oldest first."""
    rows = connection.execute(_VISIBLE, {"organization_id": organization_id}).all()
    found = [_account(row) for row in rows]
    # Nothing ends the wait of a slowed account but the clock.
    return [
        replace(each, slow_until=None) if each.slow_until and not each.slowed(now) else each
        for each in found
    ]


def accounts_by_id(connection: Connection, ids: Sequence[str]) -> dict[str, Account]:
    """Accounts, connected or not; for workers, which know no caller."""
    rows = connection.execute(_BY_ID, {"ids": ids})
    return {row.id: _account(row) for row in rows}


def accounts_with_credentials(
    connection: Connection, ids: Sequence[str]
) -> list[tuple[Account, str | None]]:
    """The same, each with its credentials as they are stored, where it has any."""
    found = []
    for row in connection.execute(_WITH_CREDENTIALS, {"ids": ids}):
        *values, credentials = row
        found.append((Account(**dict(zip(_NAMES, values, strict=True))), credentials))
    return found


def unknown_account(account_id: str) -> LetmepostError:
    """The answer to an id that the caller cannot see, whether it exists or not."""
    return LetmepostError(
        code=ErrorCode.NOT_FOUND,
        message=f"No account {account_id[:80]} is connected here.",
        remediation="List the connected accounts with GET /v1/accounts.",
    )


def can_use(caller: Caller, account: Account) -> bool:
    """Whether an account exists for a key: its profile's, and no test account for a live key."""
    return caller.sees(account.profile_id) and (caller.sandbox or not account.sandbox)


def connected_account(connection: Connection, account_id: str) -> Account:
    """An account as its row says at this moment; raise `not_found` unless it is connected."""
    found = accounts_by_id(connection, [account_id]).get(account_id)
    if found is None or found.disconnected_at is not None:
        raise unknown_account(account_id)
    return found


def usable_account(connection: Connection, caller: Caller, account_id: str) -> Account:
    """The same, where the caller may use it."""
    found = connected_account(connection, account_id)
    if found.organization_id != caller.organization_id or not can_use(caller, found):
        raise unknown_account(account_id)
    return found


class AccountDirectory:
    """The accounts of an organization, read at most once a second by each process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lists: dict[str, tuple[float, list[Account]]] = {}

    async def usable(self, caller: Caller) -> list[Account]:
        """The accounts that a key may use."""
        organization_id = caller.organization_id
        now = self._clock.monotonic()
        cached = self._lists.get(organization_id)
        if cached is None or now >= cached[0]:
            found = await self._database.read(
                lambda connection: visible(connection, organization_id, self._clock.now())
            )
            if len(self._lists) >= CACHED_LISTS:
                self._lists.clear()
            cached = (now + CACHE_SECONDS, found)
            self._lists[organization_id] = cached
        return [account for account in cached[1] if can_use(caller, account)]

    def forget(self, organization_id: str) -> None:
        """Read anew: an account was connected or disconnected in this process."""
        self._lists.pop(organization_id, None)
