"""Requests that a platform signs: read, verified, and the accounts of the user that they name.

Source: https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback.
"""

import base64
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from letmepost.accounts.account_audit import record_account
from letmepost.accounts.account_events import revoked_event
from letmepost.accounts.queries import Account, accounts_by_id
from letmepost.accounts.renewal import look_after
from letmepost.accounts.tables import accounts
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.tenancy.audit import Actor, AuditAction
from letmepost.webhooks.events import write_events

ALGORITHM = "HMAC-SHA256"


def members(family: str) -> list[Platform]:
    """The platforms that share a family's addresses; raise `not_found` where there is none."""
    found = [
        each
        for each in platforms().values()
        if each.signed_requests is not None and each.signed_requests.family == family
    ]
    if not found:
        raise LetmepostError(code=ErrorCode.NOT_FOUND, message="No platform sends such requests.")
    return found


def signed_user(
    signed_request: str, family: Sequence[Platform], settings: Mapping[str, Any]
) -> str:
    """The id of the user that a request names, once one of the family's secrets has signed it.

    Raises `validation_failed` for a request that is not signed so, and `platform_unavailable`
    where no secret is set.
    """
    secrets = _secrets(family, settings)
    if not secrets:
        variables = [
            each.variables[each.signed_requests.secret_setting]
            for each in family
            if each.signed_requests is not None
        ]
        raise LetmepostError(
            code=ErrorCode.PLATFORM_UNAVAILABLE,
            message="This server has no app secret to verify the request with.",
            remediation=f"Set {' or '.join(variables)}.",
        )
    signature, _, payload = signed_request.partition(".")
    message = payload.encode("utf-8", "replace")
    given = _decoded(signature)
    # Each is compared, so that the time says nothing of which secret it was.
    matches = [
        hmac.compare_digest(hmac.digest(each.encode(), message, "sha256"), given)
        for each in secrets
    ]
    if sum(matches) == 0:
        raise _refused("Its signature is of none of this server's app secrets.")
    try:
        document = json.loads(_decoded(payload))
    except ValueError:
        raise _refused("Its payload is not JSON.") from None
    if not isinstance(document, dict) or document.get("algorithm") != ALGORITHM:
        raise _refused(f"Its algorithm is not {ALGORITHM}.")
    user_id = document.get("user_id")
    if isinstance(user_id, bool) or not isinstance(user_id, str | int) or not str(user_id):
        raise _refused("It names no user.")
    return str(user_id)


def _secrets(family: Sequence[Platform], settings: Mapping[str, Any]) -> list[str]:
    found = []
    for each in family:
        if each.signed_requests is not None:
            secret = getattr(settings[each.name], each.signed_requests.secret_setting)
            if secret is not None:
                found.append(secret.get_secret_value())
    return found


def _decoded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""


def _refused(why: str) -> LetmepostError:
    return LetmepostError(
        code=ErrorCode.VALIDATION_FAILED,
        message=f"The signed request is not accepted. {why}",
        remediation="Send the field `signed_request` as the platform made it.",
    )


def accounts_of_user(
    connection: Connection, family: Sequence[Platform], user_id: str
) -> list[Account]:
    """The connected accounts that a user's consent gave, locked until the transaction ends."""
    same_user = [
        and_(
            accounts.c.platform == each.name,
            accounts.c.details[each.signed_requests.user_detail].as_string() == user_id,
        )
        for each in family
        if each.signed_requests is not None
    ]
    ids = connection.execute(
        select(accounts.c.id)
        .where(or_(*same_user), accounts.c.disconnected_at.is_(None))
        .order_by(accounts.c.id)
        .with_for_update()
    ).scalars()
    return list(accounts_by_id(connection, list(ids)).values())


def revoke(
    connection: Connection, family: Sequence[Platform], user_id: str, by: Actor, now: datetime
) -> list[Account]:
    """Note, and tell once, that a user has taken access away from all accounts of theirs."""
    revoked = []
    for account in accounts_of_user(connection, family, user_id):
        if account.revoked_at is not None:
            continue
        connection.execute(
            update(accounts)
            .where(accounts.c.id == account.id)
            .values(revoked_at=now, renew_at=None, updated_at=now)
        )
        noted = accounts_by_id(connection, [account.id])[account.id]
        look_after(connection, noted, now)
        reason = "The user has removed the app at the platform."
        record_account(connection, by, AuditAction.ACCOUNT_ACCESS_LOST, noted, now)
        write_events(connection, [revoked_event(noted, reason, now)], now)
        revoked.append(noted)
    return revoked
