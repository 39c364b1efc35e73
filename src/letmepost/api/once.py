"""The same request twice is one request: the second time is answered from the first."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import assert_never

from pydantic_core import from_json
from starlette.responses import Response

from letmepost.api.call import Call, Reply, respond
from letmepost.api.errors import in_progress, status_of
from letmepost.api.idempotency import (
    Entry,
    Identity,
    InProgress,
    Kept,
    LeftPost,
    fingerprint,
    refuse_length,
)
from letmepost.content.errors import LetmepostError

PATH_CHARACTERS = 255
_ERROR = 400
_SERVER_ERROR = 500
_TOO_MANY = 429
# What of an answer's headers a replay repeats.
_KEPT_HEADERS = ("location", "content-type")


async def once(
    call: Call,
    body_fingerprint: str,
    run: Callable[[], Awaitable[Reply]],
    left_post: Callable[[str], Awaitable[Reply]] | None = None,
) -> Response:
    """Run a call under its Idempotency-Key, where it has one: the second time is a replay."""
    key = call.request.headers.get("idempotency-key")
    if key is None:
        return respond(call, await _as_reply(run))
    refuse_length(key)
    call.headers["Idempotency-Key"] = key
    path = call.request.scope["path"]
    if call.caller.sandbox:
        # A rehearsal must not answer for the real request that follows it.
        path = f"sandbox:{path}"
    if len(path) > PATH_CHARACTERS:
        path = hashlib.sha256(path.encode()).hexdigest()
    if call.caller.profile_id is not None:
        # A pinned key must not be told what a key of another profile was answered.
        body_fingerprint = fingerprint(f"{call.caller.profile_id} {body_fingerprint}".encode())
    identity = Identity(
        call.caller.organization_id, call.request.method, path, key, body_fingerprint
    )
    idempotency = call.state.idempotency
    begun = await idempotency.begin(identity)
    match begun:
        case InProgress():
            raise in_progress()
        case Kept():
            return _again(call, begun)
        case LeftPost():
            if left_post is None:
                raise LookupError(begun.post_id)
            call.headers["Idempotency-Replayed"] = "true"
            return respond(call, await left_post(begun.post_id))
        case Entry():
            return await _first_time(call, begun, run)
        case _:
            assert_never(begun)


def _again(call: Call, kept: Kept) -> Response:
    call.headers["Idempotency-Replayed"] = "true"
    if kept.status >= _ERROR:
        call.error_code = from_json(kept.body)["error"]["code"]
    return Response(kept.body, status_code=kept.status, headers={**kept.headers, **call.headers})


async def _first_time(call: Call, entry: Entry, run: Callable[[], Awaitable[Reply]]) -> Response:
    call.entry = entry
    async with call.state.idempotency.running(entry):
        response = respond(call, await _as_reply(run))
        temporary = response.status_code >= _SERVER_ERROR or response.status_code == _TOO_MANY
        # A failure that left nothing behind may be tried again; one with a post may not.
        if not temporary or entry.post_id is not None:
            kept = {
                name: value for name, value in response.headers.items() if name in _KEPT_HEADERS
            }
            await call.state.idempotency.keep(
                entry, Kept(response.status_code, kept, bytes(response.body))
            )
    return response


async def _as_reply(run: Callable[[], Awaitable[Reply]]) -> Reply:
    """An error is an answer too, and is kept like one."""
    try:
        return await run()
    except LetmepostError as error:
        return Reply(status_of(error), error=error)
