"""The settings of a server: what each means, what it may hold, and what it is unless it is set."""

import base64
import binascii
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, Self

from limits import RateLimitItem, parse
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from letmepost.jobs.lease import LEASE_SECONDS
from letmepost.jobs.retry import FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS
from letmepost.kit.address_guard import parse_networks
from letmepost.kit.crypto import KEY_BYTES
from letmepost.kit.settings import (
    SettingsModel,
)
from letmepost.platform_kit.http import origin
from letmepost.posts.ending import MAX_TRIES
from letmepost.preflight.delivery_rules import LATENESS_MAX_HOURS
from letmepost.preflight.resource_rules import UPLOAD_BYTES

# Shorter, a busy machine would lose leases that it means to keep; longer, posts wait too long
# for a worker that died.
LEASE_SECONDS_MIN = 3.0
LEASE_SECONDS_MAX = 600.0


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
    redis_url: str | None = Field(
        None,
        description="Shares rate limits between processes, and the counts of wrong keys and "
        "passwords.",
    )
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
    monthly_posts: Annotated[int, Field(ge=0)] = Field(
        0,
        description="Posts that an organization may make in a calendar month, each account of a "
        "post counted; 0 for no limit.",
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
    drain_seconds: Annotated[float, Field(ge=0, le=600)] = Field(
        0.0,
        description="How long a server that is told to stop goes on answering, while `/ready` "
        "says 503, so that whatever sends it requests turns to another; 0 stops at once.",
    )
    auto_migrate: bool = Field(True, description="Bring the database up to date at the start.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much the log says."
    )
    worker_metrics_port: Annotated[int, Field(gt=0, le=65535)] | None = Field(
        None,
        description="The port on which `letmepost worker` answers `GET /metrics`; `letmepost "
        "serve` answers it beside the API.",
    )
    traces_url: Annotated[str, AfterValidator(_web_address)] | None = Field(
        None,
        description="Where OpenTelemetry traces are sent by OTLP over HTTP, such as "
        "`http://127.0.0.1:4318/v1/traces`; it needs the extra `telemetry`.",
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
