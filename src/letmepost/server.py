"""The wiring of a server process: settings in, a running application out."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from sqlalchemy import Connection, make_url
from starlette.types import ASGIApp

from letmepost import migrations
from letmepost.accounts.connect import Connecting
from letmepost.accounts.queries import AccountDirectory
from letmepost.api.app import create_app
from letmepost.api.errors import STATUS
from letmepost.api.idempotency import KEPT_FOR, Idempotency
from letmepost.api.rate_limit import RateLimit
from letmepost.api.settings import ServerSettings, parse_keys
from letmepost.api.state import State
from letmepost.docs.body_fields import body_fields
from letmepost.docs.routes import docs_routes
from letmepost.docs.settings_rows import setting_rows
from letmepost.docs.site import Site
from letmepost.jobs.queue import release_dead
from letmepost.jobs.run import Runner
from letmepost.kit.address_guard import AddressGuard, guarded_session
from letmepost.kit.clock import Clock, SystemClock
from letmepost.kit.crypto import Keyring, new_key
from letmepost.kit.database import Database, sqlite_url
from letmepost.kit.file_lock import FileLock, LockTakenError
from letmepost.kit.http_server import http_server
from letmepost.kit.settings import (
    PREFIX,
    SettingsError,
    SettingsModel,
    read_group,
    refuse_unknown,
    variable_names,
)
from letmepost.media.library import MediaLibrary
from letmepost.media.storage import open_storage
from letmepost.platform_kit.http import Sessions
from letmepost.platforms import catalogue, platforms
from letmepost.posts.body import AccountPostBody, PostBody
from letmepost.posts.check import Checker
from letmepost.posts.ending import RetryPolicy
from letmepost.posts.lateness import Lateness
from letmepost.posts.ledger import JOB_KIND
from letmepost.posts.publish import Publishing, Settled
from letmepost.preflight.cross_rules import CROSS_RULES
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import in_reporting_order, with_limits
from letmepost.tenancy.keys import ALL_SCOPES, LIVE, KeyCache, mint
from letmepost.tenancy.profiles import create_organization, first_organization

log = structlog.get_logger()

# Read by the client commands; a server started from the same shell must not refuse them.
CLIENT_VARIABLES = ("LETMEPOST_API_URL", "LETMEPOST_API_KEY")
HOUSEKEEPING_SECONDS = 30.0
KEY_FILE = "encryption.key"
ALREADY_SERVED = (
    "Another letmepost process works on this SQLite file. Stop it, use another "
    "LETMEPOST_DATA_DIR, or use PostgreSQL for more than one process."
)


@dataclass(frozen=True)
class Configuration:
    """The settings of a server and of its platforms."""

    server: ServerSettings
    platforms: Mapping[str, SettingsModel]
    environment: Mapping[str, str]


def platform_prefix(name: str) -> str:
    """The prefix of a platform's variables."""
    return f"{PREFIX}{name.upper()}_"


def read_configuration(environment: Mapping[str, str]) -> Configuration:
    """Read every setting; raise `SettingsError` with a sentence for each mistake."""
    known = [*variable_names(ServerSettings).values(), *CLIENT_VARIABLES]
    mistakes: list[str] = []
    groups: dict[str, SettingsModel] = {}
    for name, platform in platforms().items():
        prefix = platform_prefix(name)
        known += variable_names(platform.settings, prefix).values()
        try:
            groups[name] = read_group(platform.settings, environment, prefix)
        except SettingsError as error:
            mistakes += error.sentences
    server = None
    try:
        server = read_group(ServerSettings, environment)
    except SettingsError as error:
        mistakes += error.sentences
    try:
        refuse_unknown(environment, known)
    except SettingsError as error:
        mistakes += error.sentences
    if mistakes or server is None:
        raise SettingsError(mistakes)
    return Configuration(server, groups, environment)


def _limit_overrides(configuration: Configuration) -> dict[str, Any]:
    overrides = {}
    for name, platform in platforms().items():
        for field, rule_id in platform.limit_settings.items():
            overrides[rule_id] = getattr(configuration.platforms[name], field)
    return overrides


def rules_by_platform(configuration: Configuration) -> Mapping[str, tuple[Rule, ...]]:
    """The rules that are run for each platform, with the operator's numbers."""
    overrides = _limit_overrides(configuration)
    return {
        name: in_reporting_order(
            each
            for each in with_limits([*CROSS_RULES, *platform.rules], overrides)
            if each.check is not None
        )
        for name, platform in platforms().items()
    }


def docs_site(configuration: Configuration) -> Site:
    """What the pages of the documentation are made of."""
    rules = with_limits(catalogue().values(), _limit_overrides(configuration))
    settings = [*setting_rows("Server", ServerSettings)]
    for name, platform in platforms().items():
        settings += setting_rows(platform.title, platform.settings, platform_prefix(name))
    return Site(
        docs_url=configuration.server.docs,
        catalogue={each.id: each for each in rules},
        platforms=platforms(),
        settings=settings,
        body_fields={
            **body_fields(AccountPostBody.model_json_schema()),
            **body_fields(PostBody.model_json_schema()),
        },
        statuses={code: (status,) for code, status in STATUS.items()},
        facts={"idempotency_key_kept": f"{KEPT_FOR.total_seconds() / 3600:g} hours"},
    )


def _database_url(settings: ServerSettings) -> str:
    return settings.database_url or sqlite_url(settings.data_dir / "letmepost.sqlite")


def _keyring(settings: ServerSettings) -> Keyring:
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


async def migrate(database: Database) -> None:
    """Bring the database up to date."""
    await database.write(migrations.upgrade)


def _sqlite_lock(database: Database) -> FileLock | None:
    """The lock of a SQLite file: one process at a time may hold its jobs."""
    if not database.is_sqlite:
        return None
    path = make_url(database.url).database
    return FileLock(Path(f"{path}.lock"))


@dataclass
class Service:
    """A server that is ready to answer."""

    app: ASGIApp
    state: State


async def _housekeeping(state: State) -> None:
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        for chore in (state.keys.write_last_used, state.idempotency.delete_expired):
            try:
                await chore()
            except Exception:
                log.exception("housekeeping.failed", chore=chore.__name__)


@asynccontextmanager
async def open_service(
    configuration: Configuration, *, worker: bool = True, clock: Clock | None = None
) -> AsyncIterator[Service]:
    """Open everything, reconcile what a crash left, and close everything at the end.

    Raises `SettingsError` when another process already serves the same SQLite file.
    """
    settings = configuration.server
    clock = clock or SystemClock()
    database = open_database(settings)
    lock = _sqlite_lock(database)
    if lock is not None:
        try:
            lock.take()
        except LockTakenError:
            raise SettingsError([ALREADY_SERVED]) from None
    if settings.auto_migrate:
        await migrate(database)
    guard = AddressGuard(settings.allowed_private_networks)
    sessions = Sessions(
        plain=aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()),
        guarded=guarded_session(guard),
        record_to=settings.record_upstream,
    )
    state = _state(configuration, clock, database, sessions)
    if lock is not None:
        # The lock says that every other owner is dead: nobody waits for their leases to end.
        await database.write(
            lambda connection: release_dead(connection, [state.runner.owner], clock.now())
        )
    state.runner.start(claiming=worker)
    housekeeping = asyncio.create_task(_housekeeping(state))
    try:
        yield Service(create_app(state, docs_routes(docs_site(configuration))), state)
    finally:
        housekeeping.cancel()
        await state.runner.stop()
        with suppress(Exception):
            await state.keys.write_last_used()
        await sessions.close()
        await database.close()
        if lock is not None:
            lock.release()


def _state(
    configuration: Configuration, clock: Clock, database: Database, sessions: Sessions
) -> State:
    settings = configuration.server
    keyring = _keyring(settings)
    storage = open_storage(
        settings.storage_url or (settings.data_dir / "media").resolve().as_uri(),
        configuration.environment,
    )
    library = MediaLibrary(
        database,
        storage,
        settings.data_dir / "incoming",
        sessions.guarded,
        max_bytes=settings.media_max_bytes,
    )
    connecting = Connecting(
        database=database,
        keyring=keyring,
        sessions=sessions,
        platform_settings=configuration.platforms,
        trusted_urls={
            name: tuple(
                value
                for field, value in group.model_dump().items()
                if field.endswith("_url") and str(value).startswith("http")
            )
            for name, group in configuration.platforms.items()
        },
    )
    settled = Settled()
    rules = rules_by_platform(configuration)
    publishing = Publishing(
        connecting=connecting,
        clock=clock,
        storage=storage,
        settled=settled,
        retry=RetryPolicy(random.random, settings.max_tries),
        lateness=Lateness(timedelta(hours=settings.max_lateness_hours)),
        rules=rules,
        docs_url=settings.docs,
    )
    runner = Runner(database, clock, {JOB_KIND: publishing.handle})
    directory = AccountDirectory(database, clock)
    return State(
        settings=settings,
        clock=clock,
        database=database,
        keyring=keyring,
        keys=KeyCache(database, clock),
        directory=directory,
        library=library,
        connecting=connecting,
        checker=Checker(database, directory, library, rules, settings.docs),
        idempotency=Idempotency(database, clock, keyring, runner.owner),
        rate_limit=RateLimit(settings.rate, settings.redis_url, clock),
        runner=runner,
        settled=settled,
    )


async def run(configuration: Configuration, *, host: str, port: int, worker: bool) -> None:
    """Serve until SIGINT or SIGTERM; what is in hand is finished or given back."""
    async with open_service(configuration, worker=worker) as service:
        server = http_server(service.app, host, port)
        await server.serve()


async def migrate_once(configuration: Configuration) -> str | None:
    """Bring the database up to date; the step that it then stands at."""
    database = open_database(configuration.server)
    try:
        await migrate(database)
        return await database.read(migrations.revision)
    finally:
        await database.close()


async def make_first_key(configuration: Configuration) -> dict[str, str]:
    """A live key with every scope, of the first organization; it is made where there is none."""
    database = open_database(configuration.server)
    now = SystemClock().now()

    def make(connection: Connection) -> dict[str, str]:
        first = first_organization(connection)
        organization_id, profile_id = first or create_organization(connection, "Default", now)
        _, key = mint(
            connection,
            organization_id=organization_id,
            name="bootstrap",
            prefix=LIVE,
            scopes=ALL_SCOPES,
            profile_id=None,
            now=now,
        )
        return {"organizationId": organization_id, "profileId": profile_id, "key": key}

    try:
        await migrate(database)
        return await database.write(make)
    finally:
        await database.close()
