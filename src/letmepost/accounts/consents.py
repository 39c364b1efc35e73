"""Connect accounts on their platform's consent page (OAuth 2.0): begin a visit, and complete it.

A visit is a row. Its state is known to the browser alone and works once, for ten minutes, for the
organization and profile that it was made for; the secret of PKCE never leaves the server.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from letmepost.accounts.connect import (
    Connecting,
    missing_scopes,
    refuse_without_app,
    synthetic,
)
from letmepost.accounts.keep import Keeping, Kept, Owner
from letmepost.accounts.queries import GIVEN_BY
from letmepost.accounts.return_address import allowed_return
from letmepost.accounts.tables import consents
from letmepost.content.errors import LetmepostError
from letmepost.kit.crypto import SealBrokenError
from letmepost.kit.sealed import SealedColumn
from letmepost.platform_kit.connect import Connected, ConnectOAuth, Consent
from letmepost.platform_kit.platform import Platform
from letmepost.platforms import platforms
from letmepost.preflight.connect_rules import (
    CONNECT_FIELD,
    CONNECT_FIELD_UNKNOWN,
    CONSENT_EXPIRED,
    CONSENT_MINUTES,
    CONSENT_PLATFORM,
    CONSENT_REDIRECT,
    CONSENT_REUSED,
    CONSENT_UNKNOWN,
    NO_ACCOUNTS,
    SCOPE_MISSING,
)
from letmepost.preflight.refuse import refuse
from letmepost.tenancy.audit import Actor
from letmepost.tenancy.keys import Caller

STATE_RANDOM_BYTES: Final = 32
# 64 characters; RFC 7636 wants 43 to 128.
VERIFIER_RANDOM_BYTES: Final = 48
LIVES: Final = timedelta(minutes=CONSENT_MINUTES.value)
# Until then a state that has expired or was used is told from one that never was.
REMEMBERED_FOR: Final = timedelta(days=1)
# The code of a visit that a test key began: it never comes from a platform.
SANDBOX_CODE: Final = "sandbox"
_BEGIN_AGAIN: Final = "Begin again with POST /v1/accounts/connect/{}."
_FIELDS: Final = ("code", "state", "redirectUri")


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit that was begun here, with what was sealed of it.

    `chooses` says that its owner is asked which accounts to connect, where there are several.
    """

    platform: str
    owner: Owner
    consent: Consent
    return_to: str | None
    chooses: bool = False


def digest_of(state: str) -> str:
    """What is kept of a state or a token, in its place."""
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()


def _place(state_sha256: str) -> str:
    return f"consents/{state_sha256}/sealed"


SEALED_VISITS: Final = SealedColumn(consents.c.sealed, place=lambda row: _place(row.state_sha256))


@dataclass(frozen=True)
class Consents:
    """Visits to consent pages, as one process works with them."""

    connecting: Connecting

    def redirect_uri(self, platform: Platform) -> str:
        """Where the platform sends the browser back to; registered with the app there."""
        return f"{self.connecting.public_url}/v1/accounts/oauth/{platform.name}/callback"

    async def begin(  # noqa: PLR0913 - who, where and when
        self,
        owner: Owner,
        platform: Platform,
        connector: ConnectOAuth,
        return_to: str | None,
        now: datetime,
        *,
        chooses: bool = False,
    ) -> dict[str, Any]:
        """Begin a visit; its descriptor.

        Raises `platform_not_enabled` while the operator has no app at the platform.
        """
        settings = self.connecting.platform_settings[platform.name]
        if not owner.sandbox:
            refuse_without_app(connector, platform, settings)
        consent = Consent(
            state=secrets.token_urlsafe(STATE_RANDOM_BYTES),
            redirect_uri=self.redirect_uri(platform),
            code_verifier=secrets.token_urlsafe(VERIFIER_RANDOM_BYTES),
        )
        visit = Visit(platform.name, owner, consent, self._allowed(return_to), chooses)
        await self._remember(visit, now)
        if owner.sandbox:
            # Opened, it completes the visit at once; the platform is not called.
            address = f"{consent.redirect_uri}?code={SANDBOX_CODE}&state={consent.state}"
        else:
            address = connector.consent_url(consent, settings)
        return {
            "kind": connector.kind,
            "authorizationUrl": address,
            "state": consent.state,
            "scopes": list(connector.scopes),
            "redirectUri": consent.redirect_uri,
        }

    def _allowed(self, return_to: str | None) -> str | None:
        connecting = self.connecting
        return allowed_return(return_to, connecting.public_url, connecting.return_origins)

    async def _remember(self, visit: Visit, now: datetime) -> None:
        digest = digest_of(visit.consent.state)
        secret = {
            "codeVerifier": visit.consent.code_verifier,
            "returnTo": visit.return_to,
            "chooses": visit.chooses,
        }
        row = self.row(digest, visit, secret, now)
        await self.connecting.database.write(
            lambda connection: connection.execute(insert(consents).values(row))
        )

    def row(
        self, digest: str, visit: Visit, secret: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """A row of what a visit needs for its next ten minutes, with its secrets sealed."""
        sealed = json.dumps(secret).encode()
        return {
            "state_sha256": digest,
            "organization_id": visit.owner.organization_id,
            "profile_id": visit.owner.profile_id,
            "pinned": visit.owner.pinned,
            "sandbox": visit.owner.sandbox,
            "platform": visit.platform,
            "redirect_uri": visit.consent.redirect_uri,
            "sealed": self.connecting.keyring.seal(sealed, _place(digest)),
            "created_at": now,
            "expires_at": now + LIVES,
            "used_at": None,
        }

    def opened(self, row: Row[Any]) -> dict[str, Any]:
        """The secrets of a row; raise `SealBrokenError` where they are of a key that is gone."""
        opened: dict[str, Any] = json.loads(
            self.connecting.keyring.open(row.sealed, _place(row.state_sha256))
        )
        return opened

    async def find(self, state: str) -> Visit | None:
        """The visit of a state, whatever became of it; None for one that never was."""
        digest = digest_of(state)
        row = await self.connecting.database.read(lambda connection: _find(connection, digest))
        if row is None:
            return None
        try:
            opened = self.opened(row)
        except SealBrokenError:
            # Begun under an encryption key that is gone.
            return None
        if "codeVerifier" not in opened:
            # The token of a choice, which is no state.
            return None
        consent = Consent(
            state=state, redirect_uri=row.redirect_uri, code_verifier=opened["codeVerifier"]
        )
        chooses = opened.get("chooses", False)
        return Visit(row.platform, owner_of(row), consent, opened["returnTo"], chooses)

    async def use(self, visit: Visit | None, platform: Platform, now: datetime) -> Visit:
        """Use a visit up, so that nobody can complete it again.

        Raises where it is unknown, another platform's, too old, or used already.
        """
        if visit is None:
            raise refuse(CONSENT_UNKNOWN, platform=platform.name)
        if visit.platform != platform.name:
            raise refuse(CONSENT_PLATFORM, platform=platform.title)
        digest = digest_of(visit.consent.state)

        def use(connection: Connection) -> LetmepostError | None:
            used = connection.execute(
                update(consents)
                .where(
                    consents.c.state_sha256 == digest,
                    consents.c.used_at.is_(None),
                    consents.c.expires_at > now,
                )
                .values(used_at=now)
            )
            if used.rowcount == 1:
                return None
            row = _find(connection, digest)
            rule = CONSENT_REUSED if row is not None and row.used_at else CONSENT_EXPIRED
            return refuse(rule, platform=platform.name)

        if (refused := await self.connecting.database.write(use)) is not None:
            raise refused
        return visit

    async def complete(  # noqa: PLR0913 - who, what, where and when
        self,
        caller: Caller,
        platform: Platform,
        connector: ConnectOAuth,
        given: Mapping[str, str],
        *,
        now: datetime,
        by: Actor,
    ) -> list[Kept]:
        """Complete a visit whose code the caller has received in place of our callback."""
        for name in given:
            if name not in _FIELDS:
                raise refuse(CONNECT_FIELD_UNKNOWN, actual=name[:80])
        for name in ("code", "state"):
            if not given.get(name):
                raise refuse(CONNECT_FIELD, actual=name)
        visit = await self.find(given["state"])
        if visit is None or not _is_of(visit, caller):
            # Another's state is not there, whether it exists or not.
            raise refuse(CONSENT_UNKNOWN, platform=platform.name)
        if given.get("redirectUri") not in (None, "", visit.consent.redirect_uri):
            raise refuse(CONSENT_REDIRECT)
        await self.use(visit, platform, now)
        given_accounts = await self.exchange(visit, platform, connector, given["code"])
        return await self.keep(visit, given_accounts, now, by)

    async def keep(
        self,
        visit: Visit,
        given: Sequence[tuple[Platform, Connected]],
        now: datetime,
        by: Actor,
    ) -> list[Kept]:
        """Connect what a visit gave."""
        connecting = self.connecting
        keeping = Keeping(connecting.database, connecting.keyring, visit.owner, now, by)
        return await keeping.keep(given)

    async def exchange(
        self, visit: Visit, platform: Platform, connector: ConnectOAuth, code: str
    ) -> list[tuple[Platform, Connected]]:
        """Spend the code of a visit that was used up; every account that it gives."""
        connecting = self.connecting
        if visit.owner.sandbox:
            connected: Sequence[Connected] = [synthetic(platform, code)]
        else:
            upstream = connecting.upstream(platform)
            upstream.secrets |= {code, visit.consent.code_verifier}
            settings = connecting.platform_settings[platform.name]
            try:
                connected = await connector.connect(code, visit.consent, settings, upstream)
            except LetmepostError as error:
                # The state is used up, and the code may be: only a new visit can help.
                error.retryable = False
                error.remediation = error.remediation or _BEGIN_AGAIN.format(platform.name)
                raise
        if not connected:
            raise refuse(NO_ACCOUNTS, platform=platform.title)
        _refuse_missing_scopes(platform, connector, connected)
        return with_links(platform, connected)

    async def forget(self, now: datetime) -> None:
        """Delete visits that ended long ago."""
        await self.connecting.database.write(
            lambda connection: connection.execute(
                delete(consents).where(consents.c.expires_at <= now - REMEMBERED_FOR)
            )
        )


def owner_of(row: Row[Any]) -> Owner:
    """For whom a visit was begun."""
    return Owner(
        organization_id=row.organization_id,
        profile_id=row.profile_id,
        pinned=row.pinned,
        sandbox=row.sandbox,
    )


def with_links(
    platform: Platform, connected: Sequence[Connected]
) -> list[tuple[Platform, Connected]]:
    """The accounts of a consent, each followed by those of other platforms that it gave."""
    found = []
    for each in connected:
        found.append((platform, each))
        for link in each.links:
            found += [
                (other, _given_by(platform, other.takes_links[link.kind](link.values)))
                for other in platforms().values()
                if link.kind in other.takes_links
            ]
    return found


def _given_by(platform: Platform, linked: Connected) -> Connected:
    """With a note of whose consent it lives by: that is where the access is taken back."""
    return replace(linked, details={**linked.details, GIVEN_BY: platform.name})


def _refuse_missing_scopes(
    platform: Platform, connector: ConnectOAuth, connected: Sequence[Connected]
) -> None:
    missing = {
        scope: None for each in connected for scope in missing_scopes(connector, each.scopes)
    }
    if missing:
        raise refuse(SCOPE_MISSING, platform=platform.title, actual=", ".join(missing))


def _is_of(visit: Visit, caller: Caller) -> bool:
    owner = visit.owner
    return (
        owner.organization_id == caller.organization_id
        and caller.sees(owner.profile_id)
        and owner.sandbox == caller.sandbox
    )


def _find(connection: Connection, state_sha256: str) -> Row[Any] | None:
    return connection.execute(
        select(consents).where(consents.c.state_sha256 == state_sha256)
    ).one_or_none()
