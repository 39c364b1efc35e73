"""Take access back at the platform, once an account has left this server.

It is asked for after the commit that removed the tokens, once and with no promise: what fails
here brings nothing back, and is told to whoever asked.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, Connection, and_, select

from letmepost.accounts.connect import Connecting, refuse_without_app
from letmepost.accounts.credentials import open_credentials
from letmepost.accounts.queries import Account, accounts_by_id
from letmepost.accounts.renewals import hide_secrets
from letmepost.accounts.tables import accounts
from letmepost.content.errors import LetmepostError
from letmepost.kit.crypto import SealBrokenError
from letmepost.platform_kit.connect import NoRevocation, Revocation
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms

log = structlog.get_logger()

REVOKE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Leaving:
    """An account as it leaves, with the credentials that are wiped here; None where it had none."""

    account: Account
    envelope: str | None


@dataclass(frozen=True, slots=True)
class Revoked:
    """What became of the access of one account; `reason` says why it was not taken back."""

    account: Account
    reason: str | None = None

    def to_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {"revoked": self.reason is None, "reason": self.reason}


def leaving(connection: Connection, which: ColumnElement[bool]) -> list[Leaving]:
    """The connected accounts of a condition with their credentials, before these are wiped."""
    rows = connection.execute(
        select(accounts.c.id, accounts.c.credentials)
        .where(which, accounts.c.disconnected_at.is_(None))
        .order_by(accounts.c.created_at, accounts.c.id)
    ).all()
    found = accounts_by_id(connection, [row.id for row in rows])
    return [Leaving(found[row.id], row.credentials) for row in rows]


async def revoke(connecting: Connecting, left: Sequence[Leaving]) -> list[Revoked]:
    """Ask the platform of each account that has left; what one person gave is asked for once."""
    ended: dict[tuple[str, str], Revoked] = {}
    told = []
    for each in left:
        grant = _grant(each.account)
        revoked = Revoked(each.account, ended[grant].reason) if grant in ended else None
        if revoked is None:
            revoked = Revoked(each.account, await _why_not_revoked(connecting, each))
        if grant is not None:
            ended[grant] = revoked
        log.info(
            "account.revoked_upstream" if revoked.reason is None else "account.not_revoked",
            account=each.account.id,
            platform=each.account.platform,
            reason=revoked.reason,
        )
        told.append(revoked)
    return told


def _declared(account: Account) -> tuple[Platform, Revocation | NoRevocation] | None:
    platform = platforms().get(account.given_by)
    if platform is None or platform.connector is None:
        return None
    return platform, platform.connector.revocation


def _grant(account: Account) -> tuple[str, str] | None:
    """Which consent of a person an account lives by, where revoking ends all of that."""
    match _declared(account):
        case (Platform(name=name), Revocation(ends_for="person", person_detail=detail)):
            return name, str(account.details.get(detail, ""))
        case _:
            return None


async def _why_not_revoked(connecting: Connecting, left: Leaving) -> str | None:
    """Take the access back; None, or why that was not done."""
    declared = _declared(left.account)
    if left.account.sandbox or left.envelope is None or declared is None:
        return "No platform gave access for it."
    platform, revocation = declared
    if isinstance(revocation, NoRevocation):
        return revocation.why
    try:
        if await _serves_others(connecting, left.account, revocation):
            # Neither how many nor whose: they may be another organization's.
            return "The same consent serves what is still connected on this server."
        async with asyncio.timeout(REVOKE_SECONDS):
            await _ask(connecting, platform, revocation, left)
    except Exception as error:  # noqa: BLE001 - the account has left, so nothing may fail here
        return _told(error, platform, left.account)
    return None


def _told(error: Exception, platform: Platform, account: Account) -> str:
    match error:
        case LetmepostError():
            return error.message
        case TimeoutError():
            return f"{platform.title} did not answer within {REVOKE_SECONDS:g} seconds."
        case SealBrokenError():
            return "The encryption key of its tokens is not there any more."
        case _:
            log.error("account.revoking_failed", account=account.id, exc_info=error)
            return "Asking failed in a way that this server does not understand; see its log."


async def _ask(
    connecting: Connecting, platform: Platform, revocation: Revocation, left: Leaving
) -> None:
    account, settings = left.account, connecting.platform_settings[platform.name]
    if platform.connect.kind == "oauth":
        refuse_without_app(platform.connect, platform, settings)
    credentials = open_credentials(connecting.keyring, account.id, left.envelope or "")
    upstream = connecting.upstream(platform)
    hide_secrets(upstream, credentials)
    await revocation.ask(credentials, account.details, settings, upstream)


async def _serves_others(connecting: Connecting, account: Account, revocation: Revocation) -> bool:
    """Whether a connected account, of whatever organization, would lose its access with it."""
    match revocation.ends_for:
        case "connection":
            return False
        case "account":
            same = and_(
                accounts.c.platform == account.platform,
                accounts.c.platform_account_id == account.platform_account_id,
            )
        case "person":
            # Of other platforms too: one consent may have given accounts of several.
            named = accounts.c.details[revocation.person_detail].as_string()
            same = named == str(account.details.get(revocation.person_detail, ""))
    connected = and_(accounts.c.disconnected_at.is_(None), accounts.c.sandbox.is_(False))
    others = select(accounts.c.id).where(same, connected).limit(1)
    return await connecting.database.read(
        lambda connection: connection.execute(others).first() is not None
    )
