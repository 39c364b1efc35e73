"""Publish posts, and read back what became of them."""

import re
from datetime import timedelta

from starlette.responses import Response

from letmepost.api import post_answers
from letmepost.api.call import Call, Reply, parse_body
from letmepost.api.idempotency import fingerprint
from letmepost.api.once import once
from letmepost.api.operation import Body, Operations
from letmepost.api.parameters import (
    IDEMPOTENCY_KEY,
    PREFER,
    UPSTREAM,
)
from letmepost.api.publishing import (
    nothing_more,
    read_back,
    refused,
    reply_of,
    run_claims,
    shown_post,
    takes_in_hand,
)
from letmepost.api.reading import flag
from letmepost.content.errors import LetmepostError
from letmepost.posts.body import AccountPostBody, Asked, PostBody, asked_of, with_options
from letmepost.posts.change import cancel, retry, see
from letmepost.posts.check import refuse_time
from letmepost.posts.create import Creation, keep_media
from letmepost.posts.delete import ask_to_delete
from letmepost.posts.edit import EditBody, RetryBody, edit
from letmepost.posts.queries import (
    answer_of_rows,
    read_batch,
    read_publication,
)
from letmepost.posts.show import deleted_json
from letmepost.preflight.refuse import refuse
from letmepost.preflight.request_rules import TARGETS_SHAPE
from letmepost.tenancy.keys import Scope

posts = Operations("Posts")

# A worker looks by itself often enough for anything later.
SOON = timedelta(seconds=2)
_ACCOUNT_FIELD = re.compile(rb'"account"\s*:')
_TARGETS_FIELD = re.compile(rb'"targets"\s*:')


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
            in_hand=takes_in_hand(call),
            also=entry.name_post if entry else nothing_more,
        )
    )
    call.post_id = created.rows[0]["id"]
    if entry is not None:
        # Only now: what was not committed must not be remembered.
        entry.post_id = created.post_id
    if await run_claims(call, created.claims):
        return await read_back(state, caller.organization_id, created.post_id)
    # Nothing of it was waited for, so it stands as it was written.
    times = [row["scheduled_at"] for row in created.rows if row["state"] == "queued"]
    if any(at is None or at <= state.clock.now() + SOON for at in times):
        state.runner.wake()
    return reply_of(answer_of_rows(created.post, created.rows))


@posts.custom(
    "POST",
    "/v1/posts",
    "createPost",
    "Publish a post, now or at a time, or keep it as a draft",
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

    With `status: "draft"` it is checked and kept, whatever the rules say of it: each result has
    its `violations`, and nothing goes out before it is published by a call of its own.
    """
    raw = await call.read()
    asked = read_asked(raw)

    async def left_post(post_id: str) -> Reply:
        return await read_back(call.state, call.caller.organization_id, post_id)

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


@posts.write(
    "PATCH",
    "/v1/posts/{id}",
    "editPost",
    "Change a queued post or a draft",
    scope=Scope.POSTS_WRITE,
    body=EditBody,
    answer=post_answers.Post,
    errors=(503,),
)
async def edit_post(call: Call, body: EditBody) -> Reply:
    """Change its time, its content, or both, while its time is ahead; of a draft, its content.

    A draft is kept whatever the rules say of it; `violations` has what they say.
    """
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
    return await shown_post(call, publication_id)


@posts.write(
    "DELETE",
    "/v1/posts/{id}",
    "cancelPost",
    "Cancel a queued post, remove a draft, or delete a published post",
    scope=Scope.POSTS_WRITE,
    answer=post_answers.Canceled | post_answers.DeletedPost,
    also={202: post_answers.DeletedPost},
    query=(UPSTREAM,),
    headers=(PREFER,),
    errors=(422,),
)
async def cancel_post(call: Call, _body: None) -> Reply:
    """Cancel it while its time is ahead; with `upstream=true`, delete it where it is published.

    A draft is removed: it is not there any more.

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
        await run_claims(call, [asked.claim])
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
