"""Publish to LinkedIn, and find out what became of a post whose answer was lost.

There is no key of our own and no reading back for most accounts. What tells is LinkedIn's
duplicate filter: the same bytes again, soon enough, are either taken for the first time or
refused with the URN of what is there.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from letmepost.content.draft import Draft
from letmepost.content.errors import LetmepostError
from letmepost.platform_kit.http import Answer, NoAnswerError
from letmepost.platform_kit.outcome import (
    Outcome,
    Published,
    Reconciled,
    Rejected,
    TryLater,
    Unknown,
    Waiting,
    Warned,
)
from letmepost.platform_kit.platform import PublishTask, Visibility
from letmepost.platforms.linkedin.comment import comment, unconfirmed
from letmepost.platforms.linkedin.errors import (
    SERVER_ERROR,
    UPLOAD_EXPIRED,
    Asking,
    error_code,
    error_words,
    is_duplicate,
    not_answered,
    original_of,
    refusal,
    unavailable,
    unreadable,
)
from letmepost.platforms.linkedin.post import (
    activity_of,
    address_of,
    author_of,
    made_at,
    post_body,
    post_in,
)
from letmepost.platforms.linkedin.preview import preview
from letmepost.platforms.linkedin.reading import CLOCKS_DIFFER, find_post, is_visible
from letmepost.platforms.linkedin.rest import LinkedInClient, RefusedError
from letmepost.platforms.linkedin.rules import POST_ID_UNKNOWN, POST_MAYBE_OLDER
from letmepost.platforms.linkedin.rules_text import author_is_unknown
from letmepost.platforms.linkedin.upload import NotReadyError, ready_files
from letmepost.preflight.refuse import refuse, words

CREATED = 201
# LinkedIn documents ten minutes, and reports tell of longer; the call's own time is taken off.
DUPLICATES_KNOWN_FOR = timedelta(minutes=9, seconds=30)
# A create is sent only while the moment that is stored for it leaves time to find out about it.
MOMENT_LASTS = timedelta(minutes=5)


class LinkedInPublisher:
    """Posts of members and organizations, with files, articles and a first comment."""

    def plan(self, draft: Draft, now: datetime) -> Mapping[str, Any]:  # noqa: ARG002 - the protocol's argument
        """Keep the moment of the first try, from which the duplicate filter is trusted."""
        return {"at": now.timestamp()}

    async def publish(self, task: PublishTask) -> Outcome:
        """Make one attempt."""
        client = LinkedInClient(task)
        if "post" in task.checkpoint:
            return await comment(task, client, task.checkpoint["post"])
        author = _author(task)
        try:
            files = await ready_files(task, client, author)
        except NotReadyError as error:
            return error.waiting
        except RefusedError as error:
            return error.outcome
        if task.now - _moment(task) > MOMENT_LASTS:
            return Waiting(
                checkpoint={**task.checkpoint, "at": task.now.timestamp()}, look_after_seconds=0.0
            )
        return await _create(task, client, author, files)

    async def reconcile(self, task: PublishTask) -> Reconciled:
        """Read the author's posts where that is allowed, else let the duplicate filter tell."""
        if "post" in task.checkpoint:
            # The post is there. What was lost is the answer to its comment.
            return unconfirmed(task, task.checkpoint["post"], "its answer was lost")
        try:
            return await _look_up(task, LinkedInClient(task), _author(task))
        except RefusedError as error:
            return _as_look_up(error.outcome)
        except NoAnswerError as error:
            lost = not_answered(error)
            return Unknown(error=lost) if error.sent else TryLater(error=lost)

    def preview(self, draft: Draft, account_details: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The post and its comment, with words in the place of URNs."""
        return preview(draft, account_details)

    async def verify(self, task: PublishTask, uri: str) -> Visibility:
        """Read the post, where the account's consent allows it."""
        urn = post_in(uri)
        if urn is None:
            return "unknown"
        return await is_visible(task, LinkedInClient(task), urn)


def _author(task: PublishTask) -> str:
    author = author_of(task.draft, task.account_details)
    if author is None:
        raise refuse(author_is_unknown)
    return author


def _moment(task: PublishTask) -> datetime:
    """A stored moment before which this post was not sent."""
    at = max(float(task.plan["at"]), float(task.checkpoint.get("at", 0.0)))
    return datetime.fromtimestamp(at, task.now.tzinfo)


async def _look_up(task: PublishTask, client: LinkedInClient, author: str) -> Reconciled:
    """Find the post by reading, else by sending the same bytes again while that is safe."""
    body = post_body(task.draft, author, task.checkpoint.get("files", ()))
    if urn := await find_post(task, client, body, since=_moment(task)):
        return _published(task, urn)
    if task.now - _moment(task) > DUPLICATES_KNOWN_FOR:
        return Unknown(error=_too_late())
    answer = await client.create(task, "posts", body)
    if is_duplicate(answer):
        return _held_already(task, original_of(answer))
    if answer.ok:
        return _created(task, answer)
    # The repetition was refused for another reason, which says nothing of the first.
    return _as_look_up(refusal(answer, Asking.of(task, author)))


async def _create(
    task: PublishTask, client: LinkedInClient, author: str, files: list[str]
) -> Outcome:
    try:
        answer = await client.create(task, "posts", post_body(task.draft, author, files))
    except NoAnswerError as error:
        if not error.sent:
            return TryLater(error=not_answered(error), checkpoint=task.checkpoint)
        return Unknown(error=not_answered(error))
    if answer.ok:
        return _created(task, answer)
    if answer.status >= SERVER_ERROR:
        return Unknown(error=unavailable(error_words(answer), answer.shown()))
    refused = refusal(answer, Asking.of(task, author))
    if isinstance(refused, TryLater):
        # What an upload's address has run out for is uploaded anew, the rest is kept.
        kept = {} if error_code(answer) == UPLOAD_EXPIRED else task.checkpoint
        return replace(refused, checkpoint=kept)
    return refused


def _created(task: PublishTask, answer: Answer) -> Published | Waiting | Unknown:
    urn = post_in(unquote(answer.headers.get("x-restli-id", "")))
    if urn is not None or answer.status == CREATED:
        return _published(task, urn)
    # LinkedIn's own word is 201: this may be a proxy's, and the post may be there or not.
    return Unknown(error=unreadable(answer))


def _published(task: PublishTask, urn: str | None) -> Published | Waiting:
    """The post is there. Its comment is an attempt of its own: no crash then repeats the post."""
    if urn is None:
        unknown = Warned(code=POST_ID_UNKNOWN.id, message=words(POST_ID_UNKNOWN))
        return Published(uri=activity_of(_author(task)), warnings=[unknown])
    if task.draft.first_comment is None:
        return Published(uri=address_of(urn))
    return Waiting(checkpoint={**task.checkpoint, "post": urn}, look_after_seconds=0.0)


def _held_already(task: PublishTask, urn: str | None) -> Published | Waiting:
    """What the duplicate filter names: this post, unless its number says that it is older."""
    made = made_at(urn) if urn is not None else None
    if urn is None or made is None or made >= _moment(task) - CLOCKS_DIFFER:
        return _published(task, urn)
    older = Warned(code=POST_MAYBE_OLDER.id, message=words(POST_MAYBE_OLDER, actual=urn))
    return Published(uri=address_of(urn), warnings=[older])


def _as_look_up(outcome: Rejected | TryLater) -> Reconciled:
    return Unknown(error=outcome.error) if isinstance(outcome, Rejected) else outcome


def _too_late() -> LetmepostError:
    error = unavailable("its answer was lost, and it was not looked up within ten minutes")
    error.retryable = False
    error.message = (
        "LinkedIn's answer was lost, and its duplicate filter is trusted for ten minutes only: "
        "sent again now, the post might be there twice."
    )
    error.remediation = "Look whether the post is there before you publish it again."
    return error
