"""The row that a connection leaves: a new account, or new credentials for one that is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from letmepost.accounts.account_audit import record_account
from letmepost.accounts.account_events import connected_event
from letmepost.accounts.credentials import seal_credentials
from letmepost.accounts.queries import Account, accounts_by_id
from letmepost.accounts.renewal import look_after, renew_at
from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.kit.ids import new_id
from letmepost.platform_kit.connect import Connected
from letmepost.platform_kit.platform import Platform
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import PROFILE_UNKNOWN
from letmepost.tenancy.audit import Actor, AuditAction
from letmepost.tenancy.keys import Caller
from letmepost.tenancy.profiles import profile_for
from letmepost.tenancy.tables import profiles
from letmepost.webhooks.events import write_events


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whom an account will belong to. One who is `pinned` sees this profile alone."""

    organization_id: str
    profile_id: str
    pinned: bool
    sandbox: bool

    def sees(self, profile_id: str) -> bool:
        """Whether things of a profile exist for who connects."""
        return not self.pinned or self.profile_id == profile_id


def owner_for(connection: Connection, caller: Caller, profile_id: str | None) -> Owner:
    """The owner that a request means; raise where it names a profile that it cannot see."""
    return Owner(
        organization_id=caller.organization_id,
        profile_id=profile_for(connection, caller, profile_id),
        pinned=caller.profile_id is not None,
        sandbox=caller.sandbox,
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """An account that was connected, and whether it is new here."""

    account: Account
    is_new: bool


@dataclass(frozen=True)
class Keeping:
    """Keeps what platforms gave, for one owner at one moment."""

    database: Database
    keyring: Keyring
    owner: Owner
    now: datetime
    by: Actor

    async def keep(self, connected: Sequence[tuple[Platform, Connected]]) -> list[Kept]:
        """Keep every account of one connection, or none, in the order given.

        An account that was connected before keeps its id and profile, and gets the new
        credentials.
        """

        def keep(connection: Connection) -> list[Kept]:
            self._refuse_deleted_profile(connection)
            # In one order for all, so that two requests cannot wait for each other.
            in_order = sorted(
                range(len(connected)),
                key=lambda place: (
                    connected[place][0].name,
                    connected[place][1].platform_account_id,
                ),
            )
            kept = {place: self._keep(connection, *connected[place]) for place in in_order}
            return [kept[place] for place in range(len(connected))]

        try:
            return await self.database.write(keep)
        except IntegrityError:
            # Another request connected the same account at the same moment: its row is there now.
            return await self.database.write(keep)

    def _refuse_deleted_profile(self, connection: Connection) -> None:
        """The owner may have been gone for minutes, on the platform's own pages."""
        known = select(profiles.c.id).where(profiles.c.id == self.owner.profile_id)
        if connection.execute(known).one_or_none() is None:
            raise refuse(PROFILE_UNKNOWN)

    def _keep(self, connection: Connection, platform: Platform, connected: Connected) -> Kept:
        owner = self.owner
        same = (
            (accounts.c.organization_id == owner.organization_id)
            & (accounts.c.platform == platform.name)
            & (accounts.c.platform_account_id == connected.platform_account_id)
            & (accounts.c.sandbox == owner.sandbox)
        )
        before = connection.execute(
            select(
                accounts.c.id,
                accounts.c.profile_id,
                accounts.c.disconnected_at,
                accounts.c.details,
            )
            .where(same)
            .with_for_update()
        ).one_or_none()
        account_id = before.id if before else new_id("acc")
        values = self._values(account_id, platform, connected)
        # What the account's user has chosen is not forgotten for a new token.
        values["details"] |= {
            name: before.details[name]
            for name in platform.chosen_details
            if before is not None and name in before.details
        }
        if before is None:
            connection.execute(
                insert(accounts).values(
                    id=account_id,
                    organization_id=owner.organization_id,
                    profile_id=owner.profile_id,
                    platform=platform.name,
                    platform_account_id=connected.platform_account_id,
                    sandbox=owner.sandbox,
                    paused_at=None,
                    slow_until=None,
                    created_at=self.now,
                    **values,
                )
            )
        else:
            # Disconnected and gone from its profile's list, it may come back to another one; while
            # it is connected it stays where it is.
            if before.disconnected_at is not None:
                values["profile_id"] = owner.profile_id
            elif not owner.sees(before.profile_id):
                raise LetmepostError(
                    code=ErrorCode.VALIDATION_FAILED,
                    message="This account is connected in another profile of the organization.",
                    conflict=True,
                )
            connection.execute(update(accounts).where(accounts.c.id == account_id).values(values))
        account = accounts_by_id(connection, [account_id])[account_id]
        look_after(connection, account, self.now)
        is_new = before is None or before.disconnected_at is not None
        record_account(
            connection,
            self.by,
            AuditAction.ACCOUNT_CONNECTED,
            account,
            self.now,
            {"again": not is_new, "scopes": account.scopes},
        )
        connected_now = connected_event(account, self.by.request_id)
        write_events(connection, [connected_now], self.now)
        return Kept(account, is_new)

    def _values(self, account_id: str, platform: Platform, connected: Connected) -> dict[str, Any]:
        """What is stored of a new connection; nothing of the token before it is left."""
        scopes = connected.scopes
        return {
            "display_name": connected.display_name,
            "credentials": seal_credentials(self.keyring, account_id, connected.credentials),
            "details": dict(connected.details),
            "token_expires_at": connected.token_expires_at,
            "scopes": None if scopes is None else list(scopes),
            "renewable": connected.renewable,
            "renewable_until": connected.renewable_until,
            "refreshed_at": None,
            "renew_at": renew_at(
                platform, connected.token_expires_at, self.now, renewable=connected.renewable
            ),
            "refresh_owner": None,
            "refresh_until": None,
            "revoked_at": None,
            "warned_days": None,
            "disconnected_at": None,
            "updated_at": self.now,
        }
