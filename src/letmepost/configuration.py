"""The settings of a server and of its platforms, read from the environment, and what they open."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from letmepost import migrations
from letmepost.kit.crypto import Keyring, new_key
from letmepost.kit.database import Database, sqlite_url
from letmepost.kit.file_lock import SharedFileLock
from letmepost.kit.settings import (
    SettingsError,
    SettingsModel,
    read_group,
    refuse_unknown,
    variable_names,
)
from letmepost.media.storage import Storage, open_storage
from letmepost.platforms import platforms, rules_for
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import in_reporting_order, with_limits
from letmepost.server_settings import ServerSettings, parse_keys
from letmepost.tenancy.openid_settings import OPENID_PREFIX, OpenIdSettings

# Read by the client commands; a server started from the same shell must not refuse them.
CLIENT_VARIABLES = ("LETMEPOST_API_URL", "LETMEPOST_API_KEY")
KEY_FILE = "encryption.key"


@dataclass(frozen=True)
class Configuration:
    """The settings of a server and of its platforms."""

    server: ServerSettings
    openid: OpenIdSettings
    platforms: Mapping[str, SettingsModel]
    environment: Mapping[str, str]


def read_configuration(environment: Mapping[str, str]) -> Configuration:
    """Read every setting; raise `SettingsError` with a sentence for each mistake."""
    known = [
        *variable_names(ServerSettings).values(),
        *variable_names(OpenIdSettings, OPENID_PREFIX).values(),
        *CLIENT_VARIABLES,
    ]
    mistakes: list[str] = []
    groups: dict[str, SettingsModel] = {}
    for name, platform in platforms().items():
        known += platform.variables.values()
        try:
            groups[name] = read_group(platform.settings, environment, platform.settings_prefix)
        except SettingsError as error:
            mistakes += error.sentences
    server, openid = None, None
    try:
        server = read_group(ServerSettings, environment)
    except SettingsError as error:
        mistakes += error.sentences
    try:
        openid = read_group(OpenIdSettings, environment, OPENID_PREFIX)
    except SettingsError as error:
        mistakes += error.sentences
    if server and openid:
        mistakes += _contradictions(server, openid)
    try:
        refuse_unknown(environment, known)
    except SettingsError as error:
        mistakes += error.sentences
    if mistakes or server is None or openid is None:
        raise SettingsError(mistakes)
    return Configuration(server, openid, groups, environment)


def _contradictions(server: ServerSettings, openid: OpenIdSettings) -> list[str]:
    found = []
    if openid.issuer and server.signup == "open":
        found.append(
            "LETMEPOST_SIGNUP: open lets anybody sign up under any e-mail address, and "
            "LETMEPOST_OPENID_ISSUER recognises members by theirs; choose first-user or closed"
        )
    if openid.email_domains and server.signup == "closed":
        found.append(
            "LETMEPOST_SIGNUP: closed lets nobody join without an invite, and "
            "LETMEPOST_OPENID_EMAIL_DOMAINS does; unset one of them"
        )
    return found


def limit_overrides(configuration: Configuration) -> dict[str, Any]:
    """The limits that the operator has set, by rule."""
    overrides = {}
    for name, platform in platforms().items():
        for field, rule_id in platform.limit_settings.items():
            overrides[rule_id] = getattr(configuration.platforms[name], field)
    return overrides


def rules_by_platform(configuration: Configuration) -> Mapping[str, tuple[Rule, ...]]:
    """The rules that are run for each platform, with the operator's numbers."""
    overrides = limit_overrides(configuration)
    return {
        name: in_reporting_order(
            each for each in with_limits(rules_for(platform), overrides) if each.check is not None
        )
        for name, platform in platforms().items()
    }


def trusted_urls(configuration: Configuration) -> Mapping[str, tuple[str, ...]]:
    """The hosts that the operator's settings name, by platform."""
    return {
        name: tuple(
            value
            for field, value in group.model_dump().items()
            if field.endswith("_url") and str(value).startswith("http")
        )
        for name, group in configuration.platforms.items()
    }


def _database_url(settings: ServerSettings) -> str:
    return settings.database_url or sqlite_url(settings.data_dir / "letmepost.sqlite")


def kept_keyring(settings: ServerSettings) -> Keyring | None:
    """The encryption keys that are there already; None is made where none are."""
    if settings.encryption_keys is None and not (settings.data_dir / KEY_FILE).exists():
        return None
    return open_keyring(settings)


def open_keyring(settings: ServerSettings) -> Keyring:
    """The encryption keys that are set, or the one in the data folder, made at the first start."""
    if settings.encryption_keys is not None:
        return Keyring(parse_keys(settings.encryption_keys.get_secret_value()))
    path = settings.data_dir / KEY_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key())
    text = path.read_text().strip()
    if not text:
        raise SettingsError([f"{path} is empty; delete it if nothing has been stored yet."])
    return Keyring(parse_keys(text))


def open_database(settings: ServerSettings) -> Database:
    """The database that the settings name; its folder is made."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return Database(_database_url(settings))


def sqlite_lock(database: Database) -> SharedFileLock:
    """What every process that works on a SQLite file holds, docs/decisions/0009."""
    return SharedFileLock(Path(f"{make_url(database.url).database}.lock"))


def open_configured_storage(configuration: Configuration) -> Storage:
    """The storage of files that the settings name."""
    return open_storage(configuration.server.media_url, configuration.environment)


async def migrate(database: Database) -> None:
    """Bring the database up to date."""
    await database.write_at_length(migrations.upgrade)
