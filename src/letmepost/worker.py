"""The wiring of a worker: every job kind with its handler, and what the handlers work with."""

import asyncio
import os
import random
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta

import structlog
from sqlalchemy import Connection

from letmepost.accounts.connect import Connecting
from letmepost.accounts.renewal import RENEWAL_KIND
from letmepost.accounts.renewals import Renewals
from letmepost.accounts.token_care import TokenCare
from letmepost.api.idempotency import release_dead_requests
from letmepost.configuration import (
    Configuration,
    migrate,
    open_configured_storage,
    open_database,
    open_keyring,
    rules_by_platform,
    sqlite_lock,
    trusted_urls,
)
from letmepost.jobs.lease import Lease
from letmepost.jobs.queue import CHANNEL, release_dead
from letmepost.jobs.run import Handler, Runner
from letmepost.kit.address_guard import AddressGuard
from letmepost.kit.clock import Clock, SystemClock
from letmepost.kit.crypto import Keyring
from letmepost.kit.database import Database
from letmepost.kit.process_metrics import serving_metrics
from letmepost.kit.settings import SettingsError
from letmepost.kit.traces import trace_by
from letmepost.media.storage import Storage
from letmepost.platform_kit.http import Sessions
from letmepost.platform_kit.open_sessions import open_sessions
from letmepost.platforms import platforms
from letmepost.posts.delete import DELETE_KIND, Deleting
from letmepost.posts.ending import RetryPolicy
from letmepost.posts.lateness import Lateness
from letmepost.posts.ledger import JOB_KIND, VERIFY_KIND
from letmepost.posts.publish import Publishing, Settled
from letmepost.posts.sweep import sweep
from letmepost.posts.sweep_media import sweep_files
from letmepost.posts.task import Tasks
from letmepost.posts.verify import Verifying
from letmepost.preflight.rule import Rule
from letmepost.server_settings import ServerSettings
from letmepost.tenancy.request_log import forget_requests
from letmepost.versions.notices import give_notices
from letmepost.versions.spoken import spoken_versions
from letmepost.webhooks.deliver import Delivering
from letmepost.webhooks.queueing import DELIVER_KIND
from letmepost.webhooks.send import RetryPlan

log = structlog.get_logger()

SWEEP_EVERY_SECONDS = 60.0


@dataclass(frozen=True)
class Parts:
    """What a process of either kind is made of."""

    configuration: Configuration
    clock: Clock
    database: Database
    keyring: Keyring
    sessions: Sessions
    storage: Storage
    connecting: Connecting
    renewals: Renewals
    rules: Mapping[str, tuple[Rule, ...]]
    settled: Settled
    runner: Runner


def handlers(  # noqa: PLR0913 - what the handlers work with
    configuration: Configuration,
    lease: Lease,
    database: Database,
    clock: Clock,
    tasks: Tasks,
    settled: Settled,
    rules: Mapping[str, tuple[Rule, ...]],
    sessions: Sessions,
    keyring: Keyring,
) -> Mapping[str, Handler]:
    """Every job kind, and who handles it."""
    settings = configuration.server
    retry = RetryPolicy(random.random, settings.max_tries, settings.retry_wait_seconds)
    publishing = Publishing(
        database=database,
        tasks=tasks,
        clock=clock,
        settled=settled,
        lease=lease,
        retry=retry,
        lateness=Lateness(timedelta(hours=settings.max_lateness_hours)),
        rules=rules,
        docs_url=settings.docs,
    )
    return {
        JOB_KIND: publishing.handle,
        VERIFY_KIND: Verifying(database, tasks, clock).handle,
        RENEWAL_KIND: TokenCare(database, tasks.renewals, clock).handle,
        DELIVER_KIND: Delivering(
            database,
            clock,
            sessions.guarded,
            keyring,
            RetryPlan(settings.webhook_retry_hours),
        ).handle,
        DELETE_KIND: Deleting(database, tasks, clock, settled, retry).handle,
    }


@asynccontextmanager
async def open_parts(
    configuration: Configuration, *, claiming: bool, clock: Clock | None = None
) -> AsyncIterator[Parts]:
    """Open everything, take up what a crash left, and close everything at the end."""
    settings = configuration.server
    clock = clock or SystemClock()
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(_traced(settings.traces_url))
        database = open_database(settings)
        opened.push_async_callback(database.close)
        if settings.auto_migrate:
            await migrate(database)
        sessions = open_sessions(
            AddressGuard(settings.allowed_private_networks), settings.record_upstream
        )
        opened.push_async_callback(sessions.close)
        keyring = open_keyring(settings)
        storage = open_configured_storage(configuration)
        connecting = Connecting(
            database=database,
            keyring=keyring,
            sessions=sessions,
            platform_settings=configuration.platforms,
            trusted_urls=trusted_urls(configuration),
            public_url=settings.public_url,
            return_origins=settings.return_origins,
        )
        rules = rules_by_platform(configuration)
        settled = Settled()
        lease = Lease(settings.lease_seconds)
        renewals = Renewals(connecting, clock)
        opened.push_async_callback(renewals.finish)
        tasks = Tasks(renewals, storage, lease)
        by_kind = handlers(
            configuration, lease, database, clock, tasks, settled, rules, sessions, keyring
        )
        runner = Runner(database, clock, by_kind, lease=lease)
        await _take_up(opened, database, runner, clock)
        runner.start(claiming=claiming)
        opened.push_async_callback(runner.stop)
        if claiming:
            await opened.enter_async_context(_sweeping(configuration, database, storage, clock))
            await opened.enter_async_context(database.listening(CHANNEL, runner.wake))
        yield Parts(
            configuration=configuration,
            clock=clock,
            database=database,
            keyring=keyring,
            sessions=sessions,
            storage=storage,
            connecting=connecting,
            renewals=renewals,
            rules=rules,
            settled=settled,
            runner=runner,
        )


@asynccontextmanager
async def _traced(url: str | None) -> AsyncIterator[None]:
    """Send traces where the settings say so; raise `SettingsError` without what that needs."""
    if url is None:
        yield
        return
    try:
        from letmepost.kit.open_telemetry import trace_to  # noqa: PLC0415 - an extra, and off
    except ModuleNotFoundError as error:
        reason = f'{error.name} is missing; pip install "letmepost[telemetry]" brings it.'
        raise SettingsError([f"LETMEPOST_TRACES_URL: {reason}"]) from None
    tracing = trace_to(url, f"{socket.gethostname()}:{os.getpid()}")
    try:
        yield
    finally:
        trace_by(None)
        await asyncio.to_thread(tracing.close)


@contextmanager
def _figures_served(settings: ServerSettings) -> Iterator[None]:
    """Answer GET /metrics where the settings say so."""
    port = settings.worker_metrics_port
    if port is None:
        yield
        return
    with ExitStack() as opened:
        try:
            opened.enter_context(serving_metrics(settings.host, port))
        except OSError as error:
            reason = f"Cannot listen on {settings.host}, port {port}: {error.strerror}."
            raise SettingsError([reason]) from None
        yield


async def _take_up(
    opened: AsyncExitStack, database: Database, runner: Runner, clock: Clock
) -> None:
    """On a SQLite file that nobody else works on, every lease is a dead process's: free them.

    On PostgreSQL, and beside living processes, leases end by themselves within half a minute.
    """
    if not database.is_sqlite:
        return
    lock = sqlite_lock(database)
    alone = lock.take()
    opened.callback(lock.release)
    if alone:
        now = clock.now()

        def free(connection: Connection) -> int:
            release_dead_requests(connection, now)
            return release_dead(connection, [runner.owner], now)

        freed = await database.write(free)
        if freed:
            log.warning("job.left_by_dead_process", count=freed)
    lock.share()


@asynccontextmanager
async def _sweeping(
    configuration: Configuration, database: Database, storage: Storage, clock: Clock
) -> AsyncIterator[None]:
    settings = configuration.server
    keep, unused_for = _days(settings.retention_days), _days(settings.media_unused_days)
    logged_for = timedelta(days=settings.request_log_days)

    spoken = spoken_versions(platforms(), configuration.platforms)
    told_on: date | None = None

    async def tell_versions() -> None:
        """Once a day, which is soon enough for what ends in weeks."""
        nonlocal told_on
        now = clock.now()
        if told_on != now.date():
            await database.write(lambda connection: give_notices(connection, spoken, now))
            told_on = now.date()

    async def sweep_for_ever() -> None:
        while True:
            try:
                await tell_versions()
                swept = await database.write(
                    lambda connection: sweep(connection, clock.now(), keep)
                )
                if swept.requeued or swept.forgotten:
                    log.warning("swept", requeued=swept.requeued, forgotten=swept.forgotten)
                await sweep_files(database, storage, clock.now(), unused_for)
                await forget_requests(database, clock.now(), logged_for)
            except Exception:
                log.exception("sweep.failed")
            await asyncio.sleep(SWEEP_EVERY_SECONDS)

    sweeping = asyncio.create_task(sweep_for_ever())
    try:
        yield
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping


def _days(days: int) -> timedelta | None:
    """A lifetime as the settings write it: 0 is for ever."""
    return timedelta(days=days) if days else None


async def run_worker(configuration: Configuration) -> None:
    """Work until SIGINT or SIGTERM; what is in hand is finished or given back."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    with _figures_served(configuration.server):
        await _work_until(stopped, configuration)


async def _work_until(stopped: asyncio.Event, configuration: Configuration) -> None:
    async with open_parts(configuration, claiming=True) as parts:
        log.info("worker.ready", owner=parts.runner.owner)
        await stopped.wait()
