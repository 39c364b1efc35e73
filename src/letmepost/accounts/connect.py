"""Connect an account: what the caller must fill in, the login, and the row it leaves."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from letmepost.accounts.queries import Account, accounts_by_id
from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.kit.ids import new_id
from letmepost.platform_kit.connect import ConnectCredentials, Connected
from letmepost.platform_kit.http import Sessions, Upstream
from letmepost.platform_kit.platform import Platform, not_enabled
from letmepost.platforms import platforms
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import (
    CONNECT_FIELD,
    CONNECT_FIELD_UNKNOWN,
    PLATFORM_UNKNOWN,
)
from letmepost.tenancy.keys import Caller
from letmepost.tenancy.profiles import profile_for
from letmepost.webhooks.events import Event, write_events


def credentials_place(account_id: str) -> str:
    """Where an account's credentials belong, so that an envelope opens nowhere else."""
    return f"accounts/{account_id}/credentials"


def platform_named(name: str) -> Platform:
    """A platform of this server; raise `validation_failed` when there is none of this name."""
    found = platforms().get(name)
    if found is None:
        raise refuse(PLATFORM_UNKNOWN, actual=name[:80], limit=", ".join(platforms()))
    return found


def form_of(platform: Platform) -> ConnectCredentials:
    """The form that connects an account; raise `platform_not_enabled` where there is none."""
    connector = platform.connect
    if connector.kind == "oauth":
        raise not_enabled(platform)
    return connector


def descriptor(platform: Platform) -> dict[str, Any]:
    """What the caller must send to complete the connection."""
    form = form_of(platform)
    return {
        "kind": form.kind,
        "helpText": form.help_text,
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "type": field.type,
                "required": field.required,
                "placeholder": field.placeholder,
                "helpText": field.help_text,
            }
            for field in form.fields
        ],
    }


def read_fields(platform: Platform, given: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form by name, aliases resolved; raise for one missing or unknown."""
    values = {}
    known: set[str] = set()
    for field in form_of(platform).fields:
        names = (field.name, *field.aliases)
        known.update(names)
        value = next((given[name] for name in names if given.get(name, "").strip()), None)
        if value is not None:
            values[field.name] = value
        elif field.required:
            raise refuse(CONNECT_FIELD, actual=field.name)
    for name in given:
        if name not in known:
            raise refuse(CONNECT_FIELD_UNKNOWN, actual=name[:80])
    return values


def synthetic(platform: Platform, values: Mapping[str, str]) -> Connected:
    """An account that publishes to nobody, for test keys; the same fields give the same one."""
    name = next(iter(values.values()), platform.name)
    digest = hashlib.sha256(f"{platform.name} {name}".encode()).hexdigest()[:24]
    return Connected(
        platform_account_id=f"sandbox:{digest}", display_name=name[:255], credentials={}
    )


@dataclass(frozen=True)
class Connecting:
    """What connecting needs of the process."""

    database: Database
    keyring: Keyring
    sessions: Sessions
    platform_settings: Mapping[str, Any]
    trusted_urls: Mapping[str, tuple[str, ...]]


async def complete(  # noqa: PLR0913 - who, what, where and when
    connecting: Connecting,
    caller: Caller,
    platform: Platform,
    given: Mapping[str, str],
    *,
    profile_id: str | None,
    now: datetime,
    request_id: str | None,
) -> tuple[Account, bool]:
    """Log in and keep the account; the account, and whether it is new here.

    An account that was connected before keeps its id and profile, and gets the new credentials.
    """
    values = read_fields(platform, given)
    profile = await connecting.database.read(
        lambda connection: profile_for(connection, caller, profile_id)
    )
    if caller.sandbox:
        connected = synthetic(platform, values)
    else:
        upstream = Upstream(
            connecting.sessions, platform.name, connecting.trusted_urls[platform.name]
        )
        connected = await form_of(platform).connect(
            values, connecting.platform_settings[platform.name], upstream
        )
    keyring = connecting.keyring

    def keep(connection: Connection) -> tuple[Account, bool]:
        return _keep(
            connection,
            keyring,
            caller,
            platform.name,
            connected,
            profile_id=profile,
            now=now,
            request_id=request_id,
        )

    try:
        return await connecting.database.write(keep)
    except IntegrityError:
        # Another request connected the same account at the same moment: its row is there now.
        return await connecting.database.write(keep)


def _chosen(platform: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """What the account's user had chosen; a new token is no reason to forget it."""
    return {name: before[name] for name in platforms()[platform].chosen_details if name in before}


def _keep(  # noqa: PLR0913 - the parts of an account
    connection: Connection,
    keyring: Keyring,
    caller: Caller,
    platform: str,
    connected: Connected,
    *,
    profile_id: str,
    now: datetime,
    request_id: str | None,
) -> tuple[Account, bool]:
    same = (
        (accounts.c.organization_id == caller.organization_id)
        & (accounts.c.platform == platform)
        & (accounts.c.platform_account_id == connected.platform_account_id)
        & (accounts.c.sandbox == caller.sandbox)
    )
    before = connection.execute(
        select(accounts.c.id, accounts.c.profile_id, accounts.c.disconnected_at, accounts.c.details)
        .where(same)
        .with_for_update()
    ).one_or_none()
    account_id = before.id if before else new_id("acc")
    values: dict[str, Any] = {
        "display_name": connected.display_name,
        "credentials": keyring.seal(
            json.dumps(dict(connected.credentials)).encode(), credentials_place(account_id)
        ),
        "details": {**_chosen(platform, before.details if before else {}), **connected.details},
        "token_expires_at": connected.token_expires_at,
        "disconnected_at": None,
        "updated_at": now,
    }
    if before is None:
        connection.execute(
            insert(accounts).values(
                id=account_id,
                organization_id=caller.organization_id,
                profile_id=profile_id,
                platform=platform,
                platform_account_id=connected.platform_account_id,
                sandbox=caller.sandbox,
                paused_at=None,
                created_at=now,
                **values,
            )
        )
    else:
        # Disconnected and gone from its profile's list, it may come back to another one; while
        # it is connected it stays where it is.
        if before.disconnected_at is not None:
            values["profile_id"] = profile_id
        elif not caller.sees(before.profile_id):
            raise LetmepostError(
                code=ErrorCode.VALIDATION_FAILED,
                message="This account is connected in another profile of the organization.",
                conflict=True,
            )
        connection.execute(update(accounts).where(accounts.c.id == account_id).values(values))
    account = accounts_by_id(connection, [account_id])[account_id]
    connected_event = Event(
        type="account.connected",
        organization_id=caller.organization_id,
        profile_id=account.profile_id,
        subject_id=account_id,
        sequence=0,
        data={
            "platform": platform,
            "accountId": account_id,
            "platformAccountId": account.platform_account_id,
            "displayName": account.display_name,
        },
        request_id=request_id,
    )
    write_events(connection, [connected_event], now)
    return account, before is None or before.disconnected_at is not None
