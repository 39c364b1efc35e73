"""What is on its way while its caller waits, and how that is answered."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request

from letmepost.api.call import Call, Reply
from letmepost.api.errors import STATUS
from letmepost.api.state import State
from letmepost.content.errors import ErrorCode, LetmepostError
from letmepost.jobs.queue import Claim
from letmepost.posts.change import no_such_post
from letmepost.posts.queries import Answered, read_post, read_publication
from letmepost.posts.show import status_of

DEFAULT_WAIT_SECONDS = 30.0
MAX_WAIT_SECONDS = 120.0
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])")


def wait_seconds(request: Request) -> float:
    """How long the caller wants to wait for all targets: the `Prefer` header."""
    prefer = request.headers.get("prefer", "")
    if "respond-async" in prefer:
        return 0.0
    if found := _WAIT.search(prefer):
        return min(float(found[1]), MAX_WAIT_SECONDS)
    return DEFAULT_WAIT_SECONDS


def takes_in_hand(call: Call) -> bool:
    """Whether this process works on what is asked for, as somebody waits for it or it has room.

    Otherwise a crowd of posts that nobody waits for would keep it from answering.
    """
    return wait_seconds(call.request) > 0 or call.state.runner.has_room


async def _wait_for(state: State, publication_ids: Sequence[str], seconds: float) -> None:
    """Wait until each is terminal or queued again, or the time is over."""
    events = [state.settled.expect(each) for each in publication_ids]
    try:
        with state.requests_at_once.waiting():
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
    if statuses <= {"draft", "published", "deleted"}:
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


def nothing_more(_connection: Connection, _post_id: str) -> None:
    """A request without an Idempotency-Key has no entry to name the post in."""


async def run_claims(call: Call, claims: Sequence[Claim]) -> bool:
    """Run what this process holds, as long as the caller waits; whether he waits at all."""
    seconds = wait_seconds(call.request)
    ids = [claim.key for claim in claims] if seconds else []
    for each in ids:
        call.state.settled.expect(each)
    for claim in claims:
        call.state.runner.adopt(claim)
    if ids:
        await _wait_for(call.state, ids, seconds)
    return bool(ids)


async def read_back(state: State, organization_id: str, post_id: str) -> Reply:
    """The post as it stands, in the shape in which it was asked for."""
    answered = await state.database.read(
        lambda connection: read_post(connection, organization_id, post_id)
    )
    if answered is None:
        # A draft that was removed meanwhile.
        raise no_such_post("batch")
    return reply_of(answered)


async def shown_post(call: Call, publication_id: str) -> Reply:
    """One publication as it stands."""
    shown = await call.state.database.read(
        lambda connection: read_publication(connection, call.caller, publication_id)
    )
    shown.pop("attempts")
    return Reply(200, shown)
