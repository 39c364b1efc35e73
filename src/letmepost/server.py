"""The wiring of a server process: settings in, a running application out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import structlog
from pydantic import ValidationError
from starlette.routing import Route
from starlette.types import ASGIApp

from letmepost.accounts.choices import Choices
from letmepost.accounts.consent_return import ConsentReturn
from letmepost.accounts.consents import Consents
from letmepost.accounts.links import ConnectLinks
from letmepost.accounts.queries import AccountDirectory
from letmepost.accounts.task import AccountTasks
from letmepost.api.app import OPERATIONS, create_app
from letmepost.api.at_once import RequestsAtOnce
from letmepost.api.errors import STATUS, UNAVAILABLE, status_of
from letmepost.api.errors import describe as describe_error
from letmepost.api.idempotency import KEPT_FOR, Idempotency
from letmepost.api.metrics import declared_metrics
from letmepost.api.openapi import body_models, describe
from letmepost.api.parameters import PARAMETERS
from letmepost.api.publishing import DEFAULT_WAIT_SECONDS, MAX_WAIT_SECONDS
from letmepost.api.rate_limit import RateLimit
from letmepost.api.state import State
from letmepost.configuration import (
    Configuration,
    limit_overrides,
)
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.dashboard.openid_provider import Provider
from letmepost.dashboard.routes import dashboard_routes
from letmepost.dashboard.setting import Dashboard
from letmepost.dashboard.throttle import Throttle as SignInThrottle
from letmepost.docs.body_fields import body_fields
from letmepost.docs.routes import docs_routes
from letmepost.docs.settings_rows import setting_rows
from letmepost.docs.site import BodyField, Metric, Site
from letmepost.hosted.data_deletion import callback_routes
from letmepost.hosted.pages import render
from letmepost.hosted.routes import ENDED_PATH, Hosted, hosted_routes
from letmepost.kit.client_address import ClientAddress
from letmepost.kit.clock import Clock
from letmepost.kit.counts import Counts
from letmepost.kit.http_server import listen, serve_until_signal
from letmepost.kit.settings import SettingsError
from letmepost.kit.together import Together
from letmepost.mcp.endpoint import MCP_PATH, McpEndpoint, McpSetting
from letmepost.media.at_once import UploadsAtOnce
from letmepost.media.direct_upload import DirectUploads
from letmepost.media.library import MediaLibrary
from letmepost.oauth.consenter import prove_by
from letmepost.oauth.metadata import RESOURCE_PATH
from letmepost.oauth.routes import oauth_routes
from letmepost.oauth.setting import Authorizing
from letmepost.oauth.throttle import Throttle
from letmepost.platforms import catalogue, platforms
from letmepost.posts.advice import Advice
from letmepost.posts.check import Checker
from letmepost.posts.create import Created, Creation, create_all
from letmepost.posts.linked_pages import LinkedPages
from letmepost.posts.reach import Reach
from letmepost.posts.recent import QuotaForecast
from letmepost.preflight.rule import Rule
from letmepost.preflight.run import with_limits
from letmepost.server_settings import ServerSettings
from letmepost.tenancy.access import AccessTokens, KeyOrToken
from letmepost.tenancy.keys import KeyCache
from letmepost.tenancy.openid_settings import OPENID_PREFIX, OpenIdSettings
from letmepost.tenancy.request_log import KEPT_MAX, WRITTEN_EVERY_SECONDS, RequestLog
from letmepost.tenancy.sessions import Sessions
from letmepost.tenancy.wrong_keys import WrongKeys
from letmepost.versions.spoken import spoken_versions
from letmepost.worker import Parts, open_parts

log = structlog.get_logger()

HOUSEKEEPING_SECONDS = 30.0


def _fields() -> dict[str, BodyField]:
    """The fields that an error may name; of two with one name, that of a post goes first."""
    queries = {each.name: {**each.schema, "description": each.description} for each in PARAMETERS}
    found = {
        name: replace(field, place="a parameter of the query")
        for name, field in body_fields({"properties": queries}).items()
    }
    for model in reversed(body_models(OPERATIONS)):
        found |= body_fields(model.model_json_schema())
    return found


def _catalogue(configuration: Configuration) -> dict[str, Rule]:
    """Every rule by id, with the operator's numbers."""
    rules = with_limits(catalogue().values(), limit_overrides(configuration))
    return {each.id: each for each in rules}


def docs_site(configuration: Configuration) -> Site:
    """What the pages of the documentation are made of."""
    settings = [
        *setting_rows("Server", ServerSettings),
        *setting_rows("Signing in by OpenID Connect", OpenIdSettings, OPENID_PREFIX),
    ]
    for platform in platforms().values():
        settings += setting_rows(platform.title, platform.settings, platform.settings_prefix)
    return Site(
        docs_url=configuration.server.docs,
        catalogue=_catalogue(configuration),
        platforms=platforms(),
        versions=spoken_versions(platforms(), configuration.platforms),
        settings=settings,
        metrics=[Metric(*each) for each in declared_metrics()],
        body_fields=_fields(),
        statuses={
            **{code: (status,) for code, status in STATUS.items()},
            ErrorCode.RATE_LIMITED: (STATUS[ErrorCode.RATE_LIMITED], UNAVAILABLE),
            ErrorCode.INTERNAL_ERROR: (STATUS[ErrorCode.INTERNAL_ERROR], UNAVAILABLE),
        },
        facts={
            "idempotency_key_kept": f"{KEPT_FOR.total_seconds() / 3600:g} hours",
            "requests_kept": f"{KEPT_MAX:,}",
            "answer_waits": f"{DEFAULT_WAIT_SECONDS:g} seconds",
            "answer_waits_at_most": f"{MAX_WAIT_SECONDS:g} seconds",
        },
        describe_api=lambda: describe(OPERATIONS, configuration.server.public_url),
    )


@dataclass
class Service:
    """A server that is ready to answer."""

    app: ASGIApp
    state: State


async def _housekeeping(state: State, sessions: Sessions) -> None:
    while True:
        await asyncio.sleep(HOUSEKEEPING_SECONDS)
        for chore in (
            state.keys.write_last_used,
            state.idempotency.delete_expired,
            state.consent_return.forget_old,
            state.forget_old_links,
            state.forget_old_grants,
            state.forget_old_entries,
            sessions.forget_old,
        ):
            try:
                await chore()
            except Exception:
                log.exception("housekeeping.failed", chore=chore.__name__)


async def _write_requests(requests: RequestLog) -> None:
    while True:
        await asyncio.sleep(WRITTEN_EVERY_SECONDS)
        try:
            await requests.write()
        except Exception:
            log.exception("request_log.failed")


@asynccontextmanager
async def open_service(
    configuration: Configuration, *, worker: bool = True, clock: Clock | None = None
) -> AsyncIterator[Service]:
    """Open everything, with an embedded worker or without, and close everything at the end."""
    async with open_parts(configuration, claiming=worker, clock=clock) as parts:
        state = _state(parts)
        sessions = Sessions(state.database, state.clock, state.settings.public_url)
        housekeeping = asyncio.create_task(_housekeeping(state, sessions))
        noting = asyncio.create_task(_write_requests(state.request_log))
        tokens = AccessTokens(state.database, state.clock)
        authorizing = _authorizing(state, sessions)
        dashboard = _dashboard(state, sessions, _openid_provider(parts))
        mcp = _mcp(state, authorizing, tokens)
        try:
            pages = [
                # Agents call it often, and routes are looked through in order.
                Route(MCP_PATH, mcp),
                *docs_routes(docs_site(configuration)),
                *hosted_routes(_hosted(state)),
                *callback_routes(
                    state.connecting, state.directory, state.clock, state.client_address
                ),
                *oauth_routes(authorizing, tokens),
                *dashboard_routes(dashboard),
            ]
            app = create_app(state, pages)
            mcp.serve(app)
            dashboard.serve(app)
            yield Service(app, state)
        finally:
            await mcp.close()
            housekeeping.cancel()
            noting.cancel()
            with suppress(Exception):
                await state.keys.write_last_used()
                await state.request_log.write()
            await state.counts.close()


def _hosted(state: State) -> Hosted:
    """What the pages need on which accounts' owners connect."""
    return Hosted(
        state.connecting,
        state.consents,
        Choices(state.consents),
        state.links,
        state.directory,
        state.clock,
        state.client_address,
    )


def _authorizing(state: State, sessions: Sessions) -> Authorizing:
    """What the authorization server needs."""
    return Authorizing(
        database=state.database,
        keyring=state.keyring,
        clock=state.clock,
        public_url=state.settings.public_url,
        docs_url=state.settings.docs,
        prove=prove_by(sessions, state.keys, state.client_address),
        sessions=sessions,
        render=render,
        throttle=Throttle(state.client_address, state.counts),
        client_address=state.client_address,
    )


def _openid_provider(parts: Parts) -> Provider | None:
    """Who members may sign in with, beside their passwords."""
    settings = parts.configuration.openid
    if settings.issuer is None:
        return None
    public_url = parts.configuration.server.public_url
    return Provider(settings, parts.sessions, parts.clock, public_url)


def _dashboard(state: State, sessions: Sessions, provider: Provider | None) -> Dashboard:
    """What the pages on which members sign in need."""
    settings = state.settings

    def describe(error: LetmepostError, request_id: str) -> tuple[int, dict[str, Any]]:
        return status_of(error), describe_error(error, settings.docs, request_id)

    return Dashboard(
        database=state.database,
        keyring=state.keyring,
        clock=state.clock,
        public_url=settings.public_url,
        docs_url=settings.docs,
        sign_up=settings.signup,
        sessions=sessions,
        client_address=state.client_address,
        describe=describe,
        provider=provider,
        throttle=SignInThrottle(state.counts),
        request_log_days=settings.request_log_days if settings.request_log else None,
    )


def _mcp(state: State, authorizing: Authorizing, tokens: AccessTokens) -> McpEndpoint:
    """The MCP endpoint, which lets in by key and by token."""
    settings = state.settings
    metadata_url = f"{settings.public_url}{RESOURCE_PATH}{MCP_PATH}"
    either = KeyOrToken(state.keys, tokens, authorizing.mcp_audience, metadata_url)
    setting = McpSetting(
        public_url=settings.public_url,
        host=settings.host,
        docs_url=settings.docs,
        metadata_url=metadata_url,
        client_address=state.client_address,
        body_max_bytes=settings.body_max_bytes,
    )

    def told(error: LetmepostError | ValidationError, request_id: str) -> dict[str, Any]:
        return describe_error(error, settings.docs, request_id)

    return McpEndpoint(setting, either.authenticate, told)


def _api_urls(configuration: Configuration) -> dict[str, str]:
    """Where each platform is spoken to, as far as it has one address."""
    return {
        name: str(getattr(group, "api_url", "")) for name, group in configuration.platforms.items()
    }


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
    account_tasks = AccountTasks(parts.renewals)
    consents = Consents(parts.connecting)
    owner = parts.runner.owner
    counts = Counts(settings.redis_url)

    async def create_together(creations: Sequence[Creation]) -> Sequence[Created | BaseException]:
        now = clock.now()
        return await database.write(
            lambda connection: create_all(
                connection,
                creations,
                owner=owner,
                lease=parts.runner.lease,
                monthly_posts=settings.monthly_posts,
                now=now,
            )
        )

    return State(
        settings=settings,
        clock=clock,
        database=database,
        keyring=parts.keyring,
        keys=KeyCache(database, clock, WrongKeys(settings.wrong_keys, counts)),
        directory=directory,
        library=library,
        direct_uploads=DirectUploads(database, library, parts.keyring, settings.public_url),
        connecting=parts.connecting,
        account_tasks=account_tasks,
        renewals=parts.renewals,
        consents=consents,
        consent_return=ConsentReturn(
            consents,
            Choices(consents),
            directory,
            clock,
            f"{settings.public_url}{ENDED_PATH}",
        ),
        links=ConnectLinks(parts.connecting),
        checker=Checker(
            database,
            directory,
            library,
            QuotaForecast(database, clock),
            parts.rules,
            settings.docs,
            Advice(account_tasks),
            LinkedPages(parts.sessions.guarded),
            Reach(parts.storage, settings.public_url, _api_urls(parts.configuration)),
        ),
        idempotency=Idempotency(database, clock, parts.keyring, owner),
        counts=counts,
        rate_limit=RateLimit(settings.rate, counts, clock),
        address_limit=RateLimit(settings.address_rate, counts, clock, "address"),
        uploads_at_once=UploadsAtOnce(settings.uploads_at_once),
        requests_at_once=RequestsAtOnce(settings.requests_at_once),
        client_address=ClientAddress(settings.trusted_proxies),
        runner=parts.runner,
        settled=parts.settled,
        catalogue=_catalogue(parts.configuration),
        versions=spoken_versions(platforms(), parts.configuration.platforms),
        creations=Together(create_together),
        request_log=RequestLog(database, on=settings.request_log),
    )


async def run(configuration: Configuration, *, host: str, port: int, worker: bool) -> None:
    """Serve until SIGINT or SIGTERM; what is in hand is finished or given back.

    Raises `SettingsError` where the address cannot be listened on.
    """
    try:
        listener = listen(host, port)
    except OSError as error:
        reason = f"Cannot listen on {host}, port {port}: {error.strerror}."
        raise SettingsError([reason]) from None
    with listener:
        async with open_service(configuration, worker=worker) as service:
            await serve_until_signal(
                service.app,
                listener,
                leave=service.state.leaving.set,
                drain_seconds=configuration.server.drain_seconds,
            )
