"""Publish posts, and read back what became of them."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from letmepost.api import post_answers
from letmepost.api.call import Call, Reply, parse_body
from letmepost.api.errors import STATUS
from letmepost.api.idempotency import fingerprint
from letmepost.api.once import once
from letmepost.api.operation import Body, Operations
from letmepost.api.parameters import (
    IDEMPOTENCY_KEY,
    PREFER,
    UPSTREAM,
)
from letmepost.api.reading import flag
from letmepost.api.state import State
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.queue import Claim
from letmepost.posts.body import AccountPostBody, Asked, PostBody, asked_of, with_options
from letmepost.posts.change import cancel, retry, see
from letmepost.posts.check import refuse_time
from letmepost.posts.create import Creation, keep_media
from letmepost.posts.delete import ask_to_delete
from letmepost.posts.edit import EditBody, RetryBody, edit
from letmepost.posts.queries import (
    Answered,
    answer_of_rows,
    read_batch,
    read_post,
    read_publication,
)
from letmepost.posts.show import deleted_json, status_of
from letmepost.preflight.refuse import refuse
from letmepost.preflight.request_rules import TARGETS_SHAPE
from letmepost.tenancy.keys import Scope

posts = Operations("Posts")

DEFAULT_WAIT_SECONDS = 30.0
MAX_WAIT_SECONDS = 120.0
# A worker looks by itself often enough for anything later.
SOON = timedelta(seconds=2)
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])")
_ACCOUNT_FIELD = re.compile(rb'"account"\s*:')
_TARGETS_FIELD = re.compile(rb'"targets"\s*:')


def wait_seconds(request: Request) -> float:
    """How long the caller wants to wait for all targets: the `Prefer` header."""
    prefer = request.headers.get("prefer", "")
    if "respond-async" in prefer:
        return 0.0
    if found := _WAIT.search(prefer):
        return min(float(found[1]), MAX_WAIT_SECONDS)
    return DEFAULT_WAIT_SECONDS


def read_asked(raw: bytes) -> Asked:
    """The request in either shape; raise when it is neither, or both."""
    if _ACCOUNT_FIELD.search(raw) is None:
        return asked_of(parse_body(PostBody, raw))
    # The word may also stand inside a text, so the shapes are told apart by the parsed body.
    try:
        body = parse_body(AccountPostBody, with_options(raw))
    except LetmepostError as error:
        fields = {issue["field"]: issue for issue in error.violations}
        if "account" not in fields and "targets" in fields:
            raise refuse(TARGETS_SHAPE) from None
        if "account" in fields and _TARGETS_FIELD.search(raw):
            return asked_of(parse_body(PostBody, raw))
        raise
    return asked_of(body)


async def _wait_for(state: State, publication_ids: Sequence[str], seconds: float) -> None:
    """Wait until each is terminal or queued again, or the time is over."""
    events = [state.settled.expect(each) for each in publication_ids]
    try:
        async with asyncio.timeout(seconds):
            for event in events:
                await event.wait()
    except TimeoutError:
        # What still runs goes on in the background, and is reported as it stands.
        pass
    finally:
        state.settled.forget(publication_ids)


def reply_of(answered: Answered) -> Reply:
    """The answer of a post: its shape decides status and body."""
    statuses = {status_of(each) for each in answered.states}
    unfinished = bool(statuses & {"queued", "publishing"})
    if answered.shape == "targets":
        return Reply(202 if unfinished else 200, answered.body)
    if unfinished:
        return Reply(202, answered.body)
    if statuses <= {"published", "deleted"}:
        return Reply(201, answered.body)
    return refused(answered.body.get("error") or {}, answered.body["id"])


def refused(stored: Mapping[str, Any], publication_id: str) -> Reply:
    """The answer of a call whose one target ended in an error that the ledger keeps."""
    error = LetmepostError(
        code=ErrorCode(stored.get("code", ErrorCode.INTERNAL_ERROR)),
        message=stored.get("message", "The post was not published."),
        rule=stored.get("rule"),
        platform=stored.get("platform"),
        platform_version=stored.get("platformVersion"),
        platform_response=stored.get("platformResponse"),
        remediation=stored.get("remediation"),
        retryable=stored.get("retryable"),
        extra={"postId": publication_id},
    )
    status = STATUS[error.code]
    # A 5xx would invite a client to send again what was committed and answered.
    return Reply(status if status < 500 else 422, error=error)  # noqa: PLR2004 - HTTP's classes


async def _publish(call: Call, asked: Asked) -> Reply:
    state, caller = call.state, call.caller
    checked = await state.checker.check(caller, asked, state.clock.now())
    kept = await keep_media(state.library, caller, checked, state.clock.now())
    entry = call.entry
    created = await state.creations(
        Creation(
            caller=caller,
            checked=checked,
            kept=kept,
            request_id=call.request_id,
            has_key=entry is not None,
            also=entry.name_post if entry else _nothing_more,
        )
    )
    call.post_id = created.rows[0]["id"]
    if entry is not None:
        # Only now: what was not committed must not be remembered.
        entry.post_id = created.post_id
    if not created.claims:
        # Nothing of it runs yet, so it stands as it was written.
        soonest = min(row["scheduled_at"] for row in created.rows)
        if soonest <= state.clock.now() + SOON:
            state.runner.wake()
        return reply_of(answer_of_rows(created.post, created.rows))
    await _run_claims(call, created.claims)
    return await _read_back(state, caller.organization_id, created.post_id)


def _nothing_more(_connection: Connection, _post_id: str) -> None:
    """A request without an Idempotency-Key has no entry to name the post in."""


async def _run_claims(call: Call, claims: Sequence[Claim]) -> None:
    ids = [claim.key for claim in claims]
    for each in ids:
        call.state.settled.expect(each)
    for claim in claims:
        call.state.runner.adopt(claim)
    await _wait_for(call.state, ids, wait_seconds(call.request))


async def _read_back(state: State, organization_id: str, post_id: str) -> Reply:
    answered = await state.database.read(
        lambda connection: read_post(connection, organization_id, post_id)
    )
    if answered is None:
        raise LookupError(post_id)
    return reply_of(answered)


@posts.custom(
    "POST",
    "/v1/posts",
    "createPost",
    "Publish a post, now or at a time",
    scope=Scope.POSTS_WRITE,
    answers={
        200: post_answers.Batch,
        201: post_answers.FlatResult,
        202: post_answers.Batch | post_answers.FlatResult,
    },
    body=Body(PostBody | AccountPostBody),
    headers=(IDEMPOTENCY_KEY, PREFER),
    errors=(404, 422, 503),
)
async def create_post(call: Call) -> Response:
    """Check everything, then publish on every target side by side, or keep it for its time.

    200 when every target has ended, 202 when one is still on its way or scheduled. What can be
    refused before sending is refused whole with 400: then nothing was stored and nothing sent.

    The older shape, with `account` in place of `targets`, is answered with 201 once the post is
    published, and with an error where its platform refused it.
    """
    raw = await call.read()
    asked = read_asked(raw)

    async def left_post(post_id: str) -> Reply:
        return await _read_back(call.state, call.caller.organization_id, post_id)

    return await once(call, fingerprint(raw), lambda: _publish(call, asked), left_post)


@posts.read(
    "/v1/posts/{id}",
    "getPost",
    "Read a post with every attempt",
    scope=Scope.POSTS_READ,
    answer=post_answers.PostWithAttempts,
)
async def get_post(call: Call) -> Reply:
    """One publication, and what was said between us and the platform."""
    publication_id = call.request.path_params["id"]
    shown = await call.state.database.read(
        lambda connection: read_publication(connection, call.caller, publication_id)
    )
    return Reply(200, shown)


@posts.read(
    "/v1/batches/{id}",
    "getBatch",
    "Read a post with the result of each target",
    scope=Scope.POSTS_READ,
    answer=post_answers.Batch,
)
async def get_batch(call: Call) -> Reply:
    """What `POST /v1/posts` answered, as it stands now."""
    post_id = call.request.path_params["id"]
    shown = await call.state.database.read(
        lambda connection: read_batch(connection, call.caller, post_id)
    )
    return Reply(200, shown)


async def _shown(call: Call, publication_id: str) -> Reply:
    shown = await call.state.database.read(
        lambda connection: read_publication(connection, call.caller, publication_id)
    )
    shown.pop("attempts")
    return Reply(200, shown)


@posts.write(
    "PATCH",
    "/v1/posts/{id}",
    "editPost",
    "Change a queued post",
    scope=Scope.POSTS_WRITE,
    body=EditBody,
    answer=post_answers.Post,
    errors=(503,),
)
async def edit_post(call: Call, body: EditBody) -> Reply:
    """Change its time, its content, or both, while its time is ahead."""
    publication_id = call.request.path_params["id"]
    state = call.state
    await edit(
        state.database,
        state.library,
        state.checker,
        call.caller,
        publication_id,
        body,
        request_id=call.request_id,
        now=state.clock.now(),
    )
    state.runner.wake()
    return await _shown(call, publication_id)


@posts.write(
    "DELETE",
    "/v1/posts/{id}",
    "cancelPost",
    "Cancel a queued post, or delete a published one",
    scope=Scope.POSTS_WRITE,
    answer=post_answers.Canceled | post_answers.DeletedPost,
    also={202: post_answers.DeletedPost},
    query=(UPSTREAM,),
    headers=(PREFER,),
    errors=(422,),
)
async def cancel_post(call: Call, _body: None) -> Reply:
    """Cancel it while its time is ahead; with `upstream=true`, delete it where it is published.

    200 once the platform has said that the post is gone, 202 while it is asked again.
    """
    publication_id = call.request.path_params["id"]
    if flag(call.request.query_params, "upstream"):
        return await _delete(call, publication_id)
    now = call.state.clock.now()
    canceled = await call.state.database.write(
        lambda connection: cancel(connection, call.caller, publication_id, call.request_id, now)
    )
    return Reply(200, canceled)


async def _delete(call: Call, publication_id: str) -> Reply:
    state = call.state
    asked = await state.database.write(
        lambda connection: ask_to_delete(
            connection,
            call.caller,
            publication_id,
            owner=state.runner.owner,
            lease=state.runner.lease,
            request_id=call.request_id,
            now=state.clock.now(),
        )
    )
    if asked.canceled is not None:
        return Reply(200, asked.canceled)
    if asked.claim is not None:
        await _run_claims(call, [asked.claim])
    row = await state.database.read(lambda connection: see(connection, call.caller, publication_id))
    shown = deleted_json(row.row)
    if shown["status"] == "deleted":
        return Reply(200, shown)
    if shown["deletion"]["status"] == "pending":
        return Reply(202, shown)
    return refused(shown["deletion"]["error"], publication_id)


@posts.write(
    "POST",
    "/v1/posts/{id}/retry",
    "retryPost",
    "Try a post again that has failed",
    scope=Scope.POSTS_WRITE,
    body=RetryBody,
    body_optional=True,
    answer=post_answers.Retried,
)
async def retry_post(call: Call, body: RetryBody | None) -> Reply:
    """Put a failed, rejected or canceled post back into the queue."""
    publication_id = call.request.path_params["id"]
    now = call.state.clock.now()
    asked = body or RetryBody()
    if asked.scheduled_at is not None:
        refuse_time(asked.scheduled_at, now)
    queued = await call.state.database.write(
        lambda connection: retry(
            connection,
            call.caller,
            publication_id,
            scheduled_at=asked.scheduled_at,
            accept_duplicate_risk=asked.accept_duplicate_risk,
            request_id=call.request_id,
            now=now,
        )
    )
    call.state.runner.wake()
    return Reply(200, queued)
