"""What `letmepost doctor` looks at."""

import secrets
import tempfile
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from letmepost import migrations
from letmepost.configuration import (
    Configuration,
    open_configured_storage,
    open_database,
    open_keyring,
    storage_url_of,
)
from letmepost.kit.clock import Clock, SystemClock
from letmepost.kit.database import Database
from letmepost.platforms import platforms
from letmepost.posts.figures import Figures, figures
from letmepost.versions.spoken import (
    SUNSET_SOON_DAYS,
    days_until_sunset,
    spoken_versions,
    status_of,
)

OVERDUE_SECONDS_WARNED = 60.0


@dataclass(frozen=True)
class Found:
    """One thing that was looked at."""

    level: Literal["ok", "warning", "error"]
    subject: str
    words: str


async def examine(configuration: Configuration, clock: Clock | None = None) -> list[Found]:
    """Look at everything; a thing that cannot be looked at is an error with its reason."""
    today = (clock or SystemClock()).now().astimezone(UTC).date()
    found = [_settings(configuration), _keys(configuration), *_versions(configuration, today)]
    database = open_database(configuration.server)
    try:
        found += await _database(database)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises is the finding
        found.append(Found("error", "database", f"{type(error).__name__}: {error}"))
    finally:
        await database.close()
    try:
        found.append(await _storage(configuration))
    except Exception as error:  # noqa: BLE001 - as above, of a store
        found.append(Found("error", "storage", f"{type(error).__name__}: {error}"))
    return found


def _settings(configuration: Configuration) -> Found:
    public_url = configuration.server.public_url
    if public_url.startswith(("http://127.", "http://localhost")):
        words = f"{public_url}: only this machine reaches it; set LETMEPOST_PUBLIC_URL."
        return Found("warning", "public address", words)
    return Found("ok", "public address", public_url)


def _keys(configuration: Configuration) -> Found:
    try:
        keyring = open_keyring(configuration.server)
    except Exception as error:  # noqa: BLE001 - as above, of a key file
        return Found("error", "encryption keys", str(error))
    count = len(keyring.keys)
    return Found("ok", "encryption keys", f"{count} readable; keep a copy in a safe place.")


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


async def _database(database: Database) -> list[Found]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    step = await database.read(migrations.revision)
    if step != migrations.HEAD:
        words = f"{kind} at step {step}, this version needs {migrations.HEAD}: letmepost migrate."
        return [Found("error", "database", words)]

    def write_and_read(connection: Connection) -> Figures:
        return figures(connection, SystemClock().now())

    read = await database.write(write_and_read)
    return [Found("ok", "database", f"{kind} at step {step}"), *_queue(read)]


def _queue(read: Figures) -> list[Found]:
    late = read.oldest_overdue_seconds > OVERDUE_SECONDS_WARNED
    words = f"{read.scheduled} scheduled, {read.overdue} due, {read.in_flight} in flight, "
    words += f"{read.waiting} waiting for a platform."
    if late:
        words += f" The oldest is overdue for {read.oldest_overdue_seconds:.0f} s: is a worker up?"
    found = [Found("warning" if late else "ok", "queue", words)]
    if read.unknown:
        words = f"{read.unknown} sent without an answer, being looked up."
        found.append(Found("warning", "unknown outcomes", words))
    return found


async def _storage(configuration: Configuration) -> Found:
    storage, url = open_configured_storage(configuration), storage_url_of(configuration.server)
    key, written = f"doctor/{secrets.token_hex(8)}", secrets.token_bytes(16)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "written"
        path.write_bytes(written)
        await storage.put_file(key, path, "application/octet-stream")
    try:
        if await storage.read(key, len(written)) != written:
            return Found("error", "storage", f"{url} does not give back what was written.")
    finally:
        await storage.delete(key)
    return Found("ok", "storage", f"{url} takes and gives files.")
