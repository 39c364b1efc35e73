"""The settings of a server and of its platforms, read from the environment, and what they open."""

import base64
import binascii
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from limits import RateLimitItem, parse
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from sqlalchemy import make_url

from letmepost import migrations
from letmepost.jobs.lease import LEASE_SECONDS
from letmepost.jobs.retry import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS
from letmepost.kit.address_guard import parse_networks
from letmepost.kit.crypto import KEY_BYTES, Keyring, new_key
from letmepost.kit.database import Database, sqlite_url
from letmepost.kit.file_lock import SharedFileLock
from letmepost.kit.settings import (
    SettingsError,
    SettingsModel,
    read_group,
    refuse_unknown,
    variable_names,
)
from letmepost.platform_kit.http import origin
from letmepost.platforms import platforms, rules_for
from letmepost.posts.ending import MAX_TRIES
from letmepost.preflight.delivery_rules import LATENESS_MAX_HOURS
from letmepost.preflight.resource_rules import UPLOAD_BYTES
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import in_reporting_order, with_limits
from letmepost.tenancy.openid_settings import OPENID_PREFIX, OpenIdSettings

# Read by the client commands; a server started from the same shell must not refuse them.
CLIENT_VARIABLES = ("LETMEPOST_API_URL", "LETMEPOST_API_KEY")
# Shorter, a busy machine would lose leases that it means to keep; longer, posts wait too long
# for a worker that died.
LEASE_SECONDS_MIN = 3.0
LEASE_SECONDS_MAX = 600.0
KEY_FILE = "encryption.key"


def parse_keys(text: str) -> tuple[bytes, ...]:
    """Encryption keys as the setting writes them, newest first."""
    try:
        found = tuple(base64.b64decode(part.strip(), validate=True) for part in text.split(","))
    except (ValueError, binascii.Error):
        raise ValueError("LETMEPOST_ENCRYPTION_KEYS is not base64") from None
    if any(len(key) != KEY_BYTES for key in found):
        raise ValueError(f"each of LETMEPOST_ENCRYPTION_KEYS must be {KEY_BYTES} bytes")
    return found


def _rate(value: str) -> str:
    if value != "off":
        parse(value)
    return value


def _parsed(rate: str) -> RateLimitItem | None:
    return None if rate == "off" else parse(rate)


def _web_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return value.rstrip("/")


def _origins(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(origin(_web_address(each.strip())) for each in value.split(","))


def _networks(value: object) -> object:
    return parse_networks(value) if isinstance(value, str) else value


class ServerSettings(SettingsModel):
    """Each is an environment variable with the prefix `LETMEPOST_`."""

    data_dir: Path = Field(
        Path(".letmepost"), description="The folder of the database, media files and keys."
    )
    database_url: str | None = Field(
        None, description="`postgresql://...`; unset: a SQLite file in the data folder."
    )
    storage_url: str | None = Field(
        None,
        description="`file:///...` or `s3://bucket/prefix` with the usual AWS_ variables; "
        "unset: a folder in the data folder.",
    )
    redis_url: str | None = Field(None, description="Shares rate limits between processes.")
    public_url: Annotated[str, AfterValidator(_web_address)] = Field(
        "http://127.0.0.1:8000", description="The address under which the world reaches us."
    )
    return_origins: Annotated[tuple[str, ...], BeforeValidator(_origins)] = Field(
        (),
        description="Origins that a browser may be sent to once an account is connected, such as "
        "`https://app.example.com`; that of the public address always may.",
    )
    docs_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        None, description="Where error links lead; unset: the public address + /docs."
    )
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8000, description="The port to listen on; 0 takes any free one."
    )
    encryption_keys: SecretStr | None = Field(
        None,
        description="Comma-separated, newest first, each base64 of 32 bytes. Required with "
        "PostgreSQL; unset with SQLite: made in the data folder.",
    )
    allowed_private_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)
    ] = Field((), description="CIDRs that media, webhook and account-server addresses may reach.")
    trusted_proxies: Annotated[
        tuple[IPv4Network | IPv6Network, ...], BeforeValidator(_networks)
    ] = Field(
        (),
        description="CIDRs of proxies in front of this server. Their `X-Forwarded-For` is "
        "believed: requests, wrong keys and attempts to sign in are counted by the address that "
        "it gives, and the audit log names it.",
    )
    rate_limit: Annotated[str, AfterValidator(_rate)] = Field(
        "600/minute", description="Requests that a key may make; `off` for no limit."
    )
    address_rate_limit: Annotated[str, AfterValidator(_rate)] = Field(
        "off",
        description="Requests that a network address may make, counted before its key is looked "
        "at, such as `3000/minute`. Name your proxies in LETMEPOST_TRUSTED_PROXIES first, or all "
        "requests are theirs.",
    )
    wrong_key_limit: Annotated[str, AfterValidator(_rate)] = Field(
        "60/minute",
        description="Wrong API keys that may come from a network address before it has to wait; "
        "keys that were good before are not held up. `off` for no limit.",
    )
    uploads_at_once: Annotated[int, Field(gt=0)] = Field(
        16, description="Uploads that a key may have under way at once in each process."
    )
    requests_at_once: Annotated[int, Field(gt=0)] = Field(
        256,
        description="Requests that each process works on at once; one too many is answered 503 "
        "with `Retry-After`. Those that wait for their client, or for a platform to take a post, "
        "do not count.",
    )
    media_max_bytes: Annotated[int, Field(gt=0)] = Field(
        UPLOAD_BYTES.value, description="The largest upload, in bytes."
    )
    body_max_bytes: Annotated[int, Field(gt=0)] = Field(
        50_000_000, description="The largest JSON body, in bytes; inline files count."
    )
    max_tries: Annotated[int, Field(gt=0)] = Field(
        MAX_TRIES, description="How often a post is tried before it has failed."
    )
    retry_wait_seconds: Annotated[float, Field(gt=0, le=LONGEST_WAIT_SECONDS)] = Field(
        FIRST_WAIT_SECONDS,
        description="How long the second try waits where the platform does not say; doubled with "
        "each further one.",
    )
    lease_seconds: Annotated[float, Field(ge=LEASE_SECONDS_MIN, le=LEASE_SECONDS_MAX)] = Field(
        LEASE_SECONDS,
        description="How long a worker may be silent before another takes up its posts. A call "
        "that creates a post gets two thirds of it. The same for all processes of a database.",
    )
    max_lateness_hours: Annotated[int, Field(gt=0)] = Field(
        LATENESS_MAX_HOURS.value,
        description="A scheduled post that is found later than this is not published.",
    )
    webhook_retry_hours: Annotated[int, Field(ge=0)] = Field(
        24,
        description="A webhook that fails is tried again 8 times within half an hour, and then "
        "every hour for so many hours.",
    )
    retention_days: Annotated[int, Field(ge=0)] = Field(
        0, description="Posts that ended longer ago are deleted; 0 keeps them for ever."
    )
    media_unused_days: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Uploads that no post has named for so long are deleted, and so are files that "
        "posts brought with them, that long after the posts ended; 0 keeps them for ever.",
    )
    request_log: bool = Field(
        True,
        description="Whether requests of the API are logged for the dashboard: when, by which key, "
        "and how each ended; never what they held.",
    )
    request_log_days: Annotated[int, Field(gt=0)] = Field(
        7, description="Requests in the log that are older are deleted."
    )
    audit_days: Annotated[int, Field(ge=0)] = Field(
        365,
        description="Entries of the audit log are deleted after so long; 0 keeps them for ever.",
    )
    record_upstream: Path | None = Field(
        None, description="A JSONL file that gets every request to a platform, secrets hidden."
    )
    signup: Literal["first-user", "open", "closed"] = Field(
        "first-user",
        description="Who may sign up on the dashboard: the first visitor, who becomes the owner; "
        "everybody, each with an organization; or nobody. Members are invited in any case.",
    )
    auto_migrate: bool = Field(True, description="Bring the database up to date at the start.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much the log says."
    )

    @model_validator(mode="after")
    def _needs_keys_with_postgresql(self) -> Self:
        if self.database_url and not self.database_url.startswith("sqlite"):
            if not self.database_url.startswith(("postgresql://", "postgres://")):
                raise ValueError("LETMEPOST_DATABASE_URL must begin with postgresql://")
            if self.encryption_keys is None:
                raise ValueError(
                    "LETMEPOST_ENCRYPTION_KEYS is required with PostgreSQL; make one with "
                    "`openssl rand -base64 32` and keep it safe"
                )
        if self.encryption_keys is not None:
            parse_keys(self.encryption_keys.get_secret_value())
        return self

    @property
    def docs(self) -> str:
        """Where the documentation is."""
        return self.docs_url or f"{self.public_url}/docs"

    @property
    def media_url(self) -> str:
        """Where media files lie."""
        return self.storage_url or (self.data_dir / "media").resolve().as_uri()

    @property
    def rate(self) -> RateLimitItem | None:
        """The rate limit of a key."""
        return _parsed(self.rate_limit)

    @property
    def address_rate(self) -> RateLimitItem | None:
        """The rate limit of a network address."""
        return _parsed(self.address_rate_limit)

    @property
    def wrong_keys(self) -> RateLimitItem | None:
        """How many wrong keys may come from an address."""
        return _parsed(self.wrong_key_limit)


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


async def migrate(database: Database) -> None:
    """Bring the database up to date."""
    await database.write(migrations.upgrade)
