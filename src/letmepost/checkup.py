"""What `letmepost doctor` looks at."""

import secrets
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import aiohttp
from sqlalchemy import Connection

from letmepost import migrations
from letmepost.accounts.connect import missing_of_app
from letmepost.configuration import (
    KEY_FILE,
    Configuration,
    open_configured_storage,
    open_database,
    open_keyring,
)
from letmepost.content.errors import LetmepostError
from letmepost.dashboard.openid_provider import Provider
from letmepost.jobs.queue import database_now
from letmepost.kit.address_guard import AddressGuard
from letmepost.kit.clock import Clock, SystemClock
from letmepost.kit.database import Database
from letmepost.platform_kit.open_sessions import open_sessions
from letmepost.platforms import platforms
from letmepost.posts.figures import Figures, figures
from letmepost.server_settings import ServerSettings
from letmepost.versions.spoken import (
    SUNSET_SOON_DAYS,
    days_until_sunset,
    spoken_versions,
    status_of,
)

OVERDUE_SECONDS_WARNED = 60.0
CLOCKS_APART_SECONDS_WARNED = 2.0
PUBLIC_ADDRESS_SECONDS = 10.0
REDIS_SECONDS = 5.0
DISK_FREE_SHARE_WARNED = 0.05
# Readable or writable for the group or for everybody.
OTHERS_MAY = 0o077


@dataclass(frozen=True)
class Found:
    """One thing that was looked at, and what to do about it where it is not well."""

    level: Literal["ok", "warning", "error"]
    subject: str
    words: str
    remedy: str = ""


async def examine(configuration: Configuration, clock: Clock | None = None) -> list[Found]:
    """Look at everything; a thing that cannot be looked at is an error with its reason."""
    clock = clock or SystemClock()
    today = clock.now().astimezone(UTC).date()
    settings = configuration.server
    found = [
        await _public_address(settings),
        _keys(configuration),
        *_platforms(configuration),
        *_versions(configuration, today),
        *await _provider(configuration, clock),
    ]
    database = open_database(settings)
    try:
        found += await _database(database, clock)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises is the finding
        words = f"{type(error).__name__}: {error}"
        found.append(Found("error", "database", words, "Check LETMEPOST_DATABASE_URL."))
    finally:
        await database.close()
    try:
        found.append(await _storage(configuration))
    except Exception as error:  # noqa: BLE001 - as above, of a store
        words = f"{type(error).__name__}: {error}"
        remedy = "Check LETMEPOST_STORAGE_URL and the AWS_ variables; the bucket must exist."
        found.append(Found("error", "storage", words, remedy))
    if settings.redis_url is not None:
        found.append(await _redis(settings.redis_url))
    return [*found, _disk(settings)]


async def _public_address(settings: ServerSettings) -> Found:
    url, subject = settings.public_url, "public address"
    if url.startswith(("http://127.", "http://localhost", "http://[::1]")):
        words = f"{url}: only this machine reaches it."
        return Found("warning", subject, words, "Set LETMEPOST_PUBLIC_URL.")
    remedy = "Start the server, and lead this address to it: name, certificate, proxy."
    try:
        timeout = aiohttp.ClientTimeout(total=PUBLIC_ADDRESS_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.get(f"{url}/health", allow_redirects=False) as answer,
        ):
            said = await answer.text()
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        words = f"{url} is not reached from here: {str(error) or type(error).__name__}"
        return Found("warning", subject, words, remedy)
    if answer.status != HTTPStatus.OK or not said.startswith('{"status":"ok"'):
        words = f"{url}/health answers {answer.status}, and not as this server does."
        return Found("warning", subject, words, remedy)
    if url.startswith("http://"):
        words = f"{url} answers without a certificate: keys and files travel in clear."
        return Found("warning", subject, words, "Put a proxy with a certificate before it.")
    return Found("ok", subject, f"{url} answers.")


def _keys(configuration: Configuration) -> Found:
    subject, path = "encryption keys", configuration.server.data_dir / KEY_FILE
    try:
        keyring = open_keyring(configuration.server)
    except Exception as error:  # noqa: BLE001 - as above, of a key file
        remedy = "Restore the key from your copy: what it sealed opens with nothing else."
        return Found("error", subject, str(error), remedy)
    words = f"{len(keyring.keys)} readable; keep a copy in a safe place."
    if configuration.server.encryption_keys is None and path.stat().st_mode & OTHERS_MAY:
        return Found("error", subject, f"Others may read {path}.", f"chmod 600 {path}")
    return Found("ok", subject, words)


def _platforms(configuration: Configuration) -> list[Found]:
    """Which platforms can be connected; an app of which only a part is set is a mistake."""
    ready, without, found = [], [], []
    for name, platform in platforms().items():
        connector = platform.connector
        if connector is None:
            continue
        wanted, missing = 0, list[str]()
        if connector.kind == "oauth":
            wanted = len(connector.app_settings)
            missing = missing_of_app(connector, platform, configuration.platforms[name])
        if not missing:
            ready.append(platform.title)
        elif len(missing) == wanted:
            without.append(platform.title)
        else:
            names = " and ".join(missing)
            words = f"{platform.title} has only a part of its app: {names} is not set."
            found.append(Found("error", "platform", words, f"Set {names}."))
    words = f"{', '.join(ready)} can be connected"
    words += f"; {', '.join(without)} have no app set." if without else "."
    return [*found, Found("ok", "platforms", words)]


def _versions(configuration: Configuration, today: date) -> list[Found]:
    spoken = spoken_versions(platforms(), configuration.platforms)
    found = []
    for name, version in spoken.items():
        status, days = status_of(version, today), days_until_sunset(version, today)
        if status == "supported":
            continue
        platform = platforms()[name]
        words = (
            f"{platform.title} ends {version.current} on {version.sunset_at} (days left: {days})"
        )
        if status == "gone":
            words = f"{platform.title} ended {version.current} on {version.sunset_at}"
        setting = version.setting and platform.variables[version.setting]
        newer = f"{setting} to {version.next or 'a newer one'}" if setting else None
        remedy = f"set {newer}, or update this server." if newer else "update this server."
        found.append(Found("warning", "platform version", f"{words}: {remedy}"))
    words = f"{len(spoken)} spoken, none ends within {SUNSET_SOON_DAYS} days."
    return found or [Found("ok", "platform versions", words)]


async def _provider(configuration: Configuration, clock: Clock) -> list[Found]:
    settings, server = configuration.openid, configuration.server
    if settings.issuer is None:
        return []
    sessions = open_sessions(AddressGuard(server.allowed_private_networks))
    provider = Provider(settings, sessions, clock, server.public_url)
    try:
        await provider.read()
    except LetmepostError as error:
        words = f"{settings.issuer}: {error.message}"
        return [Found("error", "OpenID Connect", words, error.remediation or "")]
    finally:
        await sessions.close()
    words = f"{settings.issuer} answers; it has to know {provider.redirect_uri} as redirect URI."
    return [Found("ok", "OpenID Connect", words)]


async def _database(database: Database, clock: Clock) -> list[Found]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    step = await database.read(migrations.revision)
    if (step or "") < migrations.HEAD:
        words = f"{kind} at step {step or 'none'}, this version needs {migrations.HEAD}."
        return [Found("error", "database", words, "letmepost migrate")]

    def write_and_read(connection: Connection) -> Figures:
        return figures(connection, clock.now())

    read = await database.write(write_and_read)
    found = [Found("ok", "database", f"{kind} at step {step}, takes what is written.")]
    if not database.is_sqlite:
        found.append(await _clocks(database, clock))
    return [*found, *_queue(read)]


async def _clocks(database: Database, clock: Clock) -> Found:
    """Whether this machine and the database agree on the time: due posts go by the database's."""
    before = clock.now()
    theirs = await database.read(lambda connection: database_now(connection, before))
    after = clock.now()
    apart = max((before - theirs).total_seconds(), (theirs - after).total_seconds(), 0.0)
    if apart > CLOCKS_APART_SECONDS_WARNED:
        words = f"{apart:.0f} s apart from the clock of the database."
        return Found("warning", "clock", words, "Run an NTP client on both machines.")
    return Found("ok", "clock", "agrees with that of the database.")


def _queue(read: Figures) -> list[Found]:
    late = read.oldest_overdue_seconds > OVERDUE_SECONDS_WARNED
    words = f"{read.scheduled} scheduled, {read.overdue} due, {read.in_flight} in flight, "
    words += f"{read.waiting} waiting for a platform."
    if late:
        words += f" The oldest is overdue for {read.oldest_overdue_seconds:.0f} s."
    remedy = "Start a worker, or another one: letmepost worker" if late else ""
    found = [Found("warning" if late else "ok", "queue", words, remedy)]
    if read.unknown:
        words = f"{read.unknown} sent without an answer, being looked up."
        found.append(Found("warning", "unknown outcomes", words))
    return found


async def _storage(configuration: Configuration) -> Found:
    storage, url = open_configured_storage(configuration), configuration.server.media_url
    key, written = f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(16)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written"
        path.write_bytes(written)
        await storage.put_file(key, path, "application/octet-stream")
    try:
        if await storage.read(key, len(written)) != written:
            words = f"{url} does not give back what was written."
            return Found("error", "storage", words, "Nothing may stand before it that caches.")
    finally:
        await storage.delete(key)
    return Found("ok", "storage", f"{url} takes and gives files.")


async def _redis(url: str) -> Found:
    from redis.asyncio import Redis  # noqa: PLC0415 - 60 modules, seldom needed
    from redis.exceptions import RedisError  # noqa: PLC0415 - as above

    client = Redis.from_url(url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS)
    key = f"letmepost-doctor-{secrets.token_hex(8)}"
    try:
        await client.set(key, b"written", ex=60)
        read = await client.getdel(key)
    except (RedisError, OSError) as error:
        words = f"{type(error).__name__}: {error}"
        remedy = "Check LETMEPOST_REDIS_URL; until it answers, each process counts for itself."
        return Found("error", "redis", words, remedy)
    finally:
        await client.aclose()
    if read != b"written":
        return Found(
            "error", "redis", "It does not give back what was written.", "Look at its log."
        )
    return Found("ok", "redis", "takes and gives values.")


def _disk(settings: ServerSettings) -> Found:
    """How much room the data folder has: uploads pass through it, wherever they end."""
    usage = shutil.disk_usage(settings.data_dir)
    words = f"{usage.free / 1e9:.1f} GB of {usage.total / 1e9:.1f} GB are free for the data folder."
    remedy = "Make room: a full disk stops every write."
    if usage.free < settings.media_max_bytes:
        return Found("error", "disk", f"{words} The largest upload does not fit.", remedy)
    if usage.free < usage.total * DISK_FREE_SHARE_WARNED:
        return Found("warning", "disk", words, remedy)
    return Found("ok", "disk", words)
