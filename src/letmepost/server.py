"""The wiring of a server process: settings in, a running application out."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import structlog
import uvicorn
from sqlalchemy import Connection
from starlette.types import ASGIApp

from letmepost import migrations
from letmepost.accounts.queries import AccountDirectory
from letmepost.api.app import create_app
from letmepost.api.errors import STATUS
from letmepost.api.idempotency import KEPT_FOR, Idempotency
from letmepost.api.rate_limit import RateLimit
from letmepost.api.state import State
from letmepost.configuration import (
    Configuration,
    ServerSettings,
    limit_overrides,
    migrate,
    open_database,
    platform_prefix,
)
from letmepost.docs.body_fields import body_fields
from letmepost.docs.routes import docs_routes
from letmepost.docs.settings_rows import setting_rows
from letmepost.docs.site import Site
from letmepost.kit.clock import Clock, SystemClock
from letmepost.kit.settings import SettingsError
from letmepost.media.library import MediaLibrary
from letmepost.platforms import catalogue, platforms
from letmepost.posts.body import AccountPostBody, PostBody
from letmepost.posts.check import Checker
from letmepost.posts.recent import QuotaForecast
from letmepost.preflight.run import with_limits
from letmepost.tenancy.keys import ALL_SCOPES, LIVE, KeyCache, mint
from letmepost.tenancy.profiles import create_organization, first_organization
from letmepost.worker import Parts, open_parts

log = structlog.get_logger()

HOUSEKEEPING_SECONDS = 30.0
SHUTDOWN_SECONDS = 10


def docs_site(configuration: Configuration) -> Site:
    """What the pages of the documentation are made of."""
    rules = with_limits(catalogue().values(), limit_overrides(configuration))
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
    """Open everything, with an embedded worker or without, and close everything at the end."""
    async with open_parts(configuration, claiming=worker, clock=clock) as parts:
        state = _state(parts)
        housekeeping = asyncio.create_task(_housekeeping(state))
        try:
            yield Service(create_app(state, docs_routes(docs_site(configuration))), state)
        finally:
            housekeeping.cancel()
            with suppress(Exception):
                await state.keys.write_last_used()


def _state(parts: Parts) -> State:
    settings = parts.configuration.server
    database, clock = parts.database, parts.clock
    library = MediaLibrary(
        database,
        parts.storage,
        settings.data_dir / "incoming",
        parts.sessions.guarded,
        max_bytes=settings.media_max_bytes,
    )
    directory = AccountDirectory(database, clock)
    return State(
        settings=settings,
        clock=clock,
        database=database,
        keyring=parts.keyring,
        keys=KeyCache(database, clock),
        directory=directory,
        library=library,
        connecting=parts.connecting,
        checker=Checker(
            database,
            directory,
            library,
            QuotaForecast(database, clock),
            parts.rules,
            settings.docs,
        ),
        idempotency=Idempotency(database, clock, parts.keyring, parts.runner.owner),
        rate_limit=RateLimit(settings.rate, settings.redis_url, clock),
        runner=parts.runner,
        settled=parts.settled,
    )


async def run(configuration: Configuration, *, host: str, port: int, worker: bool) -> None:
    """Serve until SIGINT or SIGTERM; what is in hand is finished or given back.

    Raises `SettingsError` where the address cannot be listened on.
    """
    with _listener(host, port) as listener:
        async with open_service(configuration, worker=worker) as service:
            server = http_server(service.app)

            def end() -> None:
                server.should_exit = True

            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, end)
            await server.serve(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = f"Cannot listen on {host}, port {port}: {error.strerror}."
        raise SettingsError([reason]) from None


class _HttpServer(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the caller.

        uvicorn raises them anew once it has stopped, and the process would die before what is
        in hand is finished.
        """
        yield


def http_server(app: ASGIApp) -> uvicorn.Server:
    """The HTTP server of an application; `serve` takes the sockets that it answers on."""
    return _HttpServer(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )


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
