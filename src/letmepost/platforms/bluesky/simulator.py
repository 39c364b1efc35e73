"""The Bluesky simulator: a PDS with its entryway, the PLC directory and the video service.

Written from what the AT Protocol documents and from what a real PDS 0.4.217 answered.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from letmepost.kit.clock import Clock
from letmepost.platform_kit.simulator import PlatformSimulator
from letmepost.platform_kit.simulator_instructions import (
    InvalidInstructionError,
    check_fields,
    objects,
    true_or_false,
    whole_number,
)
from letmepost.platform_kit.simulator_timeline import TimelineEntry, TimelineMedia
from letmepost.platforms.bluesky.simulator_accounts import (
    Account,
    Accounts,
    did_document,
    did_of,
    service_did,
    subject_of,
)
from letmepost.platforms.bluesky.simulator_lexicon import DID, HANDLE, is_blob
from letmepost.platforms.bluesky.simulator_limits import CALLS, RATES, Rate, RateLimits
from letmepost.platforms.bluesky.simulator_records import (
    BLOB_LIMIT_BYTES,
    Repositories,
    blobs_in,
)
from letmepost.platforms.bluesky.simulator_video import VideoService
from letmepost.platforms.bluesky.simulator_xrpc import (
    Handler,
    JsonObject,
    answering,
    error_response,
    invalid,
    read_input,
    required_param,
    required_text,
)

_ALICE: Final[Mapping[str, object]] = {
    "handle": "alice.bsky.test",
    "email": "alice@example.test",
    "password": "main-password-of-alice",
    "appPassword": "alic-e234-app5-pass",
}
_TEXT_FIELDS: Final = ("handle", "did", "email", "password", "appPassword", "status")
_FLAG_FIELDS: Final = ("emailConfirmed", "emailAuthFactor")
_STATUSES: Final = ("takendown", "suspended", "deactivated", "tombstoned")
_TOO_MANY_REQUESTS: Final = 429
_WORLD_FIELDS: Final = ("accounts", "enforceRateLimits", "blobUploadLimit")


def create_simulator(clock: Clock | None = None) -> "BlueskySimulator":
    """Make a simulator with a world of its own."""
    return BlueskySimulator(clock)


class BlueskySimulator(PlatformSimulator):
    """All hosts of Bluesky that a publisher talks to, under one prefix."""

    platform: ClassVar[str] = "bluesky"
    plays: ClassVar[frozenset[str]] = frozenset(
        {"expired_token", "revoked_token", "container_stuck", "container_error", "hide_history"}
    )

    def __init__(self, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._limits = RateLimits(self.clock)
        self._accounts = Accounts(self.clock, self.faults)
        self._repositories = Repositories(self._accounts, self.clock, self.faults)
        self._videos = VideoService(self._accounts, self.clock, self.faults)
        self._add_account(_ALICE)

    def routes(self) -> Sequence[BaseRoute]:
        """The XRPC methods, the directory's documents and handle resolution."""
        repo, video = self._repositories, self._videos
        queries: Mapping[str, Handler] = {
            "com.atproto.server.describeServer": self._describe_server,
            "com.atproto.server.getSession": self._get_session,
            "com.atproto.server.getServiceAuth": video.get_service_auth,
            "com.atproto.identity.resolveHandle": self._resolve_handle,
            "com.atproto.repo.getRecord": repo.get_record,
            "com.atproto.repo.listRecords": repo.list_records,
            "com.atproto.sync.getBlob": repo.get_blob,
            "app.bsky.video.getUploadLimits": video.get_upload_limits,
            "app.bsky.video.getJobStatus": video.get_job_status,
        }
        procedures: Mapping[str, Handler] = {
            "com.atproto.server.createSession": self._create_session,
            "com.atproto.server.refreshSession": self._refresh_session,
            "com.atproto.server.deleteSession": self._delete_session,
            "com.atproto.repo.uploadBlob": repo.upload_blob,
            "com.atproto.repo.createRecord": repo.create_record,
            "com.atproto.repo.putRecord": repo.put_record,
            "com.atproto.repo.deleteRecord": repo.delete_record,
            "com.atproto.repo.applyWrites": repo.apply_writes,
            "app.bsky.video.uploadVideo": video.upload_video,
        }
        return [
            *(self._route(nsid, "GET", handler) for nsid, handler in queries.items()),
            *(self._route(nsid, "POST", handler) for nsid, handler in procedures.items()),
            Route("/xrpc/_health", _health),
            Route("/xrpc/{nsid}", answering(_not_served), methods=["GET", "POST"]),
            Route("/.well-known/atproto-did", self._well_known_did),
            Route("/{did:path}", self._directory),
        ]

    def error(self, status: int) -> Response:
        """The XRPC error body of a status; a 429 comes with the rate limit headers."""
        return self._limits.refusal() if status == _TOO_MANY_REQUESTS else error_response(status)

    def reset(self) -> None:
        """Go back to Alice alone, who has posted nothing."""
        self._accounts.clear()
        self._videos.clear()
        self._repositories.blob_limit_bytes = BLOB_LIMIT_BYTES
        self._limits.clear()
        self._add_account(_ALICE)

    def extend_world(self, body: Mapping[str, object]) -> Mapping[str, object]:
        """Add accounts, or change those that are there by handle; set the server's limits.

        `accounts` is a list of `{handle, did?, email?, password?, appPassword?, status?,
        emailConfirmed?, emailAuthFactor?}`.
        """
        check_fields(body, _WORLD_FIELDS)
        accounts = objects(body, "accounts")
        enforced = true_or_false(body, "enforceRateLimits", default=self._limits.enforced)
        limit = whole_number(body, "blobUploadLimit", self._repositories.blob_limit_bytes)
        for account in accounts:
            _check_account(account)
        self._limits.enforced = enforced
        self._repositories.blob_limit_bytes = limit
        return {"accounts": [self._add_account(account) for account in accounts]}

    def timeline(self) -> Iterator[TimelineEntry]:
        """Every post that is in a repository now."""
        for account in self._accounts:
            for (collection, rkey), record in account.records.items():
                if collection == "app.bsky.feed.post":
                    yield TimelineEntry(
                        platform=self.platform,
                        account=account.handle,
                        id=f"at://{account.did}/{collection}/{rkey}",
                        text=str(record.value.get("text", "")),
                        created_at=str(record.value.get("createdAt", "")),
                        media=list(_media(account, record.value)),
                    )

    def settings(self, url: str) -> Mapping[str, str]:
        """The three hosts, all of them here."""
        return {
            "LETMEPOST_BLUESKY_API_URL": url,
            "LETMEPOST_BLUESKY_PLC_URL": url,
            "LETMEPOST_BLUESKY_VIDEO_URL": url,
        }

    def account(self, url: str) -> Mapping[str, object]:  # noqa: ARG002 -- Bluesky needs no address
        """Alice's handle and app password."""
        return {"identifier": _ALICE["handle"], "appPassword": _ALICE["appPassword"]}

    def _route(self, nsid: str, method: str, handler: Handler) -> Route:
        rate = RATES.get(nsid, CALLS)
        answer = answering(handler)

        async def limited(request: Request) -> Response:
            caller = await _counted_as(request, rate)
            return await self._limits.guard(request, answer, rate, caller)

        return Route(f"/xrpc/{nsid}", limited, methods=[method])

    async def _create_session(self, request: Request) -> Response:
        identifier, password = required_text(await read_input(request), "identifier", "password")
        account, scope = self._accounts.opened_by(request, identifier, password)
        tokens = self._accounts.issue(request, account, scope)
        return JSONResponse({**tokens, **_session(request, account)})

    async def _refresh_session(self, request: Request) -> Response:
        if await request.body():
            raise invalid("A request body was provided when none was expected")
        account, tokens = self._accounts.rotate(request)
        return JSONResponse({**tokens, **_session(request, account)})

    async def _delete_session(self, request: Request) -> Response:
        self._accounts.end(request)
        return Response(status_code=200)

    async def _get_session(self, request: Request) -> Response:
        return JSONResponse(_session(request, self._accounts.authenticated(request)))

    async def _describe_server(self, request: Request) -> Response:
        return JSONResponse(
            {
                "did": service_did(request),
                "availableUserDomains": [".bsky.test"],
                "inviteCodeRequired": False,
                "blobUploadLimit": self._repositories.blob_limit_bytes,
                "links": {},
                "contact": {},
            }
        )

    async def _resolve_handle(self, request: Request) -> Response:
        handle = required_param(request, "handle").lower()
        for account in self._accounts:
            if account.handle == handle:
                return JSONResponse({"did": account.did})
        raise invalid("Unable to resolve handle")

    async def _well_known_did(self, request: Request) -> Response:
        # The real path is asked of the handle's own host; every host is here, so a caller may
        # name the handle by a query or a Host header.
        handle = request.query_params.get("handle") or request.url.hostname or ""
        account = self._accounts.find(handle)
        if account is None:
            return PlainTextResponse("User not found", status_code=404)
        return PlainTextResponse(account.did)

    async def _directory(self, request: Request) -> Response:
        did = request.path_params["did"]
        account = self._accounts.find(did) if DID.fullmatch(did) else None
        if account is None:
            return JSONResponse({"message": f"DID not registered: {did}"}, status_code=404)
        if account.status == "tombstoned":
            return JSONResponse({"message": f"DID not available: {did}"}, status_code=410)
        document = did_document(request, account)
        return JSONResponse(document, media_type="application/did+ld+json")

    def _add_account(self, asked: Mapping[str, Any]) -> JsonObject:
        handle = asked["handle"].lower()
        account = self._accounts.find(handle)
        if account is None:
            email = asked.get("email", f"{handle.partition('.')[0]}@example.test")
            password = asked.get("password", f"main-password-of-{handle}")
            account = Account(asked.get("did", did_of(handle)), handle, email, password)
            account.app_passwords.add(asked.get("appPassword", _app_password(handle)))
            self._accounts.add(account)
        account.email = asked.get("email", account.email)
        account.password = asked.get("password", account.password)
        if "appPassword" in asked:
            account.app_passwords.add(asked["appPassword"])
        account.status = asked.get("status", account.status)
        account.email_confirmed = asked.get("emailConfirmed", account.email_confirmed)
        account.email_auth_factor = asked.get("emailAuthFactor", account.email_auth_factor)
        return {
            "handle": account.handle,
            "did": account.did,
            "email": account.email,
            "password": account.password,
            "appPassword": max(account.app_passwords, default=None),
        }


async def _health(_request: Request) -> Response:
    return JSONResponse({})


async def _not_served(request: Request) -> Response:
    # A PDS passes on what it does not know, and here is nobody to pass it to.
    raise invalid(f"No service configured for {request.path_params['nsid']}")


async def _counted_as(request: Request, rate: Rate) -> str:
    """Tell by whom a call counts: a login by its body, a write by its account, else by address."""
    address = request.client.host if request.client else ""
    if rate.name == "session":
        try:
            return f"{address} {json.loads(await request.body())['identifier']}"
        except (ValueError, KeyError, TypeError):
            return address
    return subject_of(request) if rate.name in ("write", "blob") else address


def _session(request: Request, account: Account) -> JsonObject:
    return {
        "handle": account.handle,
        "did": account.did,
        "didDoc": did_document(request, account),
        "email": account.email,
        "emailConfirmed": account.email_confirmed,
        **({"emailAuthFactor": True} if account.email_auth_factor else {}),
        "active": account.status is None,
        **({"status": account.status} if account.status else {}),
    }


def _media(account: Account, record: JsonObject) -> Iterator[TimelineMedia]:
    alts = {
        item[name]["ref"]["$link"]: item.get("alt", "")
        for item in _objects_in(record)
        for name in ("image", "video")
        if is_blob(item.get(name))
    }
    for reference in blobs_in(record):
        cid = reference["ref"]["$link"]
        query = urlencode({"did": account.did, "cid": cid})
        yield TimelineMedia(
            mime_type=reference["mimeType"],
            size_bytes=reference["size"],
            alt=alts.get(cid, ""),
            url=f"/bluesky/xrpc/com.atproto.sync.getBlob?{query}",
        )


def _objects_in(value: object) -> Iterator[JsonObject]:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _objects_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _objects_in(item)


def _app_password(handle: str) -> str:
    digits = did_of(f"app password of {handle}").removeprefix("did:plc:")
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def _check_account(asked: Mapping[str, Any]) -> None:
    check_fields(asked, (*_TEXT_FIELDS, *_FLAG_FIELDS), "An account")
    for name in _TEXT_FIELDS:
        if name in asked and not isinstance(asked[name], str):
            raise InvalidInstructionError(f"{name} must be a string, not {asked[name]!r}.")
    for name in _FLAG_FIELDS:
        true_or_false(asked, name, default=False)
    if not HANDLE.fullmatch(asked.get("handle", "")):
        raise InvalidInstructionError("handle must be a domain name, such as bob.bsky.test.")
    if not DID.fullmatch(asked.get("did", did_of(""))):
        raise InvalidInstructionError("did must be a DID, such as did:plc:....")
    if asked.get("status") not in (None, *_STATUSES):
        raise InvalidInstructionError(f"status must be one of {', '.join(_STATUSES)}.")
