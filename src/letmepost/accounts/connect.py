"""Connect an account: what the caller must fill in or open, and the login by a form."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from letmepost.accounts.keep import Keeping, Kept, Owner
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.platform_kit.connect import ConnectCredentials, Connected, ConnectOAuth
from letmepost.platform_kit.http import Sessions, Upstream
from letmepost.platform_kit.platform import Platform, not_enabled
from letmepost.platforms import platforms
from letmepost.preflight.connect_rules import CONNECT_FIELD, CONNECT_FIELD_UNKNOWN
from letmepost.preflight.refuse import refuse
from letmepost.preflight.resource_rules import PLATFORM_UNKNOWN
from letmepost.tenancy.audit import Actor


@dataclass(frozen=True)
class Connecting:
    """What connecting needs of the process.

    `return_origins` are those that a browser may be sent to afterwards, beside our own.
    """

    database: Database
    keyring: Keyring
    sessions: Sessions
    platform_settings: Mapping[str, Any]
    trusted_urls: Mapping[str, tuple[str, ...]]
    public_url: str
    return_origins: tuple[str, ...] = ()

    def upstream(self, platform: Platform) -> Upstream:
        """A conversation with a platform."""
        return Upstream(self.sessions, platform.name, self.trusted_urls[platform.name])


def platform_named(name: str) -> Platform:
    """A platform of this server; raise `validation_failed` when there is none of this name."""
    found = platforms().get(name)
    if found is None:
        raise refuse(PLATFORM_UNKNOWN, actual=name[:80], limit=", ".join(platforms()))
    return found


def oauth_of(platform: Platform) -> ConnectOAuth:
    """The platform's consent page; raise `platform_not_enabled` where it has none."""
    connector = platform.connect
    if connector.kind != "oauth":
        raise not_enabled(platform)
    return connector


def form_descriptor(form: ConnectCredentials) -> dict[str, Any]:
    """What the caller must send to complete the connection."""
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


def read_fields(form: ConnectCredentials, given: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form by name, aliases resolved; raise for one missing or unknown."""
    values = {}
    known: set[str] = set()
    for field in form.fields:
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


def synthetic(platform: Platform, name: str) -> Connected:
    """An account that publishes to nobody, for test keys; the same name gives the same one."""
    digest = hashlib.sha256(f"{platform.name} {name}".encode()).hexdigest()[:24]
    return Connected(
        platform_account_id=f"sandbox:{digest}", display_name=name[:255], credentials={}
    )


def missing_of_app(connector: ConnectOAuth, platform: Platform, settings: Any) -> list[str]:  # noqa: ANN401 - the platform's own settings model
    """The variables of the operator's app at the platform that are not set."""
    return [
        platform.variables[field]
        for field in connector.app_settings
        if not getattr(settings, field)
    ]


def refuse_without_app(connector: ConnectOAuth, platform: Platform, settings: Any) -> None:  # noqa: ANN401 - the platform's own settings model
    """Raise `platform_not_enabled` while the operator has registered no app at the platform."""
    if missing := missing_of_app(connector, platform, settings):
        names = " and ".join(missing)
        unset = f"{names} {'are' if len(missing) > 1 else 'is'} not set"
        raise LetmepostError(
            code=ErrorCode.PLATFORM_NOT_ENABLED,
            message=f"This server has no app at {platform.title}: {unset}.",
            platform=platform.name,
            remediation=f"The operator registers an app at {platform.title}, sets {names}, and "
            "starts the server again.",
        )


def missing_scopes(connector: ConnectOAuth, granted: Sequence[str] | None) -> list[str]:
    """What publishing needs and was not granted; nothing where the platform does not say."""
    return [] if granted is None else [each for each in connector.scopes if each not in granted]


async def connect_by_form(  # noqa: PLR0913 - who, what, where and when
    connecting: Connecting,
    owner: Owner,
    platform: Platform,
    form: ConnectCredentials,
    given: Mapping[str, str],
    *,
    now: datetime,
    by: Actor,
) -> Kept:
    """Log in with the fields of the form, and keep the account."""
    values = read_fields(form, given)
    if owner.sandbox:
        connected = synthetic(platform, next(iter(values.values()), platform.name))
    else:
        settings = connecting.platform_settings[platform.name]
        connected = await form.connect(values, settings, connecting.upstream(platform))
    keeping = Keeping(connecting.database, connecting.keyring, owner, now, by)
    [kept] = await keeping.keep([(platform, connected)])
    return kept
