"""Publish posts that were kept as drafts, and replace them whole."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection
from starlette.responses import Response

from letmepost.api import post_answers
from letmepost.api.call import Call, Reply, parse_body
from letmepost.api.idempotency import fingerprint
from letmepost.api.once import once
from letmepost.api.operation import Body, Operations
from letmepost.api.parameters import IDEMPOTENCY_KEY, PREFER
from letmepost.api.publishing import nothing_more, run_claims, shown_post, takes_in_hand
from letmepost.jobs.queue import Claim
from letmepost.posts.body import PostBody, asked_of
from letmepost.posts.change import Seen, see
from letmepost.posts.create import keep_media
from letmepost.posts.queries import read_batch
from letmepost.posts.saved import (
    PublishBody,
    Publishing,
    check_saved,
    publish_saved,
    replace_saved,
    see_post,
    see_to_replace,
)
from letmepost.tenancy.keys import Scope

drafts = Operations("Posts")

_UNFINISHED = frozenset({"queued", "publishing"})
See = Callable[[Connection], Sequence[Seen]]


async def _publish(call: Call, see_saved: See, body: PublishBody) -> None:
    """Check what is saved and put it on its way, as long as the caller waits."""
    state, caller, entry = call.state, call.caller, call.entry
    seen = await state.database.read(see_saved)
    ready = await check_saved(state.checker, caller, seen, body, state.clock.now())
    publishing = Publishing(
        request_id=call.request_id,
        has_key=entry is not None,
        in_hand=takes_in_hand(call),
        also=entry.name_post if entry else nothing_more,
    )

    def write(connection: Connection) -> Sequence[Claim]:
        return publish_saved(
            connection,
            ready,
            publishing,
            owner=state.runner.owner,
            lease=state.runner.lease,
            now=state.clock.now(),
        )

    claims = await state.database.write(write)
    if entry is not None:
        # Only now: what was not committed must not be remembered.
        entry.post_id = seen[0].row["post_id"]
    state.runner.wake()
    await run_claims(call, claims)


def _body(raw: bytes) -> PublishBody:
    return parse_body(PublishBody, raw) if raw else PublishBody()


def _unless_finished(reply: Reply) -> Reply:
    return Reply(202 if reply.document["status"] in _UNFINISHED else 200, reply.document)


@drafts.custom(
    "POST",
    "/v1/posts/{id}/publish",
    "publishPost",
    "Publish a draft, now or at a time",
    scope=Scope.POSTS_WRITE,
    answers={200: post_answers.Post, 202: post_answers.Post},
    body=Body(PublishBody, required=False),
    headers=(IDEMPOTENCY_KEY, PREFER),
    errors=(503,),
)
async def publish_post(call: Call) -> Response:
    """Check the draft as a new post, then publish it on its account, or keep it for its time.

    What a new post would be refused for, the draft is refused for, and stays a draft. 200 when it
    has ended, 202 when it is still on its way or scheduled.
    """
    publication_id = call.request.path_params["id"]
    raw = await call.read()
    body = _body(raw)

    async def read(_post_id: str = "") -> Reply:
        return _unless_finished(await shown_post(call, publication_id))

    def see_saved(connection: Connection) -> Sequence[Seen]:
        return [see(connection, call.caller, publication_id)]

    async def run() -> Reply:
        await _publish(call, see_saved, body)
        return await read()

    return await once(call, fingerprint(raw), run, read)


@drafts.custom(
    "POST",
    "/v1/batches/{id}/publish",
    "publishBatch",
    "Publish a draft on all its accounts",
    scope=Scope.POSTS_WRITE,
    answers={200: post_answers.Batch, 202: post_answers.Batch},
    body=Body(PublishBody, required=False),
    headers=(IDEMPOTENCY_KEY, PREFER),
    errors=(503,),
)
async def publish_batch(call: Call) -> Response:
    """Publish every target of a post that is still a draft: all of them, or none.

    Checked and answered like one draft; where one target is refused, all stay drafts.
    """
    post_id = call.request.path_params["id"]
    raw = await call.read()
    body = _body(raw)

    async def read(post_id: str) -> Reply:
        return _unless_finished(await _shown_batch(call, post_id))

    async def run() -> Reply:
        await _publish(call, lambda connection: see_post(connection, call.caller, post_id), body)
        return await read(post_id)

    return await once(call, fingerprint(raw), run, read)


async def _shown_batch(call: Call, post_id: str) -> Reply:
    shown = await call.state.database.read(
        lambda connection: read_batch(connection, call.caller, post_id)
    )
    return Reply(200, shown)


@drafts.write(
    "PUT",
    "/v1/batches/{id}",
    "replaceDraft",
    "Replace a draft, its accounts too",
    scope=Scope.POSTS_WRITE,
    body=PostBody,
    answer=post_answers.Batch,
    errors=(503,),
)
async def replace_draft(call: Call, body: PostBody) -> Reply:
    """Keep another post in the place of one whose targets are all drafts.

    It takes what making a draft takes, and checks it alike. A target on the same account keeps its
    id; those on accounts that are not named any more are gone.
    """
    post_id = call.request.path_params["id"]
    state, caller = call.state, call.caller
    seen = await see_to_replace(state.database, caller, post_id)
    checked = await state.checker.check(
        caller, replace(asked_of(body), saved=True), state.clock.now()
    )
    kept = await keep_media(state.library, caller, checked, state.clock.now())
    await state.database.write(
        lambda connection: replace_saved(
            connection,
            seen,
            checked,
            kept,
            caller,
            monthly_posts=state.settings.monthly_posts,
            now=state.clock.now(),
        )
    )
    return await _shown_batch(call, post_id)
